// From a graph to tasks: keys already known are shared, the others get a slot and their edges.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::scheduler {

namespace {

// Priority bits: user priority above, then the position in the order of all tasks ever submitted.
constexpr unsigned kSequenceBits = 52;
constexpr std::int64_t kUserPriorities = 2047;

std::uint64_t priority_of(std::int32_t user, std::uint64_t sequence) {
  const std::int64_t clamped = std::clamp<std::int64_t>(user, -kUserPriorities, kUserPriorities);
  return (static_cast<std::uint64_t>(kUserPriorities - clamped) << kSequenceBits) | sequence;
}

}  // namespace

void State::attach(TaskIndex index, const Graph& graph, std::uint32_t block_number,
                   std::uint32_t row) {
  Block& block = *blocks_[block_number];
  Task& task = tasks_[index];
  const TaskOptions& options = graph.options[graph.option[row]];
  task.block = block_number;
  task.row = row;
  task.restriction = block.restrictions[graph.option[row]];
  task.priority = priority_of(options.priority, block.priority + graph.rank[row]);
  task.retries = options.retries;
  task.actor = options.actor;
  const std::uint32_t group = block.groups[graph.group[row]];
  --groups_[task.group].counts[static_cast<std::size_t>(task.state)];
  ++groups_[group].counts[static_cast<std::size_t>(task.state)];
  if (task.state == TaskState::memory) {
    groups_[task.group].bytes -= task.nbytes;
    groups_[group].bytes += task.nbytes;
  }
  task.group = group;
  ++block.tasks;
}

/// The first of so many priorities in a row. What a task submits comes before what its client did.
std::uint64_t State::claim_priorities(ClientId client, std::uint64_t tasks) {
  if (clients_.at(client).nested) return next_nested_ -= tasks;
  return std::exchange(next_priority_, next_priority_ + tasks);
}

/// A key that came without a spec (held before it was submitted) may have dependents already.
/// Giving it dependencies must not close a cycle through them.
bool State::may_attach(TaskIndex root, const Graph& graph,
                       const std::vector<TaskIndex>& external) const {
  if (tasks_[root].dependents_head == kNone) return true;
  std::vector<TaskIndex> stack{root};
  std::vector<TaskIndex> reached;
  std::vector<bool> seen(tasks_.size());
  seen[root] = true;
  while (!stack.empty()) {
    const TaskIndex index = stack.back();
    stack.pop_back();
    reached.push_back(index);
    for (auto e = tasks_[index].dependents_head; e != kNone; e = edges_[e].next) {
      if (!seen[edges_[e].dependent]) stack.push_back(edges_[e].dependent);
      seen[edges_[e].dependent] = true;
    }
  }
  std::sort(reached.begin(), reached.end());
  const auto is_reached = [&](TaskIndex index) {
    return index != root && std::binary_search(reached.begin(), reached.end(), index);
  };
  if (std::any_of(external.begin(), external.end(), is_reached)) return false;
  return std::none_of(graph.keys.begin(), graph.keys.end(), [&](const Key& key) {
    const TaskIndex known = find(key);
    return known != kNone && is_reached(known);
  });
}

bool State::is_cancelled(TaskIndex index) const {
  const Task& task = tasks_[index];
  return task.state == TaskState::erred && failures_[task.failure].failure->code == Errc::cancelled;
}

/// A failure is the outcome as long as a client holds it; a cancellation was one client's wish, and
/// whoever submits the task now, or comes to hold it, has another.
bool State::may_run_anew(TaskIndex index) const {
  return tasks_[index].holds == kNone || is_cancelled(index);
}

