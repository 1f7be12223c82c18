// What clients wish beyond holding keys: that a task runs to its end though nobody holds it, and
// that failed ones run anew. And what each worker has, for people.

#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

void State::on(KeysDetached& event) {
  for (const Key& key : event.keys) {
    const TaskIndex index = find(key);
    if (index == kNone || !active(tasks_[index].state)) continue;
    Client& detached = clients_[kDetached];
    detached.name = "nobody";
    detached.nested = true;
    add_hold(kDetached, index);
  }
}

/// A task has ended that was to run to its end.
void State::drop_detached(TaskIndex index) {
  // Who holds such tasks has the smallest number, and is there only while there are any.
  const auto detached = clients_.begin();
  if (detached == clients_.end() || detached->first != kDetached) return;
  drop_hold(kDetached, index);
  if (detached->second.count == 0) clients_.erase(detached);
}

/// The object of an actor may be made anew: somebody asked for that.
void State::make_anew(Task& task) {
  task.anew |= task.made;
  task.made = false;
}

/// A failed task may run again, with all its retries.
void State::revive(TaskIndex index) {
  Task& task = tasks_[index];
  drop_failure(task);
  transition(task, TaskState::released);
  acquit(index);
  make_anew(task);
  if (!has_spec(task)) return;
  const Graph& origin = blocks_[task.block]->graph;
  task.retries = origin.options[origin.option[task.row]].retries;
}

void State::revive_failed(TaskIndex root) {
  std::vector<TaskIndex> stack{root};
  while (!stack.empty()) {
    const TaskIndex index = stack.back();
    const Task& task = tasks_[index];
    stack.pop_back();
    if (task.state != TaskState::erred) continue;
    revive(index);
    for (std::uint32_t i = 0; i < task.dep_count; ++i) stack.push_back(edges_[task.deps + i].dep);
  }
}

void State::on(KeysRetried& event) {
  if (!clients_.contains(event.client)) return;
  std::vector<TaskIndex> tasks;
  for (const Key& key : event.keys) {
    const TaskIndex known = find(key);
    tasks.push_back(known == kNone ? create(key) : known);
    revive_failed(tasks.back());
  }
  for (const TaskIndex index : tasks) {
    want(event.client, index);
    // Of a failed task that others hold and nobody asked to retry, only what is needed runs.
    release_.push_back(index);
  }
}

std::vector<Key> State::held_by_worker(WorkerId id) const {
  std::vector<Key> keys;
  const Worker* of = worker(id);
  if (of == nullptr) return keys;
  for (auto p = of->replicas; p != kNone; p = replicas_[p].next_of_owner) {
    keys.push_back(tasks_[replicas_[p].task].key);
  }
  return keys;
}

std::vector<TaskIndex> State::processing_on(WorkerId id) const {
  std::vector<TaskIndex> list;
  const Worker* of = worker(id);
  if (of == nullptr) return list;
  for (TaskIndex i = of->head; i != kNone; i = tasks_[i].next) list.push_back(i);
  return list;
}

}  // namespace tartan::scheduler
