// From released to processing: activation of what is needed, queueing, assignment, and the way
// back when an assignment comes to nothing.

#include <algorithm>
#include <core/base/probe.hpp>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::scheduler {

namespace {

/// Rounded up, and no more than 4 TiB.
std::uint32_t promise_kib(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>((bytes + 1023) / 1024, 0xFFFFFFFF));
}

}  // namespace

/// Makes a needed, released task wait, and everything it needs with it.
void State::activate(TaskIndex root) {
  std::vector<TaskIndex> stack{root};
  while (!stack.empty()) {
    const TaskIndex index = stack.back();
    stack.pop_back();
    Task& task = tasks_[index];
    if (task.state != TaskState::released || task.expected) continue;
    if (!has_spec(task)) {
      fail_lost(index, "is not known to the scheduler (any more)");
      continue;
    }
    if (task.made) {
      TARTAN_PROBE("scheduler: an actor that is gone is needed again");
      fail_actor(index, "was freed");
      continue;
    }
    transition(task, TaskState::waiting);
    for (std::uint32_t i = 0; i < task.dep_count; ++i) {
      const TaskIndex dep = edges_[task.deps + i].dep;
      ++tasks_[dep].needed_by;
      if (tasks_[dep].state == TaskState::released) stack.push_back(dep);
    }
    recount(index);
  }
}

/// Counts afresh what a waiting task waits for, and passes it on if that is nothing.
void State::recount(TaskIndex index) {
  Task& task = tasks_[index];
  TARTAN_ASSERT(task.state == TaskState::waiting, "only waiting tasks are counted afresh");
  task.waiting_on = 0;
  task.producers = 0;
  task.producer_sum = 0;
  task.producer_squares = 0;
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Task& dep = tasks_[edges_[task.deps + i].dep];
    if (dep.state == TaskState::memory) continue;
    ++task.waiting_on;
    if (dep.state == TaskState::erred) {
      ++failures_[dep.failure].uses;
      failing_.emplace_back(index, dep.failure);
    } else if (dep.producing) {
      const std::uint64_t slot = workers_[dep.worker]->slot;
      ++task.producers;
      task.producer_sum += slot;
      task.producer_squares += slot * slot;
    }
  }
  if (task.waiting_on == 0) {
    ready_.push_back(index);
  } else if (fit_ahead(task)) {
    ahead_.push_back(index);
  }
}

/// Does what the event's transitions left to do, until nothing is left.
void State::settle() {
  do {
    do {
      fail_all();
      release_checks();
      if (!failing_.empty()) continue;
      place_ready();
      send_ahead();
      schedule();
    } while (!settled());
  } while (operate());
  rebalance();
}

void State::place_ready() {
  if (ready_.empty()) return;
  std::vector<TaskIndex> list;
  list.swap(ready_);
  const auto before = [this](TaskIndex a, TaskIndex b) {
    return tasks_[a].priority < tasks_[b].priority;
  };
  if (!std::is_sorted(list.begin(), list.end(), before))
    std::sort(list.begin(), list.end(), before);
  for (const TaskIndex index : list) {
    Task& task = tasks_[index];
    if (task.state != TaskState::waiting || task.waiting_on > 0) continue;
    const WorkerId best = heavy_dependencies(index) ? choose_worker(index) : kNoWorker;
    if (fits_nowhere(index)) {
      fail_too_large(index);
    } else if (best == kNoWorker) {
      enqueue(index, kNoWorker);
    } else if (has_room(*workers_[best], index)) {
      assign(index, *workers_[best]);
    } else {
      enqueue(index, task.restriction == 0 ? best : kNoWorker);
    }
  }
  // Keeps the capacity for the next event.
  if (ready_.empty()) {
    list.clear();
    ready_.swap(list);
  }
}

void State::enqueue(TaskIndex index, WorkerId own) {
  Task& task = tasks_[index];
  transition(task, TaskState::queued);
  task.worker = own;
  if (own != kNoWorker) {
    task.estimate_us = estimate_us(task);
    workers_[own]->own_us += task.estimate_us;
  }
  heap_of(task).push(task.priority, index);
}

/// Takes a queued task out of its queue by other means than popping it.
void State::unqueue(Task& task) {
  ReadyHeap& heap = heap_of(task);
  heap.removed();
  const WorkerId own = task.worker;
  if (own != kNoWorker) workers_[own]->own_us -= task.estimate_us;
  task.worker = kNoWorker;
  transition(task, TaskState::waiting);
  heap.compact([this, own](const ReadyHeap::Entry& entry) { return in_queue(entry, own); });
}

