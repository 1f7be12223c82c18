#pragma once

// Everything that can happen to the scheduler's state. Events come from the node, which has
// checked what the wire brought: columns have equal lengths and graphs are valid. Contents may
// still be stale, duplicated or unknown; the state machine takes any of that without harm.
//
// `stimulus` numbers the message or timer an event comes from, for traces.

#include <core/wire/messages.hpp>
#include <map>
#include <optional>
#include <scheduler/state/ids.hpp>
#include <string>
#include <tartan/graph/graph.hpp>
#include <variant>
#include <vector>

namespace tartan::scheduler {

using Stimulus = std::uint64_t;

struct WorkerJoined {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  std::string name;
  std::string address;  ///< of its data listener
  std::string host;
  std::uint32_t nthreads = 1;
  std::uint64_t memory_limit = 0;
  std::map<std::string, double> resources;
  bool nanny = false;             ///< its process is started anew when it ends with an error
  WorkerId replaces = kNoWorker;  ///< the same nanny's earlier process
};
struct WorkerLost {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  bool blame = true;             ///< false when it left by itself: no task is suspected
  std::string how = {};          ///< "was killed by SIGABRT (Aborted)", when known
  std::uint64_t peak_bytes = 0;  ///< resident, when known
  /// What its threads were running when it died, when known.
  std::optional<std::vector<AttemptId>> ran = {};
};
struct ClientJoined {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::string name;
  bool nested = false;  ///< of a worker's tasks
};
struct ClientLeft {
  Stimulus stimulus = 0;
  ClientId client = 0;
};
struct GraphSubmitted {
  Stimulus stimulus = 0;
  ClientId client = 0;
  Graph graph;
};
struct KeysHeld {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<Key> keys;
};
struct KeysReleased {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<Key> keys;
};
struct KeysCancelled {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<Key> keys;
};
struct KeysDetached {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<Key> keys;
};
struct KeysRetried {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<Key> keys;
};
/// A client asks for an operation on the cluster.
struct OperationAsked {
  Stimulus stimulus = 0;
  ClientId client = 0;
  wire::Administer wish;
};
/// A client could not fetch the keys from these holders.
struct FetchFailed {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<Key> keys;
  std::vector<WorkerId> holders;
};
struct Finished {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  wire::TasksFinished tasks;
};
struct Failed {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  AttemptId attempt = 0;
  Failure failure;
};
/// Tasks have begun to wait, inside, for other tasks, or ceased to.
struct Waited {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  wire::TasksWaiting tasks;
};
struct RetractAnswered {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  wire::Retracted answer;
};
struct ReplicasAdded {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
};
struct ReplicasDropped {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  std::vector<Key> keys;
};
/// A worker could not fetch the keys from these holders.
struct ReplicasMissing {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  std::vector<Key> keys;
  std::vector<WorkerId> holders;
};
struct Heartbeat {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  wire::WorkerHeartbeat digest;
};
struct Reported {
  Stimulus stimulus = 0;
  WorkerId worker = kNoWorker;
  wire::StateReport report;
};
/// Time has passed.
struct Tick {
  Stimulus stimulus = 0;
};

using Event =
    std::variant<WorkerJoined, WorkerLost, ClientJoined, ClientLeft, GraphSubmitted, KeysHeld,
                 KeysReleased, KeysCancelled, KeysDetached, KeysRetried, OperationAsked,
                 FetchFailed, Finished, Failed, Waited, RetractAnswered, ReplicasAdded,
                 ReplicasDropped, ReplicasMissing, Heartbeat, Reported, Tick>;

/// One line for traces, e.g. `#17 Finished worker=2 tasks=130`.
std::string to_string(const Event& event);

}  // namespace tartan::scheduler
