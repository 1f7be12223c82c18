#pragma once

// Calls of actors between this client and the workers they live on, without sockets or clocks. Node
// owns one; DataPlane is its sibling for values.
//
// Life of a call: waiting (its arguments are not all there, the actor is not made or found yet, or
// too much is unanswered) -> sent, with a number -> answered. Calls of one actor leave, and are
// numbered, in the order they were made. Nothing is assumed to arrive: after a silence the worker
// is asked what it has (a probe), and what it lacks is sent again; the scheduler is asked whether
// the actor is there still. A call ends by a reply, or when the scheduler says that the actor has
// failed or is lost.

#include <client/engine/node.hpp>
#include <core/net/payloads.hpp>
#include <core/wire/messages.hpp>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tartan::client {

struct ActorLimits {
  std::uint64_t calls = 1024;                  ///< of one actor, unanswered; others wait here
  std::size_t bytes = 16 << 20;                ///< of their arguments, unless it is a single call
  Duration patience{std::chrono::seconds(2)};  ///< before the first probe; doubles
  /// Of a worker that denies what the scheduler says, and of one that does not even answer probes
  /// though the scheduler finds it well.
  Duration denial{std::chrono::seconds(30)};
  Duration silence{std::chrono::seconds(60)};
};

class ActorPlane {
 public:
  /// identity: of this client; tells its calls from those of others.
  explicit ActorPlane(Key identity, ActorLimits limits = {})
      : identity_(identity), limits_(limits) {}

  /// A call with the caller's number for it; nothing: its arguments are still to come.
  void call(Key actor, std::uint64_t call, std::optional<ActorCallBody> body);
  /// The arguments, or why there will be none.
  void complete(Key actor, std::uint64_t call, std::variant<ActorCallBody, Failure> body);
  /// The scheduler says that the object exists ...
  void on_ready(Key actor);
  /// ... or that it will not, or not any more.
  void on_failed(Key actor, const Failure& failure);
  /// No handle of this client, and so no call, is left.
  void release(Key actor);

  void on_holders(const wire::Holders& holders);
  /// An envelope that begins with actors' records.
  void on_peer(const std::string& address, const net::Envelope& envelope, Time now);
  void on_peer_gone(const std::string& address);
  void on_tick(Time now);
  /// Earlier questions to the scheduler are lost.
  void ask_again();

  std::vector<Key> take_questions() { return std::exchange(questions_, {}); }
  wire::ReportMissing take_missing() { return std::exchange(missing_, {}); }
  void take_output(Output& output);

 private:
  struct Waiting {
    std::uint64_t call = 0;
    std::optional<ActorCallBody> body;
  };
  struct Sent {
    std::uint64_t call = 0;
    ActorCallBody body;
  };
  struct Link {
    Key caller;
    bool ready = false;   ///< the object is known to exist
    bool broken = false;  ///< the connection was lost since
    std::string address;  ///< empty: to be asked for
    wire::WorkerId worker = wire::kNoWorker;
    std::deque<Waiting> waiting;
    std::map<std::uint64_t, Sent> sent;
    std::set<std::uint64_t> unsent;  ///< numbers that are to leave in this turn
    std::size_t bytes = 0;           ///< of sent
    std::uint64_t next = 1;
    std::uint64_t received = 0;  ///< calls up to here have come to the worker
    std::uint64_t told = 0;      ///< replies acknowledged
    std::uint64_t probe = 0;
    std::uint64_t probed = 0;  ///< the last number sent before the probe
    bool ask = false;          ///< a probe is to leave in this turn
    bool ack_due = false;
    Time quiet_since{};
    Time heard{};  ///< of progress, while there was some to be made
    Time unknown_since{};
    Duration patience{};
    std::optional<Failure> failure;

    /// Replies up to here have come.
    std::uint64_t acknowledged() const { return sent.empty() ? next - 1 : sent.begin()->first - 1; }
  };

  Link& link(Key actor);
  void look_for(Key actor, Link& link);
  void lose(Key actor, Link& link, const Failure& failure);
  void number_calls(Link& link);
  void write_calls(Key actor, Link& link, Output& output);
  void write_ack(Key actor, Link& link, Output& output);
  Result<> on_reply(Link& link, const wire::ActorReply& reply, net::PayloadReader& payloads,
                    Time now);
  void on_unknown(Key actor, Link& link, Time now);
  /// False when the worker is given up: the link is to go.
  bool check(Key actor, Link& link, Time now);

  Key identity_;
  ActorLimits limits_;
  std::map<Key, Link> links_;
  std::uint64_t next_link_ = 1;
  std::set<Key> touched_;  ///< links that may have something to send
  std::vector<Key> questions_;
  wire::ReportMissing missing_;
  std::vector<ActorAnswer> answers_;
  std::vector<PeerEnvelope> farewells_;
};

}  // namespace tartan::client
