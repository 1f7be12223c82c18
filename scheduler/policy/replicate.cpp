// Values that are to have several copies. The wish stands until the value's task is forgotten, and
// whatever takes a copy away (a worker lost, memory short) brings a new one about.

#include <algorithm>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

namespace {

constexpr Duration kRoomPatience{std::chrono::seconds(5)};

}  // namespace

void State::begin_replicate(Operation& operation) {
  const std::uint64_t copies = operation.wish.count;
  if (copies > open_workers()) {
    return finish(operation, Errc::invalid_argument,
                  fmt::format("{} copies on different workers were asked for, but there are {} "
                              "workers",
                              copies, open_workers()));
  }
  for (const Key& key : operation.wish.keys) {
    const TaskIndex index = find(key);
    if (index == kNone) {
      return finish(operation, Errc::data_lost,
                    fmt::format("{} is not known to the scheduler (any more)", key.to_string()));
    }
    if (!may_move(tasks_[index])) {
      return finish(operation, Errc::refused, fmt::format("{} cannot be copied", task_name(index)));
    }
  }
  for (const Key& key : operation.wish.keys) {
    tasks_[find(key)].replicated = true;
    wishes_[key] = {copies};
    look_at_.push_back(key);
    operation.open.insert(key);
  }
}

void State::drop_wish(Task& task) {
  if (!std::exchange(task.replicated, false)) return;
  wishes_.erase(task.key);
  no_room_.erase(task.key);
}

void State::advance_replicate(Operation& operation, bool round) {
  // Looking at all of them once a second will do for those nothing happens to.
  if (!round && !(copies_.empty() && look_at_.empty())) return;
  for (auto next = operation.open.begin(); next != operation.open.end();) {
    const Key key = *next;
    const TaskIndex index = find(key);
    if (index == kNone || !tasks_[index].replicated) {
      return finish(operation, Errc::data_lost,
                    fmt::format("{} was released before it had its copies", key.to_string()));
    }
    const Task& task = tasks_[index];
    if (task.state == TaskState::erred) {
      return finish(operation, failures_[task.failure].failure->code,
                    fmt::format("{} failed and has no value to copy: {}", task_name(index),
                                failures_[task.failure].failure->message));
    }
    const bool only_here = task.state == TaskState::memory && task.replicas == kNone;
    const Spread spread = spread_of(task);
    const bool enough =
        task.state == TaskState::memory && spread.open >= copies_wanted(task, spread);
    next = enough || only_here ? operation.open.erase(next) : std::next(next);
  }
  if (operation.open.empty()) return finish(operation);
  const Time moved = std::max(operation.began, last_landed_);
  const bool stuck = std::any_of(operation.open.begin(), operation.open.end(),
                                 [this](const Key& key) { return no_room_.contains(key); });
  if (!stuck || !copies_.empty() || now_ - moved < kRoomPatience) return;
  const std::string why = no_room_text();
  for (const Key& key : operation.open) {
    const TaskIndex index = find(key);
    if (index != kNone) drop_wish(tasks_[index]);
  }
  finish(operation, Errc::out_of_memory, fmt::format("the copies were not all made: {}", why));
}

void State::expire_replicate(Operation& operation) {
  finish(operation, Errc::timeout,
         fmt::format("{} of the values do not have their copies in time; they get them later, if "
                     "they can",
                     operation.open.size()));
}

}  // namespace tartan::scheduler
