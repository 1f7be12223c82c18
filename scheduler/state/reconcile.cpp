// What workers hold besides their own results, and agreement with them. Each heartbeat brings a
// digest of what the worker has; when two in a row disagree and nothing changed in between, a
// message was lost and the worker is asked for the full list. The link keeps order, so the answer
// tells the truth about everything sent before the question.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::scheduler {

void State::note_attempt(Worker& worker, AttemptId attempt, bool added) {
  worker.attempts += added ? 1 : std::uint64_t(-1);
  worker.attempts_digest ^= digest_of(Key{0, attempt});
  ++worker.version;
}

void State::note_held(Worker& worker, const Key& key, bool added) {
  worker.held += added ? 1 : std::uint64_t(-1);
  worker.held_digest ^= digest_of(key);
  ++worker.version;
}

void State::ask_report(Worker& worker) {
  if (worker.reporting || worker.lost) return;
  worker.reporting = true;
  worker.report_counter = next_attempt_ - 1;
  actions_.emplace_back(AskReport{worker.id, ++worker.report});
}

void State::on(Heartbeat& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  match_seceded(*worker, event.digest.seceded);
  const wire::WorkerHeartbeat& digest = event.digest;
  const bool agrees = digest.attempts == worker->attempts && digest.held == worker->held &&
                      digest.attempts_digest == worker->attempts_digest &&
                      digest.held_digest == worker->held_digest;
  if (agrees) {
    worker->suspect = false;
    worker->reporting = false;
  } else if (worker->suspect && worker->suspect_version == worker->version) {
    // A report asked for two heartbeats ago was lost with the question.
    worker->suspect = false;
    worker->reporting = false;
    TARTAN_PROBE("scheduler: a worker's digest disagrees");
    ask_report(*worker);
  } else {
    worker->suspect = true;
    worker->suspect_version = worker->version;
  }
  worker->spilled_bytes = digest.spilled_bytes;
  worker->paused = digest.paused;
  reduce_replicas(*worker);
}

void State::on(ReplicasAdded& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    data_arrived(*worker, event.keys[i], event.nbytes[i]);
  }
}

/// A worker says it holds a value that is not the outcome of its current attempt.
void State::data_arrived(Worker& worker, const Key& key, std::uint64_t nbytes) {
  TaskIndex index = find(key);
  if (index == kNone) {
    // Scattered data may be announced before the client's wish for it arrives.
    TARTAN_PROBE("scheduler: data came before anybody held it");
    index = create(key);
    tasks_[index].orphan = true;
    deadlines_.emplace(now_ + config_.grace, Deadline{index, key});
  }
  Task& task = tasks_[index];
  if (task.actor && (task.made || task.anew)) {
    // Left over from before its worker was taken for dead, or a second one: neither is the actor.
    TARTAN_PROBE("scheduler: an object that is not the actor any more");
    // One that is to make it anew replaces the old object by itself.
    const bool remakes = task.state == TaskState::processing && task.worker == worker.id;
    const bool holds = replicas_.find(task.replicas, worker.id) != kNone;
    if (!remakes && !holds) free_data(worker.id, key);
  } else if (task.state == TaskState::memory) {
    add_replica(index, worker);
  } else if (task.state == TaskState::erred || (!needed(task) && !task.orphan)) {
    free_data(worker.id, key);
  } else {
    // The value came another way; the attempt at it would only be repeated work.
    TARTAN_PROBE("scheduler: a value came another way than by its task");
    if (task.state == TaskState::processing && task.worker == worker.id) cancel_attempt(index);
    become_memory(index, &worker, nbytes, {});
  }
}

void State::on(ReplicasDropped& event) {
  if (live_worker(event.worker) == nullptr) return;
  for (const Key& key : event.keys) {
    const TaskIndex index = find(key);
    if (index == kNone) continue;
    const std::uint32_t pair = replicas_.find(tasks_[index].replicas, event.worker);
    if (pair == kNone) continue;
    remove_replica(pair);
    check_lost(index);
  }
}

/// Plain data a client holds: a worker is to announce it before the deadline. Halfway there all are
/// asked: the announcement may be lost, and a busy worker's digest does not tell.
void State::expect_data(TaskIndex index) {
  tasks_[index].expected = true;
  deadlines_.emplace(now_ + config_.grace / 2, Deadline{index, tasks_[index].key, false});
}

