#include <algorithm>
#include <array/algorithms/sort_plan.hpp>

namespace tartan::array {

std::pair<std::size_t, std::size_t> SortPlan::meeting(std::int64_t begin, std::int64_t end) const {
  std::size_t first = 0;
  while (latest[first + 1] <= begin) ++first;
  auto last = first + 1;
  while (last < buckets() && earliest[last] < end) ++last;
  return {first, last};
}

SortPlan plan_sort(const std::vector<std::int64_t>& sizes) {
  SortPlan plan;
  std::int64_t total = 0;
  std::int64_t largest = 0;
  for (std::size_t block = 0; block < sizes.size(); ++block) {
    if (sizes[block] > 0) {
      plan.runs.push_back({static_cast<std::int64_t>(block), total, sizes[block]});
    }
    total += sizes[block];
    largest = std::max(largest, sizes[block]);
  }
  const auto runs = static_cast<std::int64_t>(plan.runs.size());
  const auto buckets = (total + largest - 1) / largest;
  plan.step = std::max<std::int64_t>(1, total / buckets / (4 * runs));
  std::int64_t samples = 0;
  for (const auto& run : plan.runs) samples += run.size / plan.step;

  const auto doubt = runs * (plan.step - 1);
  plan.earliest.push_back(0);
  plan.latest.push_back(0);
  for (std::int64_t b = 1; b < buckets; ++b) {
    // In 128 bits, since a length times a number of buckets may not fit 64.
    const auto wanted = static_cast<std::int64_t>(__extension__(__int128{total}) * b / buckets);
    const auto rank = std::clamp<std::int64_t>((wanted - doubt / 2) / plan.step, 1, samples);
    plan.ranks.push_back(rank);
    plan.earliest.push_back(rank * plan.step);
    plan.latest.push_back(std::min(total, rank * plan.step + doubt));
  }
  plan.earliest.push_back(total);
  plan.latest.push_back(total);
  return plan;
}

}  // namespace tartan::array