/// The task of every row, then of every external key.
std::vector<TaskIndex> State::create_rows(const Graph& graph, std::uint32_t block) {
  std::vector<TaskIndex> external;
  for (const Key& key : graph.external_keys) {
    const TaskIndex known = find(key);
    external.push_back(known == kNone ? create(key) : known);
  }
  const auto rows = static_cast<std::uint32_t>(graph.size());
  std::vector<TaskIndex> ids(rows);
  std::vector<std::uint32_t> fresh;
  fresh.reserve(rows);
  // Reserving rehashes the whole table: worth it for a large graph, ruinous for many small ones.
  if (rows > index_.size()) index_.reserve(index_.size() + rows);
  for (std::uint32_t row = 0; row < rows; ++row) {
    TaskIndex known = find(graph.keys[row]);
    if (known != kNone) {
      Task& task = tasks_[known];
      if (task.state == TaskState::erred && may_run_anew(known)) {
        TARTAN_PROBE("scheduler: a failed task is submitted anew");
        revive(known);
      }
      // Somebody wants a new actor in the place of one that nobody needed any more.
      if (task.made && task.state == TaskState::released) make_anew(task);
      // An object of an actor that failed meanwhile is not the one that is wanted now.
      const bool wants_actor = graph.options[graph.option[row]].actor;
      if (wants_actor && task.orphan && task.state == TaskState::memory) release_value(known);
      // A result a worker has brought back may be known without its spec.
      const bool plain =
          !has_spec(task) && (task.state == TaskState::released || task.state == TaskState::memory);
      if (plain && may_attach(known, graph, external)) {
        TARTAN_PROBE("scheduler: a spec comes after its key");
        fresh.push_back(row);
      } else if (plain) {
        TARTAN_PROBE("scheduler: a spec is refused, it might close a cycle");
      }
    } else {
      known = create(graph.keys[row]);
      fresh.push_back(row);
    }
    ids[row] = known;
  }
  ids.insert(ids.end(), external.begin(), external.end());
  std::vector<TaskIndex> deps;
  for (const std::uint32_t row : fresh) {
    attach(ids[row], graph, block, row);
    tasks_[ids[row]].expected = false;
    deps.clear();
    for (const std::uint32_t dep : graph.dependencies(row)) deps.push_back(ids[dep]);
    link_dependencies(ids[row], deps);
  }
  return ids;
}

void State::on(GraphSubmitted& event) {
  if (!clients_.contains(event.client)) return;
  Graph& graph = event.graph;
  const std::uint32_t number = make_block(graph);
  blocks_[number]->priority = claim_priorities(event.client, graph.size());
  // Holds the block while rows attach, and drops it again if every row was known already.
  ++blocks_[number]->tasks;
  const std::vector<TaskIndex> ids = create_rows(graph, number);
  totals_.submitted += graph.size();
  const std::vector<std::uint32_t> wanted = std::move(graph.wanted);
  for (auto* column : {&graph.rank, &graph.dep_offsets, &graph.deps}) *column = {};
  graph.keys = {};
  graph.external_keys = {};
  graph.functions = {};
  graph.groups = {};
  blocks_[number]->graph = std::move(graph);
  for (const std::uint32_t row : wanted) want(event.client, ids[row]);
  // Rows placed before but needed again, e.g. a key held earlier whose spec has come only now.
  for (const TaskIndex id : ids) {
    if (!needed(tasks_[id])) {
      release_.push_back(id);
    } else if (tasks_[id].state == TaskState::released) {
      activate(id);
    }
  }
  drop_block_task(number);
}

void State::want(ClientId client, TaskIndex index) {
  if (!add_hold(client, index)) return;
  Task& task = tasks_[index];
  switch (task.state) {
    case TaskState::memory:
      actions_.emplace_back(KeyReady{client, index});
      break;
    case TaskState::erred:
      actions_.emplace_back(KeyFailed{client, task.key, failures_[task.failure].failure});
      break;
    case TaskState::released:
      if (!has_spec(task)) {
        expect_data(index);
      } else {
        activate(index);
      }
      break;
    default:
      break;
  }
}

void State::on(KeysHeld& event) {
  if (!clients_.contains(event.client)) return;
  for (const Key& key : event.keys) {
    const TaskIndex known = find(key);
    if (known != kNone && is_cancelled(known) &&
        holds_.find(tasks_[known].holds, event.client) == kNone) {
      revive_failed(known);
    }
    want(event.client, known == kNone ? create(key) : known);
  }
}

}  // namespace tartan::scheduler
