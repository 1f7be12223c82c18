// What nobody needs goes: values are freed on their workers, unfinished tasks stop, and a task is
// forgotten when neither a client nor a dependent refers to it. A task whose result was freed
// keeps its spec while a dependent exists, since that one might have to be made again.

#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <set>
#include <tartan/base/assert.hpp>

namespace tartan::scheduler {

void State::release_checks() {
  while (!release_.empty()) {
    const TaskIndex index = release_.back();
    release_.pop_back();
    Task& task = tasks_[index];
    if (task.state == TaskState::forgotten || task.orphan || needed(task)) continue;
    if (task.state == TaskState::memory) release_value(index);
    if (active(task.state)) stop(index);
    if (task.dependents_head == kNone) forget(index);
  }
}

void State::release_value(TaskIndex index) {
  Task& task = tasks_[index];
  drop_copies(task.key);
  while (task.replicas != kNone) {
    const WorkerId holder = replicas_[task.replicas].owner;
    remove_replica(task.replicas);
    free_data(holder, task.key);
  }
  if (task.inline_value != kNone) {
    inline_store_.erase(task.inline_value);
    task.inline_value = kNone;
  }
  transition(task, TaskState::released);
}

/// An unfinished task is not needed any more.
void State::stop(TaskIndex index) {
  Task& task = tasks_[index];
  if (task.state == TaskState::processing) {
    cancel_attempt(index);
    detach(index);
    task.producing = false;
  }
  if (task.state == TaskState::queued) unqueue(task);
  consumed(task);
  transition(task, TaskState::released);
}

/// The task reads its dependencies no more.
void State::consumed(Task& task) {
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const TaskIndex dep = edges_[task.deps + i].dep;
    TARTAN_ASSERT(tasks_[dep].needed_by > 0, "a dependency was not counted as needed");
    if (--tasks_[dep].needed_by == 0) release_.push_back(dep);
  }
}

void State::forget(TaskIndex index) {
  Task& task = tasks_[index];
  if (task.state == TaskState::erred) {
    drop_failure(task);
    transition(task, TaskState::released);
  }
  acquit(index);
  drop_wish(task);
  unlink_dependencies(index);
  if (has_spec(task)) drop_block_task(task.block);
  transition(task, TaskState::forgotten);
  // Forgotten slots are not tasks of any group, nor counted.
  --groups_[task.group].counts[static_cast<std::size_t>(TaskState::forgotten)];
  --totals_.counts[static_cast<std::size_t>(TaskState::forgotten)];
  index_.erase(task.key);
  freed_.push_back(index);
}

void State::free_data(WorkerId worker, const Key& key) {
  if (!workers_[worker]->lost) actions_.emplace_back(FreeData{worker, key});
}

void State::on(KeysReleased& event) {
  for (const Key& key : event.keys) {
    const TaskIndex index = find(key);
    if (index != kNone) drop_hold(event.client, index);
  }
}

/// Whether a client other than this one holds the task or one that will read its result.
bool State::needed_elsewhere(TaskIndex root, ClientId client) const {
  std::vector<TaskIndex> stack{root};
  std::set<TaskIndex> seen{root};
  while (!stack.empty()) {
    const Task& task = tasks_[stack.back()];
    stack.pop_back();
    for (auto pair = task.holds; pair != kNone; pair = holds_[pair].next_of_task) {
      if (holds_[pair].owner != client) return true;
    }
    for (auto edge = task.dependents_head; edge != kNone; edge = edges_[edge].next) {
      const TaskIndex dependent = edges_[edge].dependent;
      if (active(tasks_[dependent].state) && seen.insert(dependent).second) {
        stack.push_back(dependent);
      }
    }
  }
  return false;
}

void State::on(KeysCancelled& event) {
  const auto client = clients_.find(event.client);
  if (client == clients_.end()) return;
  for (const Key& key : event.keys) {
    const TaskIndex index = find(key);
    auto failure = std::make_shared<Failure>();
    failure->code = Errc::cancelled;
    failure->task = index == kNone ? key.to_string() : task_name(index);
    failure->message =
        fmt::format("{} was cancelled by client {}", failure->task, client->second.name);
    actions_.emplace_back(KeyFailed{event.client, key, failure});
    if (index == kNone || !drop_hold(event.client, index)) continue;
    const Task& task = tasks_[index];
    // Another client's wish keeps the task going, for itself or for what depends on it.
    if (needed_elsewhere(index, event.client)) {
      TARTAN_PROBE("scheduler: another client keeps a cancelled task going");
      continue;
    }
    if (task.state != TaskState::memory && task.state != TaskState::erred) fail(index, failure);
  }
}

}  // namespace tartan::scheduler
