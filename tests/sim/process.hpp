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

/// An actor on a worker, and its calls in their order.
struct ActorSeat {
  Value object;
  std::deque<worker::ActorRun> queue;  ///< the first one is running
};

/// A client's actor.
struct ActorUse {
  Key key;
  std::uint64_t made = 0;        ///< calls
  std::set<std::uint64_t> open;  ///< calls without an answer
  bool lost = false;             ///< one has failed, so all later ones must
};

struct WorkerProcess : Process {
  struct Peer {
    Network::Id process = 0;
    Deliver deliver;
  };
  std::string address;
  std::unique_ptr<worker::Node> node;
  std::map<net::PeerId, Peer> data_peers;
  double slowness = 1;
  std::map<Key, std::shared_ptr<ActorSeat>> actors;
};

struct ClientProcess : Process {
  std::unique_ptr<client::Node> node;
  std::uint64_t to_submit = 0;
  std::set<Key> waiting;          ///< wanted, neither value nor failure seen
  std::vector<Key> settled;       ///< still held, fit to be built upon
  std::map<Key, unsigned> holds;  ///< how often each key is held
  std::optional<ActorUse> actor;
  bool has_cancelled = false;
  bool was_absent = false;  ///< its lease ran out meanwhile
  bool ended = false;       ///< it gave the scheduler up
};

}  // namespace tartan::sim
