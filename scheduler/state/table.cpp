// Slots, edges and holds, and the matrix of legal transitions.

#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

constexpr unsigned bit(TaskState state) { return 1U << static_cast<unsigned>(state); }

/// The states each state may turn into.
unsigned successors(TaskState from) {
  using enum TaskState;
  switch (from) {
    case released:
      return bit(waiting) | bit(memory) | bit(erred) | bit(forgotten);
    case waiting:
      return bit(queued) | bit(processing) | bit(memory) | bit(erred) | bit(released);
    case queued:
      return bit(processing) | bit(waiting) | bit(memory) | bit(erred) | bit(released);
    case processing:
      return bit(memory) | bit(waiting) | bit(erred) | bit(released);
    case memory:
      return bit(released);
    case erred:
      return bit(released);
    case forgotten:
      return bit(released);
  }
  return 0;
}

}  // namespace

std::string_view name(TaskState state) {
  static constexpr std::string_view kNames[kTaskStates] = {
      "released", "waiting", "queued", "processing", "memory", "erred", "forgotten"};
  return kNames[static_cast<std::size_t>(state)];
}

void State::transition(Task& task, TaskState to) {
  if ((successors(task.state) & bit(to)) == 0) {
    logging::error("scheduler", "task {} cannot go from {} to {}", task.key.to_string(),
                   name(task.state), name(to));
    TARTAN_ASSERT(false, "a task made an illegal transition");
  }
  auto& counts = groups_[task.group].counts;
  if (task.state == TaskState::memory) groups_[task.group].bytes -= task.nbytes;
  if (to == TaskState::memory) groups_[task.group].bytes += task.nbytes;
  --counts[static_cast<std::size_t>(task.state)];
  ++counts[static_cast<std::size_t>(to)];
  --totals_.counts[static_cast<std::size_t>(task.state)];
  ++totals_.counts[static_cast<std::size_t>(to)];
  task.state = to;
}

TaskIndex State::create(const Key& key) {
  TaskIndex index = kNone;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    index = static_cast<TaskIndex>(tasks_.size());
    TARTAN_ASSERT(index != kNone, "more tasks than 32 bits can number");
    tasks_.emplace_back();
  }
  Task& task = tasks_[index];
  task = {};
  task.key = key;
  task.state = TaskState::released;
  ++groups_[0].counts[static_cast<std::size_t>(TaskState::released)];
  ++totals_.counts[static_cast<std::size_t>(TaskState::released)];
  index_.insert({key, index});
  return index;
}

TaskIndex State::find(const Key& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? kNone : found->second;
}

TaskIndex State::running(WorkerId worker, AttemptId attempt) const {
  const TaskIndex index = task_of(attempt);
  if (index >= tasks_.size()) return kNone;
  const Task& task = tasks_[index];
  const bool current = task.state == TaskState::processing && task.worker == worker &&
                       task.attempt == counter_of(attempt);
  return current ? index : kNone;
}

const Worker* State::worker(WorkerId id) const {
  return id < workers_.size() ? workers_[id].get() : nullptr;
}

Worker* State::live_worker(WorkerId id) {
  return id < workers_.size() ? workers_[id].get() : nullptr;
}

void State::link_dependencies(TaskIndex index, std::span<const TaskIndex> deps) {
  Task& task = tasks_[index];
  task.dep_count = static_cast<std::uint32_t>(deps.size());
  if (deps.empty()) return;
  task.deps = edges_.allocate(task.dep_count);
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const std::uint32_t edge = task.deps + i;
    Task& dep = tasks_[deps[i]];
    edges_[edge] = {deps[i], index, dep.dependents_tail, kNone};
    if (dep.dependents_tail == kNone) {
      dep.dependents_head = edge;
    } else {
      edges_[dep.dependents_tail].next = edge;
    }
    dep.dependents_tail = edge;
  }
}

void State::unlink_dependencies(TaskIndex index) {
  Task& task = tasks_[index];
  if (task.dep_count == 0) return;
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Edge edge = edges_[task.deps + i];
    Task& dep = tasks_[edge.dep];
    (edge.prev == kNone ? dep.dependents_head : edges_[edge.prev].next) = edge.next;
    (edge.next == kNone ? dep.dependents_tail : edges_[edge.next].prev) = edge.prev;
    if (dep.dependents_head == kNone) release_.push_back(edge.dep);
  }
  edges_.free(task.deps, task.dep_count);
  task.deps = kNone;
  task.dep_count = 0;
}

bool State::add_hold(ClientId client, TaskIndex task) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return false;
  if (holds_.find(tasks_[task].holds, client) != kNone) return true;
  holds_.add(task, tasks_[task].holds, client, found->second.holds);
  ++found->second.count;
  found->second.held_digest ^= digest_of(tasks_[task].key);
  tasks_[task].orphan = false;
  return true;
}

bool State::drop_hold(ClientId client, TaskIndex task) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return false;
  const std::uint32_t pair = holds_.find(tasks_[task].holds, client);
  if (pair == kNone) return false;
  holds_.remove(pair, tasks_[task].holds, found->second.holds);
  --found->second.count;
  found->second.held_digest ^= digest_of(tasks_[task].key);
  release_.push_back(task);
  return true;
}

/// Memory of a large graph goes back as soon as the last task is forgotten.
void State::shrink_when_empty() {
  if (!index_.empty() || tasks_.empty() || tasks_.size() < 1024) return;
  tasks_ = {};
  free_ = {};
  freed_ = {};
  index_ = {};
  edges_.reset();
  holds_.shrink();
  replicas_.shrink();
  inline_store_.reset();
  ready_ = {};
  ahead_ = {};
  release_ = {};
}

}  // namespace tartan::scheduler
