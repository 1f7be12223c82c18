// Workers and data that go away. Lost results that are still needed are made again along their
// lineage; plain data cannot be, and is reported as lost.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <set>
#include <tartan/base/assert.hpp>
#include <tartan/base/config.hpp>
#include <tuple>
#include <utility>

namespace tartan::scheduler {

void State::add_replica(TaskIndex index, Worker& worker) {
  Task& task = tasks_[index];
  if (replicas_.find(task.replicas, worker.id) != kNone) return;
  replicas_.add(index, task.replicas, worker.id, worker.replicas);
  worker.stored_bytes += task.nbytes;
  note_held(worker, task.key, true);
  copy_landed(task, worker);
}

void State::remove_replica(std::uint32_t pair) {
  const TaskIndex index = replicas_[pair].task;
  Worker& worker = *workers_[replicas_[pair].owner];
  Task& task = tasks_[index];
  worker.stored_bytes -= task.nbytes;
  note_held(worker, task.key, false);
  replicas_.remove(pair, task.replicas, worker.replicas);
  // What is left of it may be too few copies, or one on a worker that is to leave.
  if (task.replicated || closing_ > 0) look_at(task);
}

/// A result may have lost its last copy. how: what became of it, for an actor's failure.
void State::check_lost(TaskIndex index, const std::string& how) {
  Task& task = tasks_[index];
  if (task.state != TaskState::memory || task.replicas != kNone) return;
  if (task.inline_value != kNone) {
    if (!task.actor) return;
    inline_store_.erase(task.inline_value);
    task.inline_value = kNone;
  }
  drop_copies(task.key);
  transition(task, TaskState::released);
  task.orphan = false;
  std::vector<TaskIndex> isolated;
  for_dependents(task, [&](TaskIndex dependent) {
    Task& next = tasks_[dependent];
    if (next.state == TaskState::queued) unqueue(next);
    if (next.state == TaskState::processing && next.waiting_on == 0) {
      // It may have fetched the value already; if not, it reports it missing and waits.
      if (workers_[next.worker]->isolated == dependent) isolated.push_back(dependent);
      change_waiting_on(dependent, *workers_[next.worker], 1);
    } else if (active(next.state)) {
      ++next.waiting_on;
    }
  });
  for (const TaskIndex suspect : isolated) {
    // What it lost may have to be made on the worker that is kept free for it.
    TARTAN_PROBE("scheduler: a suspect that lost its input is taken back");
    take_back(suspect);
  }
  if (!needed(task)) {
    release_.push_back(index);
  } else if (task.actor) {
    TARTAN_PROBE("scheduler: an actor is lost");
    fail_actor(index, how.empty() ? "was lost by its worker" : how);
  } else if (has_spec(task)) {
    TARTAN_PROBE("scheduler: a lost result is made again");
    activate(index);
  } else {
    TARTAN_PROBE("scheduler: scattered data is lost");
    fail_lost(index, "was lost with the only worker that had it");
  }
}

/// The object had a state that nobody else knows, so another one made alike would not be it.
void State::fail_actor(TaskIndex index, const std::string& how) {
  Failure failure;
  failure.code = Errc::actor_lost;
  failure.type = name(failure.code);
  failure.task = task_name(index);
  failure.message = fmt::format(
      "the actor {} {}, and its state with it; create it again, from what is kept elsewhere",
      failure.task, how);
  fail(index, std::make_shared<const Failure>(std::move(failure)));
}

void State::fail_lost(TaskIndex index, const std::string& why) {
  fail(index, lost_failure(task_name(index), why));
}

std::shared_ptr<const Failure> State::lost_failure(std::string name, const std::string& why) const {
  Failure failure;
  failure.code = Errc::data_lost;
  failure.task = std::move(name);
  failure.message = fmt::format(
      "{} {} and cannot be computed again; scatter it again, with broadcast for a copy on every "
      "worker, or submit the task that makes it",
      failure.task, why);
  return std::make_shared<const Failure>(std::move(failure));
}

/// The tasks the worker was running: as its parent process saw it, or else, of those ready to run,
/// the first nthreads, beginning with ones it would not give back, and those that waited for other
/// tasks, which may have memory in use.
std::vector<TaskIndex> State::suspects(const WorkerLost& event, const Worker& worker) const {
  std::vector<TaskIndex> list;
  if (event.ran) {
    for (const AttemptId attempt : *event.ran) {
      const TaskIndex index = running(worker.id, attempt);
      if (index != kNone) list.push_back(index);
    }
    return list;
  }
  for (TaskIndex i = worker.head; i != kNone; i = tasks_[i].next) list.push_back(i);
  const auto order = [this](TaskIndex a, TaskIndex b) {
    const auto rank = [](const Task& task) {
      return std::tuple(!task.seceded, task.waiting_on > 0, !task.started, task.priority);
    };
    return rank(tasks_[a]) < rank(tasks_[b]);
  };
  const auto count =
      std::min<std::size_t>(list.size(), std::size_t{worker.nthreads} + worker.seceded);
  std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count), list.end(),
                    order);
  list.resize(count);
  return list;
}

