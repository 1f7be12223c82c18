#include <client/engine/backend.hpp>
#include <client/engine/task_wait.hpp>
#include <tartan/client/as_completed.hpp>

namespace tartan::client {

struct CompletionQueue::Impl : Completions {
  std::size_t added = 0;
  std::size_t popped = 0;

  std::optional<std::size_t> await(std::optional<std::chrono::steady_clock::time_point> deadline);
};

CompletionQueue::CompletionQueue() : impl_(std::make_shared<Impl>()) {}
CompletionQueue::~CompletionQueue() = default;

void CompletionQueue::add(const AnyFuture& future) { add(std::span(&future, 1)); }

void CompletionQueue::add(std::span<const AnyFuture> futures) {
  for (const AnyFuture& future : futures) {
    if (!future.valid()) throw ValueError("an empty future never completes");
  }
  impl_->expect(futures.size());
  for (const AnyFuture& future : futures) {
    FutureState& state = *future.state();
    state.backend->watch(state, impl_, impl_->added++, Moment::done);
  }
}

std::size_t CompletionQueue::added() const { return impl_->added; }

std::optional<std::size_t> CompletionQueue::Impl::await(
    std::optional<std::chrono::steady_clock::time_point> deadline) {
  TaskWait::check_cancelled();
  std::optional<std::size_t> number;
  if (any()) {
    number = next(deadline);
  } else {
    TaskWait wait([this] { interrupt(); });
    number = next(deadline);
    wait.end();
  }
  popped += number.has_value() ? 1 : 0;
  return number;
}

std::optional<std::size_t> CompletionQueue::pop() { return impl_->await(std::nullopt); }

std::optional<std::size_t> CompletionQueue::pop(std::chrono::nanoseconds timeout) {
  return impl_->await(std::chrono::steady_clock::now() + timeout);
}

std::size_t CompletionQueue::remaining() const { return impl_->added - impl_->popped; }

}  // namespace tartan::client
