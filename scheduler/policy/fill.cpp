// Workers with room draw queued tasks in priority order. While fewer tasks are queued than
// threads are idle each worker gets its share; every share is a run of neighbours in depth-first
// order, so that what they produce is needed on one worker.

#include <algorithm>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tuple>

namespace tartan::scheduler {

ReadyHeap& State::heap_of(const Task& task) {
  return task.worker != kNoWorker ? workers_[task.worker]->own
                                  : restrictions_[task.restriction].ready;
}

/// The queued task the worker should run next: of its own queue and of those open to it.
State::Pick State::best_for(Worker& worker) {
  Pick best;
  std::uint64_t best_priority = 0;
  const auto consider = [&](ReadyHeap& heap, WorkerId own) {
    if (heap.live() == 0) return;
    const auto top = heap.top([&](const ReadyHeap::Entry& entry) { return in_queue(entry, own); });
    if (top.task == kNone || !admits(worker, top.task)) return;
    if (best.heap == nullptr || top.priority < best_priority) {
      best = {&heap, top.task};
      best_priority = top.priority;
    }
  };
  consider(worker.own, worker.id);
  consider(restrictions_[0].ready, kNoWorker);
  for (std::uint32_t i = 1; i < restrictions_.size(); ++i) {
    if (restrictions_[i].ready.live() > 0 && eligible(worker, i)) {
      consider(restrictions_[i].ready, kNoWorker);
    }
  }
  return best;
}

void State::take(const Pick& pick, Worker& worker) {
  Task& task = tasks_[pick.task];
  pick.heap->pop();
  if (task.worker != kNoWorker) workers_[task.worker]->own_us -= task.estimate_us;
  assign(pick.task, worker);
}

std::vector<Worker*> State::by_load() const {
  std::vector<Worker*> list;
  for (const WorkerId id : alive_) list.push_back(workers_[id].get());
  std::sort(list.begin(), list.end(), [this](const Worker* a, const Worker* b) {
    return std::tuple(wait_us(*a), a->ready, a->stored_bytes, a->id) <
           std::tuple(wait_us(*b), b->ready, b->stored_bytes, b->id);
  });
  return list;
}

void State::schedule() {
  if (queued() == 0 || alive_.empty()) return;
  fill_all(&Worker::nthreads);
  fill_all(&Worker::saturation);
  fill_tiny();
  for (const WorkerId id : alive_) {
    Worker& thief = *workers_[id];
    if (thief.paused) continue;
    while (queued() > 0 && thief.ready < thief.nthreads && steal_queued(thief)) continue;
  }
}

void State::fill_all(std::uint32_t Worker::*limit) {
  const auto room = [limit](const Worker& worker) -> std::uint64_t {
    return worker.*limit > worker.ready && !worker.closing ? worker.*limit - worker.ready : 0;
  };
  std::uint64_t free = 0;
  for (const WorkerId id : alive_) free += room(*workers_[id]);
  const std::uint64_t waiting = queued();
  if (free == 0 || waiting == 0) return;
  for (Worker* worker : by_load()) {
    std::uint64_t quota = room(*worker);
    if (waiting < free) quota = (waiting * quota + free - 1) / free;
    for (; quota > 0 && room(*worker) > 0; --quota) {
      const Pick pick = best_for(*worker);
      if (pick.heap == nullptr) break;
      take(pick, *worker);
      assign_siblings(pick.task, *worker);
    }
  }
}

/// Groups measured to be tiny are given out deeper, or workers would wait for us after each.
void State::fill_tiny() {
  const std::uint64_t waiting = queued();
  if (waiting == 0) return;
  std::uint64_t threads = 0;
  for (const WorkerId id : alive_) threads += workers_[id]->nthreads;
  for (const WorkerId id : alive_) {
    Worker& worker = *workers_[id];
    if (worker.ready_us >= kPipelineUs * worker.nthreads) continue;
    std::uint64_t quota = (waiting * worker.nthreads + threads - 1) / threads;
    for (; quota > 0; --quota) {
      const Pick pick = best_for(worker);
      if (pick.heap == nullptr || !has_room(worker, pick.task)) break;
      take(pick, worker);
    }
  }
}

/// A root goes with the queued siblings that meet it in the same small dependent, unless other
/// workers would be left without work.
void State::assign_siblings(TaskIndex index, Worker& worker) {
  const Task& task = tasks_[index];
  if (task.dep_count > 0 || task.dependents_head == kNone) return;
  const Task& family = tasks_[edges_[task.dependents_head].dependent];
  if (family.state != TaskState::waiting || family.dep_count > 2 * worker.saturation) return;
  std::uint64_t idle_elsewhere = 0;
  for (const WorkerId id : alive_) {
    const Worker& other = *workers_[id];
    if (id != worker.id && other.ready < other.nthreads) {
      idle_elsewhere += other.nthreads - other.ready;
    }
  }
  for (std::uint32_t i = 0; i < family.dep_count; ++i) {
    const TaskIndex sibling = edges_[family.deps + i].dep;
    Task& other = tasks_[sibling];
    if (queued() <= idle_elsewhere || worker.ready >= worker.saturation + worker.nthreads) return;
    if (other.state != TaskState::queued || other.dep_count > 0 || other.worker != kNoWorker ||
        other.restriction != task.restriction || !admits(worker, sibling)) {
      continue;
    }
    unqueue(other);
    assign(sibling, worker);
  }
}

}  // namespace tartan::scheduler