void State::blame(TaskIndex index, const WorkerLost& event, const Worker& worker) {
  Task& task = tasks_[index];
  const std::string where = fmt::format("{} at {}", worker.name, worker.address);
  std::string death = fmt::format("{} {}", where, event.how.empty() ? "died" : event.how);
  if (event.peak_bytes > 0) {
    death += fmt::format(", having used at most {} of memory", format_bytes(event.peak_bytes));
  }
  constexpr std::size_t kTold = 10;
  std::vector<std::string>& deaths = deaths_[index];
  if (deaths.size() == kTold) deaths.erase(deaths.begin());
  deaths.push_back(std::move(death));
  if (++task.deaths < config_.allowed_deaths) return;
  TARTAN_PROBE("scheduler: a task is poison");
  Failure failure;
  failure.code = Errc::worker_lost;
  failure.task = task_name(index);
  failure.worker = where;
  failure.message = fmt::format(
      "{} was running on {} workers when they died: {}; it probably crashes its process or uses "
      "more memory than there is",
      failure.task, task.deaths, fmt::join(deaths, "; "));
  fail(index, std::make_shared<const Failure>(std::move(failure)));
}

/// The task has come to an end without killing anybody, or is forgotten.
void State::acquit(TaskIndex index) {
  if (std::exchange(tasks_[index].deaths, std::uint16_t{0}) > 0) deaths_.erase(index);
}

void State::on(WorkerLost& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  worker->lost = true;
  drop_copies_of(*worker);
  if (operating_ > 0 && event.blame) note_death(event);
  alive_.erase(std::find(alive_.begin(), alive_.end(), worker->id));
  for (Restriction& restriction : restrictions_) std::erase(restriction.eligible, worker->id);
  if (event.blame) {
    for (const TaskIndex index : suspects(event, *worker)) blame(index, event, *worker);
  }
  std::vector<TaskIndex> returned;
  while (worker->head != kNone) {
    const TaskIndex index = worker->head;
    detach(index);
    transition(tasks_[index], TaskState::waiting);
    detach_dependents(index, *worker);
    returned.push_back(index);
  }
  for (;;) {
    const auto top =
        worker->own.top([&](const ReadyHeap::Entry& entry) { return in_queue(entry, worker->id); });
    if (top.task == kNone) break;
    unqueue(tasks_[top.task]);
    returned.push_back(top.task);
  }
  std::vector<TaskIndex> held;
  while (worker->replicas != kNone) {
    held.push_back(replicas_[worker->replicas].task);
    remove_replica(worker->replicas);
  }
  const std::string how =
      fmt::format("was lost with its worker {} at {}, which {}", worker->name, worker->address,
                  !event.how.empty() ? event.how
                  : event.blame      ? "died or does not answer"
                                     : "left");
  for (const TaskIndex index : held) check_lost(index, how);
  for (const TaskIndex index : returned) {
    if (tasks_[index].state == TaskState::waiting) recount(index);
  }
  by_slot_[worker->slot] = kNoWorker;
  if (worker->closing) --closing_;
  workers_[event.worker].reset();
}

/// Whether the result could be made again from what there is: its lineage does not end in plain
/// data that is gone, or in an actor.
bool State::can_be_made(TaskIndex root) const {
  std::vector<TaskIndex> stack{root};
  std::set<TaskIndex> seen{root};
  while (!stack.empty()) {
    const Task& task = tasks_[stack.back()];
    stack.pop_back();
    if (!has_spec(task) || task.made) return false;
    for (std::uint32_t i = 0; i < task.dep_count; ++i) {
      const TaskIndex dep = edges_[task.deps + i].dep;
      const TaskState state = tasks_[dep].state;
      if (state != TaskState::released && state != TaskState::erred) continue;
      if (seen.insert(dep).second) stack.push_back(dep);
    }
  }
  return true;
}

