#pragma once

// The scheduler as its peers see it, without sockets, threads or clocks: envelopes in, envelopes
// out. It keeps the table of peers (hello, heartbeat, lease), turns messages into the state
// machine's events and its actions into messages, one envelope per peer and turn. The server loop
// and the simulator both drive it.

#include <core/net/transport.hpp>
#include <memory>
#include <scheduler/server/modules.hpp>
#include <string>
#include <vector>

namespace tartan::scheduler {

class Coordination;
class State;

struct NodeConfig {
  Duration heartbeat{std::chrono::seconds(1)};     ///< interval asked of every peer
  Duration worker_lease{std::chrono::seconds(3)};  ///< silence after which a worker is dead
  Duration client_lease{std::chrono::seconds(30)};
  double worker_saturation = 1.1;    ///< tasks per thread given ahead to a worker
  std::uint32_t allowed_deaths = 3;  ///< worker deaths while running before a task is poison
  bool validate = false;             ///< check every invariant after every event
  std::string build = {};            ///< reported to peers; empty: this library's version
  ModuleLimits modules = {};         ///< of the task modules that clients bring
};

class Node {
 public:
  Node(const NodeConfig& config, Key incarnation);
  ~Node();

  void on_envelope(net::PeerId from, const net::Envelope& envelope, Time now);
  /// The transport found that the peer cannot be reached any more.
  void on_gone(net::PeerId peer, Time now);
  void on_tick(Time now);
  /// When on_tick is next needed.
  Time next_deadline() const;
  std::vector<net::Outgoing> take_outgoing();
  /// Peers that broke the protocol since the last call: the transport should drop them.
  std::vector<net::PeerId> take_dropped();

  /// Last words to every peer: workers end too, or wait for a scheduler to come back.
  void close(const std::string& reason, bool end_workers);

  /// JSON for "workers", "tasks", "modules", "clients", "identity"; the address is what the loop
  /// listens on.
  void set_address(std::string address);
  std::string info(std::string_view topic) const;
  /// True when no client and no unfinished task has been there since `since`.
  bool idle_since(Time& since) const;
  const State& state() const;
  const Coordination& coordination() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tartan::scheduler
