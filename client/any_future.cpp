#include <client/engine/backend.hpp>
#include <tartan/client/any_future.hpp>

namespace tartan {
namespace {

client::FutureState& checked(const std::shared_ptr<client::FutureState>& state) {
  if (!state) {
    throw ValueError("this future is empty: it was default-constructed or moved from");
  }
  return *state;
}

}  // namespace

std::string_view to_string(FutureStatus status) {
  switch (status) {
    case FutureStatus::pending:
      return "pending";
    case FutureStatus::finished:
      return "finished";
    case FutureStatus::error:
      return "error";
    case FutureStatus::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Key AnyFuture::key() const { return checked(state_).key; }

FutureStatus AnyFuture::status() const {
  const client::FutureState& state = checked(state_);
  switch (state.phase.load(std::memory_order_acquire)) {
    case client::Phase::pending:
      return FutureStatus::pending;
    case client::Phase::ready:
    case client::Phase::valued:
      return FutureStatus::finished;
    case client::Phase::failed:
      break;
  }
  return state.failure->code == Errc::cancelled ? FutureStatus::cancelled : FutureStatus::error;
}

void AnyFuture::wait() const {
  client::Backend::wait(std::span(this, 1), client::Moment::done, std::nullopt);
}

bool AnyFuture::wait_for(std::chrono::nanoseconds timeout) const {
  return client::Backend::wait(std::span(this, 1), client::Moment::done,
                               std::chrono::steady_clock::now() + timeout);
}

Value AnyFuture::get_value() const {
  const client::FutureState& state = checked(state_);
  client::Backend::wait(std::span(this, 1), client::Moment::valued, std::nullopt);
  if (state.phase.load(std::memory_order_acquire) == client::Phase::failed) {
    throw_failure(*state.failure);
  }
  return state.value;
}

void AnyFuture::on_done(std::function<void(const AnyFuture&)> callback) const {
  checked(state_).backend->on_done(*this, std::move(callback));
}

std::optional<Failure> AnyFuture::failure() const {
  const client::FutureState& state = checked(state_);
  if (state.phase.load(std::memory_order_acquire) != client::Phase::failed) return std::nullopt;
  return *state.failure;
}

std::size_t AnyFuture::nbytes() const {
  return static_cast<std::size_t>(checked(state_).nbytes.load(std::memory_order_relaxed));
}

}  // namespace tartan
