#include <fmt/format.h>

#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

std::string sentence(const Failure& failure) {
  std::string text = failure.task.empty() ? "a task" : failure.task;
  text += failure.worker.empty() ? " failed" : fmt::format(" failed on {}", failure.worker);
  if (!failure.type.empty()) text += fmt::format(" with {}", failure.type);
  return fmt::format("{}: {}", text, failure.message);
}

}  // namespace

TaskError::TaskError(Failure failure)
    : Exception(failure.code, sentence(failure)), failure_(std::move(failure)) {}

void throw_failure(const Failure& failure) {
  switch (failure.code) {
    case Errc::cancelled:
      throw CancelledError(failure.task.empty()
                               ? failure.message
                               : fmt::format("{}: {}", failure.task, failure.message));
    case Errc::unreachable:
    case Errc::closed:
    case Errc::version_mismatch:
      throw ConnectionError(failure.code, failure.message);
    default:
      throw TaskError(failure);
  }
}

}  // namespace tartan
