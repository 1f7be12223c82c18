// Where a ready task runs: which workers may take it, which have room, and what moving its
// dependencies there costs against waiting.

#include <algorithm>
#include <cmath>
#include <limits>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tuple>

namespace tartan::scheduler {

bool State::matches(const Worker& worker, const Restriction& restriction) const {
  const auto named = [&](const std::string& name) {
    return name == worker.name || name == worker.address || name == worker.host;
  };
  if (!restriction.workers.empty() &&
      std::none_of(restriction.workers.begin(), restriction.workers.end(), named)) {
    return false;
  }
  return std::all_of(restriction.resources.begin(), restriction.resources.end(),
                     [&](const auto& need) {
                       const auto has = worker.resources.find(need.first);
                       return has != worker.resources.end() && has->second >= need.second;
                     });
}

bool State::eligible(const Worker& worker, std::uint32_t restriction) const {
  if (restriction == 0) return true;
  const auto& list = restrictions_[restriction].eligible;
  return std::binary_search(list.begin(), list.end(), worker.id);
}

/// A worker is given at most saturation x as many tasks of a class as its resources run at once.
bool State::below_limit(const Worker& worker, const Task& task) const {
  if (task.restriction == 0) return true;
  const Restriction& restriction = restrictions_[task.restriction];
  if (!eligible(worker, task.restriction)) return false;
  double at_once = std::numeric_limits<double>::infinity();
  for (const auto& [name, amount] : restriction.resources) {
    if (amount > 0) at_once = std::min(at_once, std::floor(worker.resources.at(name) / amount));
  }
  const auto given = worker.by_restriction.find(task.restriction);
  if (given == worker.by_restriction.end()) return true;
  return static_cast<double>(given->second) < std::ceil(at_once * config_.saturation);
}

/// Whether the worker may be given the task at all, threads aside.
bool State::admits(const Worker& worker, TaskIndex index) const {
  const Task& task = tasks_[index];
  if (worker.closing || worker.isolated != kNone || !below_limit(worker, task) ||
      too_large(worker, task)) {
    return false;
  }
  // A worker that can do nothing of what it has takes anything: it may be what it waits for.
  if (worker.ready == 0) return true;
  return !must_run_alone(task) && !worker.paused && fits(worker, index);
}

bool State::has_room(const Worker& worker, TaskIndex index) const {
  const Task& task = tasks_[index];
  if (!admits(worker, index)) return false;
  if (worker.ready < worker.saturation) return true;
  return tiny(task) && worker.ready_us + estimate_us(task) <= kPipelineUs * worker.nthreads;
}

std::uint64_t State::wait_us(const Worker& worker) const {
  const std::uint64_t paused_us = worker.paused ? kPausedUs : 0;
  if (worker.ready < worker.nthreads && worker.own.live() == 0) return paused_us;
  return paused_us + (worker.ready_us + worker.ahead_us + worker.own_us) / worker.nthreads;
}

bool State::heavy_dependencies(TaskIndex index) const {
  const Task& task = tasks_[index];
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    if (tasks_[edges_[task.deps + i].dep].inline_value == kNone) return true;
  }
  return false;
}

/// The time to bring to the worker what it lacks of the dependencies that are in memory.
std::uint64_t State::transfer_us(TaskIndex index, const Worker& worker) const {
  const Task& task = tasks_[index];
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Task& dep = tasks_[edges_[task.deps + i].dep];
    if (dep.state != TaskState::memory || dep.inline_value != kNone) continue;
    if (replicas_.find(dep.replicas, worker.id) != kNone) continue;
    total += config_.transfer_us + dep.nbytes / config_.bytes_per_us;
  }
  return total;
}

/// The holder of a dependency, or the least busy worker, where the task could start first.
WorkerId State::choose_worker(TaskIndex index) {
  const Task& task = tasks_[index];
  cost_of_slot_.resize(by_slot_.size());
  std::uint64_t bytes = 0;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Task& dep = tasks_[edges_[task.deps + i].dep];
    if (dep.inline_value != kNone) continue;
    bytes += dep.nbytes;
    ++count;
    for (auto pair = dep.replicas; pair != kNone; pair = replicas_[pair].next_of_task) {
      const std::uint32_t slot = workers_[replicas_[pair].owner]->slot;
      if (cost_of_slot_[slot].local_count == 0) slots_touched_.push_back(slot);
      ++cost_of_slot_[slot].local_count;
      cost_of_slot_[slot].local_bytes += dep.nbytes;
    }
  }
  WorkerId best = kNoWorker;
  std::tuple<std::uint64_t, std::uint64_t, WorkerId> best_cost;
  const auto consider = [&](const Worker& worker, const Cost& cost) {
    if (worker.closing || !eligible(worker, task.restriction) || too_large(worker, task)) return;
    const std::uint64_t transfer = (count - cost.local_count) * config_.transfer_us +
                                   (bytes - cost.local_bytes) / config_.bytes_per_us;
    const std::tuple total{transfer + wait_us(worker), worker.stored_bytes, worker.id};
    if (best == kNoWorker || total < best_cost) {
      best = worker.id;
      best_cost = total;
    }
  };
  for (const std::uint32_t slot : slots_touched_) {
    consider(*workers_[by_slot_[slot]], cost_of_slot_[slot]);
  }
  const Worker* idlest = nullptr;
  for (const WorkerId id : alive_) {
    const Worker& worker = *workers_[id];
    if (worker.closing || !eligible(worker, task.restriction)) continue;
    if (idlest == nullptr || std::tuple(wait_us(worker), worker.stored_bytes) <
                                 std::tuple(wait_us(*idlest), idlest->stored_bytes)) {
      idlest = &worker;
    }
  }
  if (idlest != nullptr) consider(*idlest, cost_of_slot_[idlest->slot]);
  for (const std::uint32_t slot : slots_touched_) cost_of_slot_[slot] = {};
  slots_touched_.clear();
  return best;
}

}  // namespace tartan::scheduler
