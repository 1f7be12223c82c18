// What a task is expected to take: moving averages over its group.

#include <algorithm>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>

namespace tartan::scheduler {

void State::measure(const Task& task, std::uint64_t duration_ns, std::uint64_t nbytes) {
  // Durations come from another process; a year bounds what sums of them can reach.
  constexpr std::uint64_t kMostNs = std::uint64_t{365} * 24 * 3600 * 1'000'000'000;
  Group& group = groups_[task.group];
  const std::uint64_t duration = std::min(duration_ns, kMostNs);
  if (group.samples < 8) ++group.samples;
  const auto change = static_cast<std::int64_t>(duration - group.mean_ns) /
                      static_cast<std::int64_t>(group.samples);
  group.mean_ns += static_cast<std::uint64_t>(change);
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;
  const auto growth = static_cast<std::int64_t>(std::min(nbytes, kMostBytes) - group.mean_bytes) /
                      static_cast<std::int64_t>(group.samples);
  group.mean_bytes += static_cast<std::uint64_t>(growth);
}

std::uint32_t State::estimate_us(const Task& task) const {
  const Group& group = groups_[task.group];
  if (group.samples == 0) return kPriorUs;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(group.mean_ns / 1000 + kOverheadUs, 0x7FFFFFFF));
}

bool State::tiny(const Task& task) const {
  const Group& group = groups_[task.group];
  return group.samples > 0 && group.mean_ns < kTinyNs;
}

}  // namespace tartan::scheduler
