// Moving values from workers that hold much to those that hold little: copied, seen to have
// arrived, and only then dropped where they were. A plan is carried out before the next is made,
// as workers, tasks and other operations change the sizes meanwhile.

#include <algorithm>
#include <fmt/format.h>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tartan/base/config.hpp>
#include <tuple>

namespace tartan::scheduler {

/// Begins the moves that bring the workers' bytes nearer to their mean; false when there are none.
bool State::plan_moves(Operation& operation) {
  std::map<WorkerId, std::uint64_t> bytes;
  std::uint64_t sum = 0;
  for (const WorkerId id : alive_) {
    if (!workers_[id]->closing) sum += bytes[id] = workers_[id]->stored_bytes;
  }
  if (bytes.size() < 2) return false;
  const std::uint64_t mean = sum / bytes.size();
  const std::uint64_t most = mean + mean / 100 * kLevelPercent;
  const std::set<Key> only(operation.wish.keys.begin(), operation.wish.keys.end());
  std::vector<std::pair<std::uint64_t, WorkerId>> rich;
  for (const auto& [id, stored] : bytes) {
    if (stored > most) rich.emplace_back(stored, id);
  }
  std::sort(rich.rbegin(), rich.rend());
  for (const auto& [stored, from] : rich) {
    std::vector<std::tuple<std::uint64_t, Key, TaskIndex>> values;
    for (auto p = workers_[from]->replicas; p != kNone; p = replicas_[p].next_of_owner) {
      const Task& task = tasks_[replicas_[p].task];
      if (task.nbytes == 0 || !may_move(task) || read_on(task, *workers_[from])) continue;
      if (!only.empty() && !only.contains(task.key)) continue;
      values.emplace_back(task.nbytes, task.key, replicas_[p].task);
    }
    std::sort(values.rbegin(), values.rend());
    for (const auto& [nbytes, key, index] : values) {
      if (bytes[from] <= most || copies_.size() >= kCopiesAtOnce) break;
      const WorkerId to = copy_target(tasks_[index], from);
      // Every move brings the two nearer to each other, so that moving comes to an end.
      if (to == kNoWorker || bytes[to] + nbytes >= bytes[from]) continue;
      start_copy(index, to, from);
      operation.moves.emplace(key, to);
      bytes[from] -= nbytes;
      bytes[to] += nbytes;
    }
  }
  return !operation.moves.empty();
}

void State::advance_level(Operation& operation) {
  for (auto next = operation.moves.begin(); next != operation.moves.end();) {
    const bool under_way = copies_.contains(*next);
    if (!under_way) ++operation.moved;
    next = under_way ? std::next(next) : operation.moves.erase(next);
  }
  if (!operation.moves.empty() || !vacate_.empty()) return;
  if (operation.rounds++ < kLevelRounds && plan_moves(operation)) return;
  for (const WorkerId id : alive_) {
    const Worker& worker = *workers_[id];
    operation.answer.names.push_back(worker.name);
    operation.answer.outcomes.push_back(fmt::format("has {}", format_bytes(worker.stored_bytes)));
  }
  finish(operation);
}

}  // namespace tartan::scheduler
