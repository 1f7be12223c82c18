// Ahead-of-time dispatch: a task follows its unfinished dependencies to the one worker that is
// processing them, so that chains and branches run there without a word from us. Bounded per
// worker, deeper for tasks measured to be tiny; what finds no room waits in a backlog or is placed
// when it is ready.

#include <algorithm>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

bool State::fit_ahead(const Task& task) const {
  if (task.state != TaskState::waiting || task.producers == 0) return false;
  if (task.producers != task.waiting_on || task.dep_count > kAheadDependencies) return false;
  if (task.deaths > 0) return false;
  // The mean of the slots is a slot and their variance is 0: all are the same.
  const std::uint64_t slot = task.producer_sum / task.producers;
  return slot * task.producers == task.producer_sum &&
         slot * slot * task.producers == task.producer_squares;
}

bool State::room_ahead(const Worker& worker, TaskIndex index) const {
  const Task& task = tasks_[index];
  if (!admits(worker, index)) return false;
  const Group& group = groups_[task.group];
  std::uint64_t most = std::uint64_t{kAheadUnknown} * worker.nthreads;
  if (group.samples > 0) {
    most = kPipelineUs * worker.nthreads / estimate_us(task);
    most = std::min<std::uint64_t>(most, std::uint64_t{kAheadMost} * worker.nthreads);
    most = std::max<std::uint64_t>(most, worker.saturation);
  }
  return worker.ahead < most;
}

/// Assigning a task may make its dependents candidates; they join the end of the list.
void State::drain_ahead() {
  for (std::size_t i = 0; i < ahead_.size(); ++i) {
    const TaskIndex index = ahead_[i];
    const Task& task = tasks_[index];
    if (!fit_ahead(task)) continue;
    const auto slot = static_cast<std::size_t>(task.producer_sum / task.producers);
    Worker& worker = *workers_[by_slot_[slot]];
    if (!eligible(worker, task.restriction)) continue;
    if (transfer_us(index, worker) > kAheadTransferUs) continue;
    if (room_ahead(worker, index)) {
      assign(index, worker);
    } else {
      if (worker.backlog.size() >= kBacklog) worker.backlog.pop_front();
      worker.backlog.push_back(index);
    }
  }
  ahead_.clear();
}

/// Sends what has become fit in this event, then what waited for room.
void State::send_ahead() {
  drain_ahead();
  for (const WorkerId id : alive_) {
    Worker& worker = *workers_[id];
    while (!worker.backlog.empty()) {
      const TaskIndex index = worker.backlog.front();
      const bool fit = index < tasks_.size() && fit_ahead(tasks_[index]);
      if (fit && !room_ahead(worker, index)) break;
      worker.backlog.pop_front();
      if (!fit) continue;
      ahead_.push_back(index);
      drain_ahead();
    }
  }
}

}  // namespace tartan::scheduler
