#include <client/engine/backend.hpp>
#include <client/engine/coordination_call.hpp>
#include <client/engine/task_wait.hpp>

namespace tartan::client {

bool CoordinationCall::accept() {
  std::lock_guard lock(mutex_);
  if (stage_ != Stage::waiting) return false;
  stage_ = Stage::accepted;
  return true;
}

void CoordinationCall::finish(Result<CoordinationReply> outcome) {
  {
    std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    stage_ = Stage::finished;
    changed_.notify_all();
  }
  if (done_) done_(*this);
}

void CoordinationCall::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stage_ == Stage::finished || interrupted_; });
}

void CoordinationCall::interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  changed_.notify_all();
}

bool CoordinationCall::abandon() {
  std::lock_guard lock(mutex_);
  if (stage_ == Stage::waiting) stage_ = Stage::abandoned;
  return stage_ == Stage::abandoned;
}

Result<CoordinationReply> CoordinationCall::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stage_ == Stage::finished; });
  return std::move(*outcome_);
}

std::optional<CoordinationReply> checked(Result<CoordinationReply> outcome) {
  const auto fail = [](Errc code, const std::string& message) {
    if (code == Errc::invalid_argument) throw ValueError(message);
    if (code == Errc::unreachable || code == Errc::closed) throw ConnectionError(code, message);
    throw Exception(code, message);
  };
  if (!outcome) fail(outcome.error().code(), outcome.error().message());
  const auto code = static_cast<Errc>(outcome->record.code);
  if (outcome->record.code != 0 && code == Errc::timeout) return std::nullopt;
  if (outcome->record.code != 0) fail(code, outcome->record.message);
  return std::move(*outcome);
}

std::optional<CoordinationReply> coordinate(Backend& backend, wire::Coordinate question) {
  TaskWait::check_cancelled();
  const auto call = std::make_shared<CoordinationCall>();
  const std::uint64_t number = backend.coordinate(std::move(question), call);
  bool abandoned = false;
  try {
    const TaskWait wait([&] { call->interrupt(); });
    call->wait();
    abandoned = call->abandon();
  } catch (...) {
    // Too many tasks wait already. What has been granted all the same must not get lost.
    if (call->abandon()) {
      backend.withdraw(number);
      throw;
    }
  }
  if (abandoned) {
    backend.withdraw(number);
    TaskWait::check_cancelled();
    throw CancelledError("the wait was interrupted; the request has been withdrawn");
  }
  return checked(call->take());
}

}  // namespace tartan::client
