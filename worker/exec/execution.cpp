#include <chrono>
#include <core/value/failure.hpp>
#include <worker/exec/execution.hpp>

namespace tartan::worker {

Executed execute(const Execution& execution, TaskContext& context) {
  Executed executed;
  executed.attempt = execution.attempt;
  context.attempt = execution.attempt;
  context.key = execution.key;
  auto begin = std::chrono::steady_clock::now();
  try {
    TaskScope scope(context);
    Arguments arguments(execution.arguments, execution.dependencies);
    executed.outcome = execution.function->wrapper(arguments);
  } catch (...) {
    executed.outcome = current_failure();
  }
  executed.duration = std::chrono::steady_clock::now() - begin;
  return executed;
}

Executed execute(const Execution& execution) {
  TaskContext context;
  return execute(execution, context);
}

}  // namespace tartan::worker
