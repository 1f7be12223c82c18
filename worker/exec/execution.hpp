#pragma once

// One run of one task, and what came of it.

#include <core/wire/messages.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/time.hpp>
#include <tartan/value/function.hpp>
#include <tartan/value/task_context.hpp>
#include <variant>
#include <vector>

namespace tartan::worker {

/// A task to run on a thread of the pool.
struct Execution {
  wire::AttemptId attempt = 0;
  Key key;
  const FunctionInfo* function = nullptr;
  std::vector<std::byte> arguments;
  std::vector<Value> dependencies;
};

struct Executed {
  wire::AttemptId attempt = 0;
  std::variant<Value, Failure> outcome;
  Duration duration{};
};

/// Runs one task on the calling thread: a Failure carries the exception's type and message.
Executed execute(const Execution& execution);
/// The same, saying in `context` (whose attempt and key it sets) where the task runs.
Executed execute(const Execution& execution, TaskContext& context);

}  // namespace tartan::worker
