// Work for idle workers when nothing queued is open to them: first tasks queued for a busier
// worker, which cost a decision, then unstarted tasks of the busiest, which cost a round trip. A
// task asked back stays where it is until the worker confirms.

#include <algorithm>
#include <core/base/probe.hpp>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

namespace {

std::uint64_t elapsed_us(Time from, Time to) {
  if (to <= from) return 0;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(to - from).count());
}

/// Ready tasks beyond what the worker runs at once, and not asked back yet. A paused worker starts
/// none of them; it keeps what runs already.
std::uint32_t spare(const Worker& worker) {
  const std::uint32_t kept = (worker.paused ? 0 : worker.nthreads) + worker.retracting;
  return worker.ready > kept ? worker.ready - kept : 0;
}

}  // namespace

bool State::steal_queued(Worker& thief) {
  Worker* victim = nullptr;
  for (const WorkerId id : alive_) {
    Worker& worker = *workers_[id];
    if (id == thief.id || worker.own.live() == 0) continue;
    if (victim == nullptr || worker.own_us > victim->own_us) victim = &worker;
  }
  if (victim == nullptr) return false;
  const auto top =
      victim->own.top([&](const ReadyHeap::Entry& entry) { return in_queue(entry, victim->id); });
  if (top.task == kNone || !admits(thief, top.task)) return false;
  if (transfer_us(top.task, thief) >= wait_us(*victim)) return false;
  take({&victim->own, top.task}, thief);
  return true;
}

void State::rebalance() {
  if (alive_.size() < 2) return;
  const auto can_give = [this](WorkerId id) { return spare(*workers_[id]) > 0; };
  if (std::none_of(alive_.begin(), alive_.end(), can_give)) return;
  for (const WorkerId id : alive_) {
    Worker& thief = *workers_[id];
    if (thief.closing || thief.paused) continue;
    if (thief.ready + thief.expecting >= thief.nthreads) continue;
    Worker* victim = nullptr;
    std::uint64_t longest = kRetractUs;
    for (const WorkerId other : alive_) {
      Worker& worker = *workers_[other];
      if (other == id || spare(worker) == 0) continue;
      const std::uint64_t wait =
          std::max(worker.ready_us / worker.nthreads, elapsed_us(worker.last_progress, now_));
      if (wait > longest) {
        longest = wait;
        victim = &worker;
      }
    }
    if (victim == nullptr) continue;
    const std::uint32_t idle = thief.nthreads - thief.ready - thief.expecting;
    ask_back(thief, *victim, std::max(std::min(spare(*victim), idle), spare(*victim) / 2));
  }
}

/// From the end of the victim's list: what was given last starts last.
void State::ask_back(Worker& thief, Worker& victim, std::uint32_t count) {
  const std::uint64_t wait =
      std::max(victim.ready_us / victim.nthreads, elapsed_us(victim.last_progress, now_));
  std::uint32_t looks = 4 * count + 16;
  for (TaskIndex index = victim.tail; index != kNone && count > 0 && looks > 0; --looks) {
    Task& task = tasks_[index];
    const TaskIndex before = task.prev;
    if (task.waiting_on == 0 && task.retract_to == kNoWorker && !task.started &&
        admits(thief, index) && transfer_us(index, thief) < wait) {
      task.retract_to = thief.id;
      ++victim.retracting;
      ++thief.expecting;
      --count;
      actions_.emplace_back(Retract{victim.id, make_attempt(task.attempt, index)});
    }
    index = before;
  }
}

void State::on(RetractAnswered& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  for (std::size_t i = 0; i < event.answer.attempts.size(); ++i) {
    const TaskIndex index = running(event.worker, event.answer.attempts[i]);
    if (index == kNone) continue;
    Task& task = tasks_[index];
    const WorkerId target = task.retract_to;
    // Given back without being asked for, or a duplicate of an answer: believe it, the worker
    // does not have the task any more.
    if (event.answer.accepted[i] != 0) {
      detach(index);
      transition(task, TaskState::waiting);
      detach_dependents(index, *worker);
      Worker* thief = live_worker(target);
      if (task.waiting_on == 0 && thief != nullptr && has_room(*thief, index)) {
        assign(index, *thief);
      } else {
        recount(index);
      }
    } else {
      task.started = true;
      if (target == kNoWorker) continue;
      TARTAN_PROBE("scheduler: a worker keeps a task it was asked for");
      --worker->retracting;
      if (Worker* thief = live_worker(target)) --thief->expecting;
      task.retract_to = kNoWorker;
    }
  }
}

}  // namespace tartan::scheduler