/// Somebody could not fetch the key from the holder. Returns its task.
TaskIndex State::missing(const Key& key, WorkerId holder) {
  const TaskIndex index = find(key);
  if (index == kNone || tasks_[index].state != TaskState::memory) return index;
  Task& task = tasks_[index];
  const std::uint32_t pair = replicas_.find(task.replicas, holder);
  if (pair == kNone) return index;
  // The holder's own word decides whether it still has the value; until then others are used.
  // One copy of what cannot be made again is not given up on a third party's word.
  const bool other_copy =
      replicas_[task.replicas].next_of_task != kNone || task.inline_value != kNone;
  ask_report(*workers_[holder]);
  if (task.actor) return index;
  if (other_copy || can_be_made(index)) {
    remove_replica(pair);
    check_lost(index);
    if (task.state != TaskState::memory) {
      TARTAN_PROBE("scheduler: a result nobody could fetch is made again");
      set_back(index);
    }
  } else {
    TARTAN_PROBE("scheduler: the one copy of what cannot be made again is not given up");
  }
  return index;
}

void State::on(ReplicasMissing& event) {
  if (live_worker(event.worker) == nullptr) return;
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    const TaskIndex index = missing(event.keys[i], event.holders[i]);
    if (index == kNone) {
      // A copy it was to have, and did not hear that it is not wanted any more.
      free_data(event.worker, event.keys[i]);
      continue;
    }
    const Task& task = tasks_[index];
    if (task.state != TaskState::memory && !read_on(task, *workers_[event.worker])) {
      free_data(event.worker, task.key);
    } else if (task.state != TaskState::memory) {
      actions_.emplace_back(TellHolder{event.worker, task.key, kNoWorker});
    } else if (task.replicas != kNone) {
      actions_.emplace_back(TellHolder{event.worker, task.key, replicas_[task.replicas].owner});
      // Whoever is told of holders again and again, in vain, cannot reach them.
      for_dependents(tasks_[index], [&](TaskIndex dependent) {
        const Task& next = tasks_[dependent];
        if (next.state == TaskState::processing && next.worker == event.worker) set_back(dependent);
      });
    } else {
      // Only the scheduler has it: the value travels with a new dispatch of its dependents.
      for_dependents(tasks_[index], [&](TaskIndex dependent) {
        const Task& next = tasks_[dependent];
        if (next.state == TaskState::processing && next.worker == event.worker) {
          TARTAN_PROBE("scheduler: takes a task back to send its input along");
          take_back(dependent);
          set_back(dependent);
        }
      });
    }
  }
}

/// Cancels an attempt and lets the task be placed again.
void State::take_back(TaskIndex index) {
  Worker& worker = *workers_[tasks_[index].worker];
  cancel_attempt(index);
  detach(index);
  transition(tasks_[index], TaskState::waiting);
  detach_dependents(index, worker);
  recount(index);
}

/// Losses between living workers are repaired, but not for ever.
void State::set_back(TaskIndex index) {
  Task& task = tasks_[index];
  constexpr std::uint32_t kForgivenAfterS = 300;
  const auto now_s = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count());
  if (task.setbacks == 0 || now_s - task.setback_since_s > kForgivenAfterS) {
    task.setbacks = 0;
    task.setback_since_s = now_s;
  }
  if (task.setbacks < UINT16_MAX) ++task.setbacks;
  const auto over = std::chrono::seconds(now_s - task.setback_since_s);
  if (task.setbacks <= config_.allowed_setbacks || over < config_.setback_time) return;
  TARTAN_PROBE("scheduler: gives up a task that does not get through");
  Failure failure;
  failure.code = Errc::unreachable;
  failure.task = task_name(index);
  failure.message = fmt::format(
      "{} or its inputs got lost {} times on the way to or between workers; check that the workers "
      "reach each other's data addresses (tartan workers) and see their logs",
      failure.task, task.setbacks);
  fail(index, std::make_shared<const Failure>(std::move(failure)));
}

void State::on(FetchFailed& event) {
  if (!clients_.contains(event.client)) return;
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    const TaskIndex index = missing(event.keys[i], event.holders[i]);
    if (index == kNone) {
      // The client's hold was lost: the digests tell, and then it brings its graph again.
      TARTAN_PROBE("scheduler: a client asks for a key nobody knows");
      continue;
    }
    const Task& task = tasks_[index];
    if (task.state == TaskState::memory) {
      actions_.emplace_back(KeyReady{event.client, index});
    } else if (task.state == TaskState::erred) {
      actions_.emplace_back(KeyFailed{event.client, task.key, failures_[task.failure].failure});
    }
  }
}

}  // namespace tartan::scheduler