/// Counts a task with nothing left to wait for in its worker's load; sign -1 takes it out.
void State::count_ready(Worker& worker, const Task& task, int sign) {
  worker.ready += static_cast<std::uint32_t>(sign);
  worker.ready_us += static_cast<std::uint64_t>(static_cast<std::int64_t>(sign) * task.estimate_us);
  if (task.restriction != 0) worker.by_restriction[task.restriction] += static_cast<unsigned>(sign);
}

void State::count_ahead(Worker& worker, const Task& task, int sign) {
  worker.ahead += static_cast<std::uint32_t>(sign);
  worker.ahead_us += static_cast<std::uint64_t>(static_cast<std::int64_t>(sign) * task.estimate_us);
}

/// Counts a task where it belongs in its worker's load.
void State::count_load(Worker& worker, const Task& task, int sign) {
  if (task.waiting_on == 0) {
    count_ready(worker, task, sign);
  } else {
    count_ahead(worker, task, sign);
  }
}

void State::assign(TaskIndex index, Worker& worker) {
  Task& task = tasks_[index];
  transition(task, TaskState::processing);
  if (next_attempt_ == 0) ++next_attempt_;
  task.attempt = next_attempt_++;
  task.worker = worker.id;
  task.started = false;
  task.estimate_us = estimate_us(task);
  task.promised_kib = promise_kib(expected_bytes(index, worker));
  worker.promised_kib += task.promised_kib;
  if (must_run_alone(task)) worker.isolated = index;
  task.prev = worker.tail;
  task.next = kNone;
  (worker.tail == kNone ? worker.head : tasks_[worker.tail].next) = index;
  worker.tail = index;
  if (worker.ready == 0) worker.last_progress = now_;
  count_load(worker, task, 1);
  const AttemptId attempt = make_attempt(task.attempt, index);
  note_attempt(worker, attempt, true);
  actions_.emplace_back(Assign{worker.id, index, attempt});
  produce_on(index, worker);
}

void State::cancel_attempt(TaskIndex index) {
  const Task& task = tasks_[index];
  if (!workers_[task.worker]->lost) {
    actions_.emplace_back(CancelAttempt{task.worker, make_attempt(task.attempt, index)});
  }
}

/// A task that may have killed a worker keeps its dependants here, so that the next death points
/// at the right one.
void State::produce_on(TaskIndex index, const Worker& worker) {
  if (tasks_[index].deaths > 0) return;
  tasks_[index].producing = true;
  const std::uint64_t slot = worker.slot;
  for_dependents(tasks_[index], [&](TaskIndex dependent) {
    Task& task = tasks_[dependent];
    if (task.state != TaskState::waiting) return;
    ++task.producers;
    task.producer_sum += slot;
    task.producer_squares += slot * slot;
    if (fit_ahead(task)) ahead_.push_back(dependent);
  });
}

/// Takes a task off its worker's books. The caller gives it its next state at once, and sees to
/// dependents that counted on it.
void State::detach(TaskIndex index) {
  Task& task = tasks_[index];
  Worker& worker = *workers_[task.worker];
  (task.prev == kNone ? worker.head : tasks_[task.prev].next) = task.next;
  (task.next == kNone ? worker.tail : tasks_[task.next].prev) = task.prev;
  task.prev = kNone;
  task.next = kNone;
  worker.promised_kib -= task.promised_kib;
  if (worker.isolated == index) worker.isolated = kNone;
  if (task.seceded) rejoin(index, worker);
  count_load(worker, task, -1);
  if (task.retract_to != kNoWorker) {
    --worker.retracting;
    if (Worker* thief = live_worker(task.retract_to)) --thief->expecting;
    task.retract_to = kNoWorker;
  }
  note_attempt(worker, make_attempt(task.attempt, index), false);
  task.worker = kNoWorker;
}

/// After a task left a worker without a result: dependents no longer count it as running there,
/// and those sent ahead to wait for it come back.
void State::detach_dependents(TaskIndex root, Worker& worker) {
  const std::uint64_t slot = worker.slot;
  std::vector<TaskIndex> stack{root};
  std::vector<TaskIndex> recalled;
  while (!stack.empty()) {
    const TaskIndex index = stack.back();
    stack.pop_back();
    const bool counted = std::exchange(tasks_[index].producing, false);
    for_dependents(tasks_[index], [&](TaskIndex dependent) {
      Task& task = tasks_[dependent];
      if (task.state == TaskState::waiting && counted && task.producers > 0) {
        --task.producers;
        task.producer_sum -= slot;
        task.producer_squares -= slot * slot;
      } else if (task.state == TaskState::processing && task.worker == worker.id) {
        cancel_attempt(dependent);
        detach(dependent);
        transition(task, TaskState::waiting);
        recalled.push_back(dependent);
        stack.push_back(dependent);
      }
    });
  }
  for (const TaskIndex index : recalled) {
    if (tasks_[index].state == TaskState::waiting) recount(index);
  }
}

}  // namespace tartan::scheduler
