// Workers that are to leave. One that does gets no task, gives back those it has not started, and
// ends the others; every value that no worker which stays has is copied to one. Only when all of
// them are known to be elsewhere is it told to end, by a message that names what we know it has: if
// it has got more meanwhile, it stays until that is saved too.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tartan/base/config.hpp>

namespace tartan::scheduler {

namespace {

/// Values that fit nowhere may find room while others are copied and tasks end; not for ever.
constexpr Duration kRoomPatience{std::chrono::seconds(5)};

std::string names_of(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

/// Bytes of the values only workers that are to leave have; what several of them have counts with
/// the first.
std::uint64_t State::bytes_to_save(const Worker& worker) const {
  std::uint64_t bytes = 0;
  for (auto p = worker.replicas; p != kNone; p = replicas_[p].next_of_owner) {
    const Task& task = tasks_[replicas_[p].task];
    if (task.inline_value != kNone || has_open_copy(task)) continue;
    WorkerId first = worker.id;
    for (auto q = task.replicas; q != kNone; q = replicas_[q].next_of_task) {
      first = std::min(first, replicas_[q].owner);
    }
    if (first == worker.id) bytes += task.nbytes;
  }
  return bytes;
}

/// Whether the worker may go. If not, what it alone has is looked at again.
bool State::saved(const Worker& worker) {
  bool all = true;
  for (auto p = worker.replicas; p != kNone; p = replicas_[p].next_of_owner) {
    const Task& task = tasks_[replicas_[p].task];
    if (task.inline_value != kNone || has_open_copy(task)) continue;
    look_at(task);
    all = false;
  }
  return all;
}

/// Queued tasks that were better run on this worker than elsewhere.
void State::requeue_own(Worker& worker) {
  for (;;) {
    const auto top =
        worker.own.top([&](const ReadyHeap::Entry& entry) { return in_queue(entry, worker.id); });
    if (top.task == kNone) return;
    unqueue(tasks_[top.task]);
    recount(top.task);
  }
}

void State::take_back_unstarted(const Worker& worker) {
  for (TaskIndex i = worker.head; i != kNone; i = tasks_[i].next) {
    const Task& task = tasks_[i];
    if (task.started || task.seceded) continue;
    actions_.emplace_back(Retract{worker.id, make_attempt(task.attempt, i)});
  }
}

bool State::refuse_retire(Operation& operation, const std::vector<Worker*>& leaving) {
  const auto staying = open_workers();
  if (staying == 0) {
    finish(operation, Errc::refused,
           fmt::format("{} cannot be retired: no worker would be left to take over the values and "
                       "tasks; start another one first, or end the cluster",
                       names_of(operation.wish.names)));
    return true;
  }
  std::uint64_t bytes = 0;
  for (const Worker* worker : leaving) {
    bytes += bytes_to_save(*worker);
    for (auto p = worker->replicas; p != kNone; p = replicas_[p].next_of_owner) {
      const Task& task = tasks_[replicas_[p].task];
      if (may_move(task) || has_open_copy(task)) continue;
      finish(operation, Errc::refused,
             fmt::format("{} cannot be retired: it has {}, which cannot be moved; release it first",
                         worker->name, task_name(replicas_[p].task)));
      return true;
    }
  }
  std::uint64_t room = 0;
  std::string rooms;
  for (const WorkerId id : alive_) {
    const Worker& worker = *workers_[id];
    if (worker.closing) continue;
    room += room_for_copies(worker);
    rooms += fmt::format("{}{} {}", rooms.empty() ? "" : ", ", worker.name,
                         format_bytes(room_for_copies(worker)));
  }
  if (bytes <= room) return false;
  finish(operation, Errc::out_of_memory,
         fmt::format("{} cannot be retired: {} of values are nowhere else, and the other workers "
                     "have room for {} below {} % of their memory limits ({}); start another "
                     "worker, or release futures",
                     names_of(operation.wish.names), format_bytes(bytes), format_bytes(room),
                     kAdmittedPercent, rooms));
  return true;
}

void State::begin_retire(Operation& operation) {
  std::vector<Worker*> leaving;
  for (const std::string& name : operation.wish.names) {
    const auto found = std::find_if(alive_.begin(), alive_.end(), [&](WorkerId id) {
      return workers_[id]->name == name || workers_[id]->address == name;
    });
    if (found == alive_.end()) {
      std::vector<std::string> known;
      for (const WorkerId id : alive_) known.push_back(workers_[id]->name);
      return finish(operation, Errc::invalid_argument,
                    fmt::format("no worker is called {}; there are {}", name,
                                known.empty() ? "none" : names_of(known)));
    }
    Worker* worker = workers_[*found].get();
    if (std::find(leaving.begin(), leaving.end(), worker) == leaving.end()) {
      leaving.push_back(worker);
    }
  }
  std::vector<WorkerId> newly;
  for (Worker* worker : leaving) {
    for (const auto& [id, other] : operations_) {
      const bool has_it = std::any_of(
          other.partings.begin(), other.partings.end(),
          [&](const Parting& parting) { return parting.worker == worker->id && !parting.over; });
      if (other.done || !has_it) continue;
      return finish(operation, Errc::refused,
                    fmt::format("{} is being retired or restarted already", worker->name));
    }
  }
  for (Worker* worker : leaving) {
    if (!worker->closing) newly.push_back(worker->id);
    if (!std::exchange(worker->closing, true)) ++closing_;
  }
  if (refuse_retire(operation, leaving)) {
    for (const WorkerId id : newly) reopen(id);
    return;
  }
  for (Worker* worker : leaving) {
    operation.partings.push_back({worker->id, worker->name, false, false, kNoWorker, {}});
    drop_copies_of(*worker);
    requeue_own(*worker);
    take_back_unstarted(*worker);
    for (auto p = worker->replicas; p != kNone; p = replicas_[p].next_of_owner) {
      look_at(tasks_[replicas_[p].task]);
    }
  }
}

void State::advance_retire(Operation& operation, bool round) {
  const bool closes = operation.wish.count != 0;
  bool all = true;
  for (Parting& parting : operation.partings) {
    if (parting.over) continue;
    Worker* worker = live_worker(parting.worker);
    if (worker == nullptr || worker->lost) {
      parting.over = true;
      if (parting.outcome.empty()) parting.outcome = "lost before it was empty";
      continue;
    }
    all = false;
    if (round) take_back_unstarted(*worker);
    const bool quiet = look_at_.empty() && copies_.empty() && no_room_.empty();
    if (worker->head != kNone || !(round || (quiet && !parting.told))) continue;
    if (!saved(*worker)) continue;
    if (!closes) {
      parting.over = true;
      parting.outcome = "drained";
      continue;
    }
    parting.told = true;
    parting.outcome = "retired";
    actions_.emplace_back(Dismiss{worker->id, false, "it was retired"});
  }
  if (all || std::all_of(operation.partings.begin(), operation.partings.end(),
                         [](const Parting& parting) { return parting.over; })) {
    for (const Parting& parting : operation.partings) {
      operation.answer.names.push_back(parting.name);
      operation.answer.outcomes.push_back(parting.outcome);
    }
    finish(operation);
    return;
  }
  const bool stuck = std::any_of(no_room_.begin(), no_room_.end(), [this](const Key& key) {
    const TaskIndex index = find(key);
    return index != kNone && tasks_[index].replicas != kNone && !has_open_copy(tasks_[index]);
  });
  const Time moved = std::max(operation.began, last_landed_);
  if (!stuck || !copies_.empty() || now_ - moved < kRoomPatience) return;
  TARTAN_PROBE("scheduler: a worker cannot be retired for want of room");
  const std::string why = no_room_text();
  for (const Parting& parting : operation.partings) reopen(parting.worker);
  no_room_.clear();
  finish(operation, Errc::out_of_memory,
         fmt::format("{} could not be retired and goes on working: {}",
                     names_of(operation.wish.names), why));
}

/// A worker that was to be retired did not end by itself.
void State::note_death(const WorkerLost& event) {
  for (auto& [id, operation] : operations_) {
    for (Parting& parting : operation.partings) {
      const bool leaves = parting.worker == event.worker && parting.told && !parting.over;
      if (leaves && operation.wish.what == static_cast<std::uint8_t>(wire::Operate::retire)) {
        parting.outcome = "died when it was empty";
      }
    }
  }
}

void State::expire_retire(Operation& operation) {
  std::string left;
  for (const Parting& parting : operation.partings) {
    const Worker* worker = live_worker(parting.worker);
    if (parting.over || worker == nullptr) continue;
    std::uint64_t tasks = 0;
    for (TaskIndex i = worker->head; i != kNone; i = tasks_[i].next) ++tasks;
    left += fmt::format("{}{} still has {} tasks{} and {} of values that are nowhere else",
                        left.empty() ? "" : "; ", worker->name, tasks,
                        tasks == 0 ? "" : fmt::format(" (such as {})", task_name(worker->head)),
                        format_bytes(bytes_to_save(*worker)));
  }
  for (const Parting& parting : operation.partings) reopen(parting.worker);
  finish(operation, Errc::timeout,
         fmt::format("{} was not retired in time and goes on working: {}",
                     names_of(operation.wish.names), left));
}

}  // namespace tartan::scheduler
