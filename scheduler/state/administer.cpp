// Operations on the running cluster: begun, advanced after every event, repeated once a second as
// messages may be lost, and answered when they are done or out of time.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::scheduler {

namespace {

constexpr Duration kRound{std::chrono::seconds(1)};
constexpr std::size_t kRemembered = 256;
/// Longer waits are as good as for ever.
constexpr std::uint64_t kLongestNs = std::uint64_t{365} * 24 * 3600 * 1'000'000'000;

wire::Operate what(const Operation& operation) {
  return static_cast<wire::Operate>(operation.wish.what);
}

}  // namespace

void State::on(OperationAsked& event) {
  const auto [entry, fresh] = operations_.try_emplace(event.wish.id);
  Operation& operation = entry->second;
  operation.client = event.client;
  if (!fresh) {
    TARTAN_PROBE("scheduler: an operation is asked for twice");
    operation.wish.request = event.wish.request;
    operation.answer.request = event.wish.request;
    if (operation.done) actions_.emplace_back(Answer{event.client, operation.answer});
    return;
  }
  operation.wish = std::move(event.wish);
  operation.answer.request = operation.wish.request;
  operation.began = now_;
  operation.deadline =
      now_ + Duration(static_cast<std::int64_t>(std::min(operation.wish.timeout_ns, kLongestNs)));
  ++operating_;
  begin(operation);
}

void State::begin(Operation& operation) {
  switch (what(operation)) {
    case wire::Operate::retire:
      return begin_retire(operation);
    case wire::Operate::replicate:
      return begin_replicate(operation);
    case wire::Operate::rebalance:
      return;
    case wire::Operate::restart:
      return begin_restart(operation);
  }
  finish(operation, Errc::invalid_argument,
         fmt::format("the scheduler knows no operation number {}", operation.wish.what));
}

void State::advance(Operation& operation, bool round) {
  switch (what(operation)) {
    case wire::Operate::retire:
      return advance_retire(operation, round);
    case wire::Operate::replicate:
      return advance_replicate(operation, round);
    case wire::Operate::rebalance:
      return advance_level(operation);
    case wire::Operate::restart:
      return advance_restart(operation, round);
  }
}

/// It has not come to its end in time.
void State::expire(Operation& operation) {
  TARTAN_PROBE("scheduler: an operation runs out of time");
  switch (what(operation)) {
    case wire::Operate::retire:
      return expire_retire(operation);
    case wire::Operate::replicate:
      return expire_replicate(operation);
    case wire::Operate::rebalance:
      return finish(operation, Errc::timeout,
                    fmt::format("the cluster was not rebalanced in time; {} values were moved, {} "
                                "are under way",
                                operation.moved, operation.moves.size()));
    case wire::Operate::restart:
      return expire_restart(operation);
  }
}

void State::finish(Operation& operation, Errc code, std::string message) {
  TARTAN_ASSERT(!operation.done, "an operation ends twice");
  operation.done = true;
  --operating_;
  operation.answer.failure.code = message.empty() ? Failure{}.code : code;
  operation.answer.failure.message = std::move(message);
  operation.partings.clear();
  operation.open.clear();
  operation.moves.clear();
  operation.wish.keys = {};
  actions_.emplace_back(Answer{operation.client, operation.answer});
  done_operations_.push_back(operation.wish.id);
}

void State::plan_round() {
  const bool needed = operating_ > 0 || !copies_.empty() || !no_room_.empty();
  if (!needed) {
    next_round_ = Time::max();
  } else if (next_round_ == Time::max() || next_round_ <= now_) {
    next_round_ = now_ + kRound;
  }
  if (operating_ == 0) return;
  for (const auto& [id, operation] : operations_) {
    if (!operation.done) next_round_ = std::min(next_round_, operation.deadline);
  }
}

/// What the event means for operations. True when tasks have to be settled again.
bool State::operate() {
  if (operating_ == 0 && copies_.empty() && wishes_.empty() && no_room_.empty()) {
    look_at_.clear();
    vacate_.clear();
    next_round_ = Time::max();
    return false;
  }
  const bool round = next_round_ <= now_;
  for (const auto& [key, from] : std::exchange(vacate_, {})) vacate(key, from);
  if (round) {
    look_at_.insert(look_at_.end(), no_room_.begin(), no_room_.end());
    no_room_.clear();
    repeat_copies();
  }
  while (!look_at_.empty() && copies_.size() < kCopiesAtOnce) {
    const Key key = look_at_.front();
    look_at_.pop_front();
    no_room_.erase(key);
    ensure_copies(key);
  }
  for (auto next = operations_.begin(); operating_ > 0 && next != operations_.end(); ++next) {
    Operation& operation = next->second;
    if (!operation.done) advance(operation, round);
    if (!operation.done && now_ >= operation.deadline) expire(operation);
  }
  while (done_operations_.size() > kRemembered) {
    operations_.erase(done_operations_.front());
    done_operations_.pop_front();
  }
  plan_round();
  return std::exchange(reopened_, false) || !settled();
}

/// The worker is given nothing more.
void State::close_worker(Worker& worker) {
  if (std::exchange(worker.closing, true)) return;
  ++closing_;
  drop_copies_of(worker);
  requeue_own(worker);
}

/// A worker that was to leave stays after all.
void State::reopen(WorkerId id) {
  Worker* worker = live_worker(id);
  if (worker == nullptr || !std::exchange(worker->closing, false)) return;
  --closing_;
  reopened_ = true;
}

}  // namespace tartan::scheduler