void State::check_deadlines() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    const auto [when, deadline] = *deadlines_.begin();
    deadlines_.erase(deadlines_.begin());
    if (deadline.task >= tasks_.size() || tasks_[deadline.task].key != deadline.key) continue;
    Task& task = tasks_[deadline.task];
    if (task.orphan) {
      TARTAN_PROBE("scheduler: nobody claimed the data");
      task.orphan = false;
      release_.push_back(deadline.task);
    }
    if (!task.expected || task.state != TaskState::released) continue;
    if (!deadline.last) {
      TARTAN_PROBE("scheduler: asks all workers for the data");
      for (const WorkerId id : alive_) ask_report(*workers_[id]);
      deadlines_.emplace(when + config_.grace / 2, Deadline{deadline.task, deadline.key});
    } else {
      TARTAN_PROBE("scheduler: nobody announced the data");
      fail_lost(deadline.task, "is held by a client, but no worker has announced it");
    }
  }
}

void State::on(Tick&) { check_deadlines(); }

void State::on(Reported& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  // A worker that joins again offers what it holds from earlier on without being asked, and an
  // answer may come late, or twice; nothing follows from what such a list lacks.
  const bool asked = worker->reporting && event.report.request == worker->report;
  if (asked) worker->reporting = false;
  if (event.report.request == 0) {
    TARTAN_PROBE("scheduler: a worker offers what it holds from earlier");
  } else if (!asked) {
    TARTAN_PROBE("scheduler: a report comes late");
  }
  worker->suspect = false;
  auto& attempts = event.report.attempts;
  std::sort(attempts.begin(), attempts.end());
  std::vector<std::pair<Key, std::uint64_t>> held;
  for (std::size_t i = 0; i < event.report.held.size(); ++i) {
    held.emplace_back(event.report.held[i], event.report.nbytes[i]);
  }
  std::sort(held.begin(), held.end());
  const auto holds_key = [&](const Key& key) {
    const auto found = std::lower_bound(held.begin(), held.end(), std::pair(key, std::uint64_t{0}));
    return found != held.end() && found->first == key ? found : held.end();
  };
  for (const AttemptId attempt : attempts) {
    if (running(worker->id, attempt) == kNone) {
      TARTAN_PROBE("scheduler: cancels an attempt it did not know of");
      actions_.emplace_back(CancelAttempt{worker->id, attempt});
    }
  }
  const auto size_of = [&](const Key& key) -> std::optional<std::uint64_t> {
    const auto found = holds_key(key);
    if (found == held.end()) return std::nullopt;
    return found->second;
  };
  if (asked) reconcile_attempts(*worker, attempts, size_of);
  std::vector<TaskIndex> gone;
  bool doubts = false;
  for (auto pair = worker->replicas; asked && pair != kNone; pair = replicas_[pair].next_of_owner) {
    Task& task = tasks_[replicas_[pair].task];
    const bool listed = holds_key(task.key) != held.end();
    // A report may be a late answer to an earlier question. What is lost by mistake is made again,
    // but for actors: those are asked for once more.
    const bool first_doubt = !listed && task.actor && !task.doubted;
    task.doubted = !listed;
    doubts |= first_doubt;
    if (!listed && !first_doubt) gone.push_back(replicas_[pair].task);
  }
  if (doubts) ask_report(*worker);
  for (const TaskIndex index : gone) {
    TARTAN_PROBE("scheduler: learns of a lost value by a report");
    remove_replica(replicas_.find(tasks_[index].replicas, worker->id));
    check_lost(index);
  }
  for (const auto& [key, nbytes] : held) {
    const TaskIndex index = find(key);
    // What nobody knows may be scattered data whose announcement was lost, and its client's wish
    // still under way: it is freed when nobody claims it for a while.
    if (index == kNone || replicas_.find(tasks_[index].replicas, worker->id) == kNone) {
      data_arrived(*worker, key, nbytes);
    }
  }
}

/// Attempts we gave the worker before we asked, and that it does not have: either it finished and
/// the message was lost, or it never got them.
template <class SizeOf>
void State::reconcile_attempts(Worker& worker, const std::vector<AttemptId>& reported,
                               SizeOf&& size_of) {
  std::vector<TaskIndex> absent;
  for (TaskIndex i = worker.head; i != kNone; i = tasks_[i].next) {
    const auto age = static_cast<std::int32_t>(tasks_[i].attempt - worker.report_counter);
    const AttemptId attempt = make_attempt(tasks_[i].attempt, i);
    if (age <= 0 && !std::binary_search(reported.begin(), reported.end(), attempt)) {
      absent.push_back(i);
    }
  }
  for (const TaskIndex index : absent) {
    Task& task = tasks_[index];
    if (task.state != TaskState::processing || task.worker != worker.id) continue;
    if (const auto nbytes = size_of(task.key)) {
      TARTAN_PROBE("scheduler: learns of a result by a report");
      become_memory(index, &worker, *nbytes, {});
    } else {
      TARTAN_PROBE("scheduler: an attempt vanished and is made again");
      detach(index);
      transition(task, TaskState::waiting);
      detach_dependents(index, worker);
      recount(index);
      set_back(index);
    }
  }
}

}  // namespace tartan::scheduler
