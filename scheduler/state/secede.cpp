// Running tasks that wait for other tasks. While one does, its worker has a thread more to give, so
// it leaves its worker's load; it keeps the resources it holds. The worker says so at once, and
// repeats in every heartbeat who waits: a lost word costs a heartbeat, not the cluster.

#include <algorithm>
#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

void State::secede(TaskIndex index, Worker& worker) {
  Task& task = tasks_[index];
  if (task.seceded) return;
  count_load(worker, task, -1);
  if (task.restriction != 0 && task.waiting_on == 0) ++worker.by_restriction[task.restriction];
  // What it waits for may have to run here.
  if (worker.isolated == index) worker.isolated = kNone;
  task.seceded = true;
  task.started = true;
  ++worker.seceded;
}

void State::rejoin(TaskIndex index, Worker& worker) {
  Task& task = tasks_[index];
  if (!task.seceded) return;
  task.seceded = false;
  --worker.seceded;
  if (task.restriction != 0 && task.waiting_on == 0) --worker.by_restriction[task.restriction];
  count_load(worker, task, 1);
}

/// A task given to the worker waits for so many dependencies now.
void State::change_waiting_on(TaskIndex index, Worker& worker, std::uint32_t count) {
  Task& task = tasks_[index];
  const bool seceded = task.seceded;
  if (seceded) rejoin(index, worker);
  count_load(worker, task, -1);
  task.waiting_on = count;
  count_load(worker, task, 1);
  if (seceded) secede(index, worker);
}

void State::on(Waited& event) {
  Worker* worker = live_worker(event.worker);
  if (worker == nullptr) return;
  for (std::size_t i = 0; i < event.tasks.attempts.size(); ++i) {
    const TaskIndex index = running(event.worker, event.tasks.attempts[i]);
    if (index == kNone) continue;
    if (event.tasks.seceded[i] != 0) {
      secede(index, *worker);
    } else {
      rejoin(index, *worker);
    }
  }
}

/// Makes the tasks that have seceded those that the worker names.
void State::match_seceded(Worker& worker, std::vector<AttemptId>& seceded) {
  if (seceded.empty() && worker.seceded == 0) return;
  std::sort(seceded.begin(), seceded.end());
  std::vector<TaskIndex> over;
  for (TaskIndex i = worker.head; i != kNone && worker.seceded > 0; i = tasks_[i].next) {
    if (!tasks_[i].seceded) continue;
    const AttemptId attempt = make_attempt(tasks_[i].attempt, i);
    if (!std::binary_search(seceded.begin(), seceded.end(), attempt)) over.push_back(i);
  }
  for (const TaskIndex index : over) rejoin(index, worker);
  for (const AttemptId attempt : seceded) {
    const TaskIndex index = running(worker.id, attempt);
    if (index != kNone) secede(index, worker);
  }
}

}  // namespace tartan::scheduler
