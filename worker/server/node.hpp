#pragma once

// The worker as its peers see it, without sockets, threads or clocks: envelopes and finished
// executions in; envelopes and executions out. It joins the state machine, the store and the
// data-plane protocol. What is on disk is read before it is needed: executions and requests wait
// here meanwhile. The server loop and the simulator both drive it.

#include <core/net/transport.hpp>
#include <core/value/registry.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <worker/exec/actor_run.hpp>
#include <worker/exec/execution.hpp>
#include <worker/server/modules.hpp>
#include <worker/store/disk.hpp>
#include <worker/store/pressure.hpp>

namespace tartan::worker {

class State;
class Store;

/// A worker process that died, as its parent process saw it.
struct Predecessor {
  Key incarnation;
  std::string how;               ///< "was killed by SIGSEGV (Segmentation fault)"
  std::uint64_t peak_bytes = 0;  ///< resident
  std::vector<wire::AttemptId> ran;
};

struct NodeConfig {
  std::string name;  ///< empty: the data address
  std::string host;
  std::string data_address;  ///< of the data listener
  std::uint32_t nthreads = 1;
  std::uint64_t memory_limit = 0;  ///< bytes; 0: unlimited
  std::map<std::string, double> resources;
  bool shares_memory = false;  ///< the data listener is local://
  std::uint32_t pid = 0;
  std::optional<Predecessor> predecessor = {};
  bool nanny = false;  ///< a parent process starts us anew when we end with an error
  MemoryFractions memory = {};
  bool spills = false;  ///< disk orders are performed
  /// Task modules that clients bring are fetched and loaded: module orders are performed.
  bool takes_modules = false;
  const value::FunctionTable* functions = &value::process_functions();  ///< outlives the node
};

struct PeerEnvelope {
  std::string address;  ///< of the data listener it goes to or came from
  net::Envelope envelope;
};

struct Output {
  std::vector<net::Envelope> control;    ///< to the scheduler, in order
  std::vector<net::Outgoing> data;       ///< answers through our data listener
  std::vector<PeerEnvelope> peers;       ///< requests to other workers' data listeners
  std::vector<std::string> close_peers;  ///< connections no longer needed
  std::vector<net::PeerId> drop_data;    ///< peers of our data listener that broke the protocol
  std::vector<Execution> start;
  std::vector<ActorOrder> actors;        ///< to be performed in order
  std::vector<DiskOrder> disk;           ///< to be performed in order
  std::vector<ModuleOrder> modules;      ///< the same
  std::vector<wire::AttemptId> abandon;  ///< started ones whose results nobody wants
  bool stop = false;                     ///< Shutdown or Refused came; reason says which
  bool refused = false;
  bool restart = false;  ///< it stops to be started anew
  std::string reason;
};

class Node {
 public:
  Node(const NodeConfig& config, Key incarnation);
  ~Node();

  void on_control(const net::Envelope& envelope, Time now);
  void on_data(net::PeerId from, const net::Envelope& envelope, Time now);
  void on_peer(const std::string& address, const net::Envelope& envelope, Time now);
  /// A peer of our data listener has closed, or reads nothing any more.
  void on_data_gone(net::PeerId peer);
  /// Nothing has come from the address for too long, or it refused.
  void on_peer_gone(const std::string& address, Time now);
  void on_executed(Executed executed, Time now);
  /// What came of a run among the actors' orders.
  void on_actor_ran(ActorRan ran, Time now);
  /// A running task has begun to wait for other tasks, or ceased to.
  void on_waiting(wire::AttemptId attempt, bool seceded, Time now);
  /// What a write or read of an earlier output came to.
  void on_disk(DiskResult result, Time now);
  /// What a module order of an earlier output came to.
  void on_module(const ModuleResult& result, Time now);
  /// Resident bytes of the process and busy cores, for the heartbeat.
  void on_usage(std::uint64_t process_bytes, double cpu);
  /// Resident bytes of a process that holds this worker alone: too many make it spill and pause.
  void on_memory(std::uint64_t process_bytes, Time now);
  /// Whether so many resident bytes call for giving unused ones back to the system.
  bool should_trim(std::uint64_t process_bytes) const;
  void on_tick(Time now);
  /// When on_tick is next needed; at once before the first.
  Time next_deadline() const;
  /// Tells the scheduler that this worker goes; the next output is the last.
  void leave(const std::string& reason);
  Output take_output();
  /// Time of the last envelope from the scheduler, of the first tick before there was one; for
  /// --death-timeout.
  Time last_heard() const;
  /// Whether the scheduler has accepted us, and the name it knows us by.
  bool joined() const;
  const std::string& name() const;

  const State& state() const;
  const Store& store() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tartan::worker
