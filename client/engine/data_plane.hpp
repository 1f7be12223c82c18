#pragma once

// Values between this client and the workers, without sockets or clocks: fetching results from
// whoever holds them, and putting scattered values. Node owns one and carries its questions to
// the scheduler.
//
// Life of a fetch: asked (the scheduler is to say who holds the key) -> under way (a peer has been
// asked) -> done. A peer that fails is not asked again for the key; when nobody is left the key is
// reported missing and rests until the scheduler says that it is ready again. Any message may be
// lost: a question without an answer and a resting fetch start over after a while, and when that
// does not help for long although the value exists, the fetch fails.

#include <client/engine/node.hpp>
#include <core/net/transfer.hpp>
#include <core/wire/messages.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tartan::client {

/// A worker that values can be put on.
struct PutTarget {
  std::string address;
  std::string name;
};

class DataPlane {
 public:
  DataPlane(bool shares_memory, Duration peer_patience);

  void fetch(Key key);
  /// The scheduler says the key is in memory: a resting fetch asks again.
  void on_ready(Key key);
  /// False when the key is on its way already. Goes on even if nobody waits for the key any more:
  /// tasks may depend on it.
  bool put(Key key, Value value, bool broadcast);
  /// Nobody waits for the key's value any more.
  void drop(Key key);

  void on_holders(const wire::Holders& holders, Time now);
  /// All workers there are, in the scheduler's order.
  void on_workers(const std::vector<PutTarget>& workers, Time now);
  void on_peer(const std::string& address, const net::Envelope& envelope, Time now);
  void on_peer_gone(const std::string& address, Time now);
  void on_tick(Time now);
  Time next_deadline() const;
  /// The connection to the scheduler was made anew: its answers to earlier questions are lost.
  void ask_again();

  /// Puts of which a first worker has the value.
  std::vector<Key> take_arrived_puts() { return std::exchange(arrived_puts_, {}); }
  /// Whether some worker is still to take the value.
  bool is_putting(Key key) const { return puts_.contains(key); }
  /// Puts that have come to an end, one way or the other.
  std::vector<Key> take_finished_puts() { return std::exchange(finished_puts_, {}); }
  std::vector<Key> take_questions() { return std::exchange(questions_, {}); }
  wire::ReportMissing take_missing() { return std::exchange(missing_, {}); }
  /// True when put() needs to know the workers; stays true until on_workers.
  bool needs_workers() const { return !unplaced_.empty(); }
  /// Moves envelopes, closed peers and events over.
  void take_output(Output& output);

 private:
  struct Fetch {
    bool resting = false;
    bool asked = true;     ///< false: a peer has been asked
    Time since{};          ///< the first tick that found it so
    Time failing_since{};  ///< the first time it had to start over
    std::set<std::string> tried;
    std::vector<wire::WorkerId> tried_ids;  ///< the same, for the scheduler
  };
  struct Put {
    Value value;
    bool broadcast = false;
    std::set<std::string> tried;
    std::size_t under_way = 0;
    std::size_t stored = 0;
    std::uint64_t nbytes = 0;
    std::string refused;
  };
  struct Request {
    bool is_put = false;
    wire::WorkerId worker = wire::kNoWorker;
    std::vector<Key> keys;
  };
  struct Peer {
    explicit Peer(bool shares_memory) : transfer(shares_memory) {}
    net::TransferClient transfer;
    std::map<std::uint64_t, Request> requests;
    Time heard{};
  };
  /// What one turn wants from one peer.
  struct Plan {
    wire::WorkerId worker = wire::kNoWorker;
    std::vector<Key> keys;
  };

  Peer& peer(const std::string& address, Time now);
  void plan_fetch(Key key, std::span<const wire::WorkerId> holders,
                  const std::map<wire::WorkerId, std::string>& addresses,
                  std::map<std::string, Plan>& plans);
  void fetch_failed(Key key);
  void start_over(Key key, Fetch& fetch);
  void check_fetches(Time now);
  void check_puts(Time now);
  void put_failed(Key key, const std::string& reason);
  void put_done(Key key, std::uint64_t nbytes);
  void settle_put(Key key);
  void request_failed(const Request& request, const std::string& reason);
  void collect(Peer& peer);

  bool shares_memory_;
  Duration patience_;
  std::map<Key, Fetch> fetches_;
  std::map<Key, Put> puts_;
  std::set<Key> unplaced_;  ///< puts that need a worker
  Time unplaced_since_{};   ///< that many ticks found no answer to who the workers are
  std::map<std::string, Peer> peers_;
  std::uint64_t next_request_ = 1;
  std::size_t next_worker_ = 0;

  std::vector<Key> questions_;
  std::vector<Key> arrived_puts_;
  std::vector<Key> finished_puts_;
  wire::ReportMissing missing_;
  std::vector<KeyEvent> events_;
  std::vector<std::string> close_peers_;
};

}  // namespace tartan::client
