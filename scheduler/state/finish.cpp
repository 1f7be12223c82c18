// How tasks end: with a result, with a failure that spreads to their dependents, or with another
// attempt.

#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::scheduler {

void State::on(Finished& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  const wire::TasksFinished& done = event.tasks;
  for (std::size_t i = 0; i < done.attempts.size(); ++i) {
    const TaskIndex index = running(event.worker, done.attempts[i]);
    if (index == kNone) {
      // A result of an attempt given up in the meantime: its worker keeps it until it is told.
      TARTAN_PROBE("scheduler: a result of a stale attempt");
      ask_report(*worker);
      continue;
    }
    // A value that was there already took no time, which says nothing about its group.
    if (done.duration_ns[i] > 0) measure(tasks_[index], done.duration_ns[i], done.nbytes[i]);
    become_memory(
        index, worker, done.nbytes[i],
        i < done.inline_values.size() ? done.inline_values[i] : std::span<const std::byte>{});
  }
  worker->last_progress = now_;
}

/// The result exists, on the worker it was given to or wherever it turned up.
void State::become_memory(TaskIndex index, Worker* worker, std::uint64_t nbytes,
                          std::span<const std::byte> inline_value) {
  Task& task = tasks_[index];
  if (task.state == TaskState::queued) unqueue(task);
  bool produced = false;
  std::uint64_t slot = 0;
  if (task.state == TaskState::processing) {
    Worker& ran = *workers_[task.worker];
    if (&ran != worker) cancel_attempt(index);
    detach(index);
    if (&ran == worker) {
      produced = std::exchange(task.producing, false);
      slot = ran.slot;
    } else {
      detach_dependents(index, ran);
    }
  }
  if (active(task.state)) consumed(task);
  task.nbytes = nbytes;
  transition(task, TaskState::memory);
  ++totals_.finished;
  acquit(index);
  task.expected = false;
  task.made = task.actor;
  task.doubted = false;
  // An actor's handle is always here: what it stands for must not seem to have copies.
  const bool room =
      task.actor || inline_store_.bytes() + inline_value.size() <= config_.inline_budget;
  if (!inline_value.empty() && inline_value.size() <= wire::kInlineBytes &&
      task.inline_value == kNone && room) {
    task.inline_value = inline_store_.put(inline_value);
  }
  add_replica(index, *worker);
  for_dependents(task, [&](TaskIndex dependent) {
    Task& next = tasks_[dependent];
    if (next.state == TaskState::waiting) {
      --next.waiting_on;
      if (produced) {
        --next.producers;
        next.producer_sum -= slot;
        next.producer_squares -= slot * slot;
      }
      if (next.waiting_on == 0) {
        ready_.push_back(dependent);
      } else if (fit_ahead(next)) {
        ahead_.push_back(dependent);
      }
    } else if (next.state == TaskState::processing && next.waiting_on > 0) {
      arrived(dependent, task, worker->id);
    }
  });
  if (!needed(task)) release_.push_back(index);
  notify_ready(index);
}

/// One dependency of a task that a worker has already is in memory, on `holder`.
void State::arrived(TaskIndex dependent, const Task& dep, WorkerId holder) {
  Task& task = tasks_[dependent];
  Worker& runner = *workers_[task.worker];
  change_waiting_on(dependent, runner, task.waiting_on - 1);
  if (runner.id != holder) actions_.emplace_back(TellHolder{runner.id, dep.key, holder});
}

void State::notify_ready(TaskIndex index) {
  for (auto pair = tasks_[index].holds; pair != kNone; pair = holds_[pair].next_of_task) {
    if (holds_[pair].owner == kDetached) continue;
    actions_.emplace_back(KeyReady{holds_[pair].owner, index});
  }
  drop_detached(index);
}

void State::on(Failed& event) {
  Worker* worker = live_worker(event.worker);
  const TaskIndex index = running(event.worker, event.attempt);
  if (worker == nullptr || index == kNone) return;
  Task& task = tasks_[index];
  detach(index);
  worker->last_progress = now_;
  transition(task, TaskState::waiting);
  if (task.retries > 0) {
    TARTAN_PROBE("scheduler: a task that threw is tried again");
    --task.retries;
    detach_dependents(index, *worker);
    recount(index);
  } else {
    if (event.failure.task.empty()) event.failure.task = task_name(index);
    if (event.failure.worker.empty()) {
      event.failure.worker = fmt::format("{} at {}", worker->name, worker->address);
    }
    fail(index, std::make_shared<const Failure>(std::move(event.failure)));
  }
}

std::uint32_t State::keep_failure(std::shared_ptr<const Failure> failure) {
  if (free_failures_.empty()) {
    free_failures_.push_back(static_cast<std::uint32_t>(failures_.size()));
    failures_.emplace_back();
  }
  const std::uint32_t number = free_failures_.back();
  free_failures_.pop_back();
  failures_[number] = {std::move(failure), 0};
  return number;
}

void State::drop_use(std::uint32_t number) {
  if (--failures_[number].uses > 0) return;
  failures_[number].failure = nullptr;
  free_failures_.push_back(number);
}

void State::drop_failure(Task& task) {
  drop_use(task.failure);
  task.failure = kNone;
}

/// The task fails once the event's other transitions are through, and with it all that need it.
void State::fail(TaskIndex index, std::shared_ptr<const Failure> failure) {
  const std::uint32_t number = keep_failure(std::move(failure));
  ++failures_[number].uses;
  failing_.emplace_back(index, number);
}

void State::fail_all() {
  while (!failing_.empty()) {
    const auto [index, failure] = failing_.back();
    failing_.pop_back();
    fail_one(index, failure);
    drop_use(failure);
  }
}

void State::fail_one(TaskIndex index, std::uint32_t failure) {
  Task& task = tasks_[index];
  const bool unmade = task.state == TaskState::released && !needed(task);
  if (task.state == TaskState::memory || task.state == TaskState::erred ||
      task.state == TaskState::forgotten || unmade) {
    return;
  }
  if (task.state == TaskState::processing) {
    cancel_attempt(index);
    detach(index);
  }
  if (task.state == TaskState::queued) unqueue(task);
  if (active(task.state)) consumed(task);
  transition(task, TaskState::erred);
  ++totals_.failed;
  task.producing = false;
  task.expected = false;
  task.failure = failure;
  ++failures_[failure].uses;
  for (auto pair = task.holds; pair != kNone; pair = holds_[pair].next_of_task) {
    if (holds_[pair].owner == kDetached) continue;
    actions_.emplace_back(KeyFailed{holds_[pair].owner, task.key, failures_[failure].failure});
  }
  for_dependents(task, [&](TaskIndex dependent) {
    if (!active(tasks_[dependent].state)) return;
    ++failures_[failure].uses;
    failing_.emplace_back(dependent, failure);
  });
  drop_detached(index);
  release_.push_back(index);
}

}  // namespace tartan::scheduler
