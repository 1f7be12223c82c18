#include <chrono>
#include <cxxabi.h>
#include <exception>
#include <tartan/value/codec.hpp>
#include <worker/exec/execution.hpp>

namespace tartan::worker {

Failure current_failure() {
  Failure failure;
  const std::type_info* type = abi::__cxa_current_exception_type();
  failure.type = type == nullptr ? "unknown" : detail::demangled(type->name());
  try {
    throw;
  } catch (const std::exception& error) {
    failure.message = error.what();
  } catch (const std::string& text) {
    failure.message = text;
  } catch (const char* text) {
    failure.message = text;
  } catch (...) {
    failure.message = "an object that is not a std::exception was thrown";
  }
  return failure;
}

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
