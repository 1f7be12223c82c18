// Tasks that run for too long. A thread cannot be stopped, so the task fails for the scheduler, its
// token is set, and what it returns in the end is thrown away; until then it keeps its thread.

#include <algorithm>
#include <fmt/format.h>
#include <worker/state/state.hpp>

namespace tartan::worker {

std::optional<Time> State::next_deadline() const {
  if (expiries_.empty()) return nag_at_;
  const Time expiry = expiries_.begin()->first;
  return nag_at_ ? std::min(*nag_at_, expiry) : expiry;
}

void State::expire_tasks() {
  while (!expiries_.empty() && expiries_.begin()->first <= now_) {
    const Slot slot = attempts_.at(expiries_.begin()->second);
    expiries_.erase(expiries_.begin());
    if (!tasks_[slot].cancelled) expire(slot);
  }
}

void State::expire(Slot slot) {
  const AttemptId attempt = tasks_[slot].attempt;
  Failure failure;
  failure.code = Errc::timeout;
  failure.type = tartan::name(failure.code);
  failure.message = fmt::format(
      "it ran for longer than its timeout of {:g} s; a task that looks at "
      "current_task()->is_cancelled() can end early, and Options::timeout_seconds allow more",
      std::chrono::duration<double>(tasks_[slot].timeout).count());
  withdraw(slot);
  actions_->push_back(action::ReportFailed{attempt, std::move(failure)});
}

}  // namespace tartan::worker
