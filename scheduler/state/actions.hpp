#pragma once

// What the state machine wants done, in order. Actions name tasks by index: the node turns them
// into messages before it hands in the next event, and until then no slot is reused.

#include <core/wire/messages.hpp>
#include <memory>
#include <scheduler/state/ids.hpp>
#include <string>
#include <tartan/base/exceptions.hpp>
#include <variant>
#include <vector>

namespace tartan::scheduler {

/// Give the task to the worker; State::sources() says where its dependencies are.
struct Assign {
  WorkerId worker = kNoWorker;
  TaskIndex task = kNone;
  AttemptId attempt = 0;
};
/// Ask for an unstarted task back.
struct Retract {
  WorkerId worker = kNoWorker;
  AttemptId attempt = 0;
};
struct CancelAttempt {
  WorkerId worker = kNoWorker;
  AttemptId attempt = 0;
};
struct FreeData {
  WorkerId worker = kNoWorker;
  Key key;
};
/// The worker waits for the key: it is at holder now, or (kNoWorker) being made again.
struct TellHolder {
  WorkerId worker = kNoWorker;
  Key key;
  WorkerId holder = kNoWorker;
};
struct AskReport {
  WorkerId worker = kNoWorker;
  std::uint64_t request = 0;
};
/// Fetch the task's value from the holder and keep it.
struct Acquire {
  WorkerId worker = kNoWorker;
  TaskIndex task = kNone;
  WorkerId holder = kNoWorker;
};
/// End the process: to be started anew, or for good once it has nothing that we do not know of.
struct Dismiss {
  WorkerId worker = kNoWorker;
  bool restart = false;
  std::string reason;
};
struct KeyReady {
  ClientId client = 0;
  TaskIndex task = kNone;
};
struct KeyFailed {
  ClientId client = 0;
  Key key;
  std::shared_ptr<const Failure> failure;
};
/// What came of an operation.
struct Answer {
  ClientId client = 0;
  wire::Administered answer;
};

using Action = std::variant<Assign, Retract, CancelAttempt, FreeData, TellHolder, AskReport,
                            Acquire, Dismiss, KeyReady, KeyFailed, Answer>;
using Actions = std::vector<Action>;

std::string to_string(const Action& action);

}  // namespace tartan::scheduler
