#include <client/engine/backend.hpp>
#include <tartan/client/as_completed.hpp>

namespace tartan::client {

struct CompletionQueue::Impl : Completions {
  std::size_t added = 0;
  std::size_t popped = 0;
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

std::optional<std::size_t> CompletionQueue::pop() {
  const auto number = impl_->next(std::nullopt);
  impl_->popped += number.has_value() ? 1 : 0;
  return number;
}

std::optional<std::size_t> CompletionQueue::pop(std::chrono::nanoseconds timeout) {
  const auto number = impl_->next(std::chrono::steady_clock::now() + timeout);
  impl_->popped += number.has_value() ? 1 : 0;
  return number;
}

std::size_t CompletionQueue::remaining() const { return impl_->added - impl_->popped; }

}  // namespace tartan::client
