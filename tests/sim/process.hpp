#pragma once

// The processes of a simulated cluster, private to its sources: a real node each, a clock that may
// go wrong, and a loop that may stand still.

#include <client/engine/node.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <scheduler/server/node.hpp>
#include <set>
#include <sim/modules.hpp>
#include <sim/network.hpp>
#include <string>
#include <vector>
#include <worker/server/node.hpp>

namespace tartan::sim {

using Deliver = std::function<void(const net::Envelope&)>;

struct Process {
  Network::Id id = 0;
  std::string name;  ///< of this incarnation, in traces
  std::size_t slot = 0;
  net::PeerId peer = 0;  ///< its connection, as the scheduler knows it
  bool alive = true;
  double rate = 1;  ///< of its clock
  Time started{};
  Time timer{};
  Time stalled_until{};

  Time local(Time global) const {
    return started + Duration(static_cast<std::int64_t>(
                         rate * static_cast<double>((global - started).count())));
  }
  Time global(Time local) const {
    const Duration ahead = std::min(local, started + std::chrono::hours(1)) - started;
    return started +
           Duration(static_cast<std::int64_t>(static_cast<double>(ahead.count()) / rate) + 1);
  }
};

struct SchedulerProcess : Process {
  struct Peer {
    Network::Id process = 0;
    Deliver deliver;
  };
  std::unique_ptr<scheduler::Node> node;
  std::map<net::PeerId, Peer> peers;
};

struct ClientProcess;
/// An actor on a worker, and its calls in their order.
struct ActorSeat {
  Value object;
  std::deque<worker::ActorRun> queue;  ///< the first one is running
};

/// A client's actor.
struct ActorUse {
  Key key;
  std::uint64_t calls = 0;                      ///< it is to make in all
  std::uint64_t made = 0;                       ///< calls so far
  std::uint64_t number = 0;                     ///< of the last call, since the actor was last lost
  std::map<std::uint64_t, std::uint64_t> open;  ///< calls without an answer, and their numbers
  bool lost = false;                            ///< one has failed, so all later open ones must
};

struct WorkerProcess : Process {
  struct Peer {
    Network::Id process = 0;
    Deliver deliver;
  };
  /// A task on one of its threads.
  struct Run {
    std::shared_ptr<worker::Execution> execution;
    Duration took{};
    bool waiting = false;  ///< for the graph it has submitted itself
    std::set<Key> waits_for{};
  };
  std::string address;
  Key incarnation;
  LoadedFunctions functions;
  Time loader_ready{};  ///< for the next module
  std::unique_ptr<worker::Node> node;
  std::map<net::PeerId, Peer> data_peers;
  double slowness = 1;
  std::map<wire::AttemptId, Run> runs;
  std::map<Key, std::shared_ptr<ActorSeat>> actors;
  std::shared_ptr<ClientProcess> nested;  ///< of its tasks; null until one needs it

  // Its disk, which takes one order after the other.
  std::uint64_t memory_limit = 0;
  std::map<std::uint64_t, Value> files;
  std::set<std::uint64_t> damaged;
  Time disk_ready{};
  Time disk_full_until{};
};

struct ClientProcess : Process {
  std::unique_ptr<client::Node> node;
  std::weak_ptr<WorkerProcess> worker;  ///< whose tasks it is the client of
  std::uint64_t to_submit = 0;
  std::set<Key> waiting;          ///< wanted, neither value nor failure seen
  std::vector<Key> settled;       ///< still held, fit to be built upon
  std::map<Key, unsigned> holds;  ///< how often each key is held
  std::optional<ActorUse> actor;
  std::set<Key> cancelled;
  std::set<Key> wanted_anew;  ///< since they were last cancelled
  std::optional<Graph> last_graph;
  std::set<Key> retried;
  std::set<Key> received;          ///< by way of a queue, from somebody who may have cancelled it
  std::uint64_t last_request = 0;  ///< the last number it gave a question
  std::set<std::uint64_t> unanswered;               ///< questions
  std::map<std::uint64_t, std::string> operations;  ///< on the cluster, not answered yet
  bool was_absent = false;                          ///< its lease ran out meanwhile
  bool ended = false;                               ///< it gave the scheduler up

  // What it shares with others by name.
  std::uint64_t to_share = 0;                       ///< operations it has yet to begin
  std::map<std::uint64_t, wire::Coordinate> asked;  ///< not answered yet
  std::map<std::uint64_t, wire::Operation> leases;  ///< it believes it holds, by acquisition
};

}  // namespace tartan::sim
