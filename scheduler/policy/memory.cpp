// Admission by bytes: a worker is given only what it is expected to be able to hold, and copies of
// values go where memory is short. A worker with nothing to do takes any task, so that memory
// never stops the work; what does not fit then is written to disk.

#include <algorithm>
#include <fmt/format.h>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tartan/base/config.hpp>

namespace tartan::scheduler {

std::uint64_t State::declared_bytes(const Task& task) const {
  const Graph& graph = blocks_[task.block]->graph;
  return graph.output_bytes[task.row] + graph.scratch_bytes[task.row];
}

/// What the task will add to the worker's memory: the inputs it lacks, its scratch space and its
/// result, whose size is declared or that of others of its group.
std::uint64_t State::expected_bytes(TaskIndex index, const Worker& worker) const {
  // Nobody asks what a worker without a limit was promised.
  if (worker.memory_limit == 0) return 0;
  const Task& task = tasks_[index];
  std::uint64_t bytes = declared_bytes(task);
  if (blocks_[task.block]->graph.output_bytes[task.row] == 0) {
    bytes += groups_[task.group].mean_bytes;
  }
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Task& dep = tasks_[edges_[task.deps + i].dep];
    if (dep.state != TaskState::memory || dep.inline_value != kNone) continue;
    if (replicas_.find(dep.replicas, worker.id) == kNone) bytes += dep.nbytes;
  }
  return bytes;
}

bool State::fits(const Worker& worker, TaskIndex index) const {
  if (worker.memory_limit == 0) return true;
  const std::uint64_t budget = worker.memory_limit / 100 * kAdmittedPercent;
  const std::uint64_t held = in_memory(worker) + worker.copying_bytes;
  const std::uint64_t left = budget - std::min(budget, held);
  const std::uint64_t least = worker.memory_limit / 100 * kPromisedPercent;
  const std::uint64_t promised = worker.promised_kib * 1024;
  return promised + expected_bytes(index, worker) <= std::max(left, least);
}

/// Whether what the task declares exceeds all of the worker's memory.
bool State::too_large(const Worker& worker, const Task& task) const {
  return worker.memory_limit != 0 && declared_bytes(task) > worker.memory_limit;
}

/// Whether what the task declares exceeds the memory of every worker that may run it.
bool State::fits_nowhere(TaskIndex index) const {
  const Task& task = tasks_[index];
  if (declared_bytes(task) == 0) return false;
  bool any = false;
  for (const WorkerId id : alive_) {
    const Worker& worker = *workers_[id];
    if (!eligible(worker, task.restriction)) continue;
    if (!too_large(worker, task)) return false;
    any = true;
  }
  return any;
}

void State::fail_too_large(TaskIndex index) {
  const Task& task = tasks_[index];
  const Graph& graph = blocks_[task.block]->graph;
  std::uint64_t most = 0;
  for (const WorkerId id : alive_) {
    if (eligible(*workers_[id], task.restriction)) {
      most = std::max(most, workers_[id]->memory_limit);
    }
  }
  Failure failure;
  failure.code = Errc::out_of_memory;
  failure.task = task_name(index);
  failure.message = fmt::format(
      "{} needs {} ({} for its result, {} for scratch space), but no worker that may run it has a "
      "memory limit above {}; use smaller chunks, or start workers with a larger --memory-limit",
      failure.task, format_bytes(declared_bytes(task)), format_bytes(graph.output_bytes[task.row]),
      format_bytes(graph.scratch_bytes[task.row]), format_bytes(most));
  fail(index, std::make_shared<const Failure>(std::move(failure)));
}

/// A worker short of memory gives up copies of values that others hold too, that none of the tasks
/// it was given reads, and that nobody wishes for. What it has on disk takes no memory.
void State::reduce_replicas(Worker& worker) {
  if (worker.memory_limit == 0) return;
  const std::uint64_t budget = worker.memory_limit / 100 * kAdmittedPercent;
  std::uint32_t looks = kReplicaLooks;
  for (auto pair = worker.replicas; pair != kNone && looks > 0 && in_memory(worker) > budget;
       --looks) {
    const std::uint32_t next = replicas_[pair].next_of_owner;
    const Task& task = tasks_[replicas_[pair].task];
    const bool other_copy = replicas_[task.replicas].next_of_task != kNone && spare_copy(task);
    if (other_copy && !read_on(task, worker)) {
      const Key key = task.key;
      remove_replica(pair);
      free_data(worker.id, key);
    }
    pair = next;
  }
}

}  // namespace tartan::scheduler
