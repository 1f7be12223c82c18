// The cluster starts over: every task that clients hold fails as cancelled, so nothing is left to
// run or to keep, and workers with a parent process are told to end so that it starts them anew.
// Those without one keep their process; their tasks are cancelled and their values freed. What
// clients submit meanwhile waits for the new workers.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

/// Whoever waits for a key learns who is to blame; the rest is forgotten.
void State::cancel_everything(const std::string& who) {
  for (TaskIndex i = 0; i < tasks_.size(); ++i) {
    Task& task = tasks_[i];
    if (task.state == TaskState::forgotten || task.state == TaskState::erred) continue;
    drop_wish(task);
    drop_copies(task.key);
    if (task.orphan) {
      task.orphan = false;
      release_.push_back(i);
    }
    if (task.state == TaskState::memory && task.holds != kNone) release_value(i);
    if (task.holds == kNone) continue;
    Failure failure;
    failure.code = Errc::cancelled;
    failure.task = task_name(i);
    failure.message = fmt::format("{} was cancelled: {} restarted the cluster", failure.task, who);
    fail(i, std::make_shared<const Failure>(std::move(failure)));
  }
}

void State::begin_restart(Operation& operation) {
  const auto client = clients_.find(operation.client);
  const std::string who = client == clients_.end() ? "somebody" : "client " + client->second.name;
  for (auto& [id, other] : operations_) {
    if (other.done || &other == &operation) continue;
    for (const Parting& parting : other.partings) reopen(parting.worker);
    finish(other, Errc::cancelled, fmt::format("{} restarted the cluster meanwhile", who));
  }
  cancel_everything(who);
  for (const WorkerId id : alive_) {
    Worker& worker = *workers_[id];
    const bool anew = operation.wish.count != 0 && worker.nanny;
    operation.partings.push_back(
        {id, worker.name, anew, !anew, kNoWorker, anew ? "restarted" : "reset"});
    if (!anew) continue;
    close_worker(worker);
    actions_.emplace_back(Dismiss{id, true, who + " restarted the cluster"});
  }
}

/// A worker has come that may be one we wait for.
void State::note_successor(const WorkerJoined& event) {
  for (auto& [id, operation] : operations_) {
    if (operation.done) continue;
    const auto of = std::find_if(
        operation.partings.begin(), operation.partings.end(), [&](const Parting& parting) {
          const bool same = event.replaces == parting.worker ||
                            (event.replaces == kNoWorker && event.name == parting.name);
          return parting.told && parting.successor == kNoWorker && same;
        });
    if (of != operation.partings.end()) of->successor = event.worker;
  }
}

void State::advance_restart(Operation& operation, bool round) {
  bool all = true;
  for (Parting& parting : operation.partings) {
    if (parting.over) continue;
    if (parting.successor != kNoWorker) {
      parting.over = true;
      continue;
    }
    all = false;
    if (!round || live_worker(parting.worker) == nullptr) continue;
    TARTAN_PROBE("scheduler: tells a worker again to start anew");
    actions_.emplace_back(Dismiss{parting.worker, true, "the cluster was restarted"});
  }
  if (!all) return;
  for (const Parting& parting : operation.partings) {
    operation.answer.names.push_back(parting.name);
    operation.answer.outcomes.push_back(parting.outcome);
  }
  finish(operation);
}

void State::expire_restart(Operation& operation) {
  std::vector<std::string> missing;
  for (const Parting& parting : operation.partings) {
    if (!parting.over) missing.push_back(parting.name);
    reopen(parting.worker);
  }
  finish(operation, Errc::timeout,
         fmt::format("{} of {} workers are not back: {}; see their logs", missing.size(),
                     operation.partings.size(), fmt::join(missing, ", ")));
}

}  // namespace tartan::scheduler
