// What is kept of a submission, and the scheduler's own numbers for functions, groups and
// restrictions, so that per-task data are small integers.

#include <algorithm>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::scheduler {

namespace {
// Groups without tasks keep their measured duration for the next submission, up to this many.
constexpr std::size_t kIdleGroups = 4096;
}  // namespace

std::uint32_t State::intern_function(const FunctionRef& ref) {
  const auto [entry, added] =
      function_numbers_.try_emplace(ref, static_cast<std::uint32_t>(functions_.size()));
  if (added) functions_.push_back(&entry->first);
  return entry->second;
}

std::uint32_t State::intern_group(const std::string& group_name) {
  const auto found = group_numbers_.find(group_name);
  if (found != group_numbers_.end()) {
    ++groups_[found->second].blocks;
    return found->second;
  }
  auto number = static_cast<std::uint32_t>(groups_.size());
  while (idle_groups_.size() > kIdleGroups && number == groups_.size()) {
    const std::uint32_t oldest = idle_groups_.front();
    idle_groups_.pop_front();
    groups_[oldest].listed = false;
    if (groups_[oldest].blocks > 0) continue;
    group_numbers_.erase(groups_[oldest].name);
    number = oldest;
  }
  if (number == groups_.size()) groups_.emplace_back();
  groups_[number] = {};
  groups_[number].name = group_name;
  groups_[number].blocks = 1;
  group_numbers_.emplace(group_name, number);
  return number;
}

std::uint32_t State::intern_restriction(const TaskOptions& options) {
  std::vector<std::string> names = options.workers;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  auto unused = static_cast<std::uint32_t>(restrictions_.size());
  for (std::uint32_t i = 0; i < restrictions_.size(); ++i) {
    Restriction& restriction = restrictions_[i];
    if (restriction.free) {
      unused = std::min(unused, i);
    } else if (restriction.workers == names && restriction.resources == options.resources) {
      ++restriction.blocks;
      return i;
    }
  }
  if (unused == restrictions_.size()) restrictions_.emplace_back();
  Restriction& restriction = restrictions_[unused];
  restriction = {};
  restriction.workers = std::move(names);
  restriction.resources = options.resources;
  restriction.blocks = 1;
  for (const WorkerId id : alive_) {
    if (matches(*workers_[id], restriction)) restriction.eligible.push_back(id);
  }
  return unused;
}

std::uint32_t State::make_block(Graph& graph) {
  auto block = std::make_unique<Block>();
  for (const FunctionRef& ref : graph.functions) block->functions.push_back(intern_function(ref));
  for (const std::string& group : graph.groups) block->groups.push_back(intern_group(group));
  for (const TaskOptions& options : graph.options) {
    block->restrictions.push_back(intern_restriction(options));
  }
  if (free_blocks_.empty()) {
    free_blocks_.push_back(static_cast<std::uint32_t>(blocks_.size()));
    blocks_.emplace_back();
  }
  const std::uint32_t number = free_blocks_.back();
  free_blocks_.pop_back();
  blocks_[number] = std::move(block);
  return number;
}

void State::drop_block_task(std::uint32_t number) {
  Block& block = *blocks_[number];
  TARTAN_ASSERT(block.tasks > 0, "a submission lost more tasks than it had");
  if (--block.tasks > 0) return;
  for (const std::uint32_t group : block.groups) {
    Group& entry = groups_[group];
    if (--entry.blocks > 0 || std::exchange(entry.listed, true)) continue;
    idle_groups_.push_back(group);
  }
  for (const std::uint32_t restriction : block.restrictions) {
    Restriction& entry = restrictions_[restriction];
    if (--entry.blocks == 0 && restriction != 0) {
      entry = {};
      entry.free = true;
    }
  }
  blocks_[number].reset();
  free_blocks_.push_back(number);
}

}  // namespace tartan::scheduler
