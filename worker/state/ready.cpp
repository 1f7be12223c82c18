// Which ready task starts next: priorities, threads, resources.

#include <algorithm>
#include <tartan/base/assert.hpp>
#include <worker/state/state.hpp>

namespace tartan::worker {

namespace {
/// Tiny tasks are handed to the pool ahead of need, so that the hand-off does not show; what
/// waits there can no longer be given back, so it is worth this much time per thread at most.
constexpr double kAheadNs = 200e3;
constexpr double kAheadTasks = 64;
}  // namespace

void State::settle(Slot slot) {
  const Task& task = tasks_[slot];
  if (task.state == TaskState::waiting && task.to_wait == 0) {
    if (task.to_fetch > 0) {
      waiting_to_fetching(slot);
    } else {
      waiting_to_ready(slot);
    }
  } else if (task.state == TaskState::fetching && task.to_wait > 0) {
    fetching_to_waiting(slot);
  } else if (task.state == TaskState::fetching && task.to_fetch == 0) {
    fetching_to_ready(slot);
  }
}

void State::make_ready(Slot slot) {
  const Task& task = tasks_[slot];
  Ranked entry{task.priority, task.sequence, slot};
  if (task.resources) {
    ready_resources_.insert(entry);
    return;
  }
  ready_.push_back(entry);
  std::push_heap(ready_.begin(), ready_.end(), std::greater<>());
}

std::uint32_t State::start_limit() const {
  if (pause_limit_) return *pause_limit_;
  if (mean_ns_ <= 0 || mean_ns_ > kAheadNs) return config_.nthreads;
  // What seceded tasks wait for is the most urgent of what comes, and must not find a queue.
  if (!seceded_.empty()) return config_.nthreads;
  double ahead = std::min(kAheadTasks, kAheadNs / mean_ns_);
  return config_.nthreads * (1 + static_cast<std::uint32_t>(ahead));
}

void State::start_ready() {
  while (running_ < start_limit()) {
    while (!ready_.empty()) {
      const Task& task = tasks_[ready_.front().slot];
      if (task.state == TaskState::ready && task.sequence == ready_.front().sequence) break;
      std::pop_heap(ready_.begin(), ready_.end(), std::greater<>());
      ready_.pop_back();
    }
    auto fits = std::find_if(ready_resources_.begin(), ready_resources_.end(),
                             [this](const Ranked& r) { return resources_fit(tasks_[r.slot]); });
    bool constrained = fits != ready_resources_.end();
    if (!constrained && ready_.empty()) return;
    if (constrained && (ready_.empty() || *fits < ready_.front())) {
      ready_to_executing(fits->slot);
      continue;
    }
    Slot slot = ready_.front().slot;
    std::pop_heap(ready_.begin(), ready_.end(), std::greater<>());
    ready_.pop_back();
    ready_to_executing(slot);
  }
}

bool State::resources_fit(const Task& task) const {
  for (const auto& [kind, amount] : *task.resources) {
    auto found = available_.find(kind);
    if (found == available_.end() || found->second + 1e-9 < amount) return false;
  }
  return true;
}

void State::take_resources(const Task& task, double sign) {
  for (const auto& [kind, amount] : *task.resources) available_[kind] -= sign * amount;
}

void State::leave_thread(Slot slot) {
  Task& task = tasks_[slot];
  if (task.timeout > Duration::zero()) expiries_.erase({task.expires, task.attempt});
  if (task.resources) take_resources(task, -1);
  if (task.seceded) {
    seceded_.erase(task.attempt);
    return;
  }
  TARTAN_ASSERT(running_ > 0, "a task ends that never started");
  digest_.executing = --running_;
}

void State::drop_task(Slot slot) {
  attempts_.erase(tasks_[slot].attempt);
  tasks_[slot] = Task{};
  free_tasks_.push_back(slot);
}

void State::count_attempt(AttemptId attempt, bool add) {
  digest_.attempts_digest ^= digest_of(Key{0, attempt});
  digest_.attempts += add ? 1 : -1;
}

}  // namespace tartan::worker
