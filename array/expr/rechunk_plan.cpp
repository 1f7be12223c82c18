#include <algorithm>
#include <array/expr/chunks.hpp>
#include <array/expr/rechunk_plan.hpp>
#include <cmath>

namespace tartan::array {
namespace {

// Seconds of one thread. A piece is a task that cuts it out and a dependency of the task that puts
// a block together; a byte is copied by both.
constexpr double kSecondsPerPiece = 10e-6;
constexpr double kSecondsPerBlock = 10e-6;
constexpr double kSecondsPerByte = 0.5e-9;

constexpr int kMostSteps = 4;
/// What is smaller stays in memory when a worker's is full (Store::kSmallest) ...
constexpr double kLeastPieceBytes = 32 << 10;
/// ... which does not matter to arrays that fit anyway.
constexpr double kFitsAnywhere = 256 << 20;
constexpr double kBlockTolerance = 1.25;

std::size_t piece_count(const std::vector<std::int64_t>& from,
                        const std::vector<std::int64_t>& to) {
  auto cuts = boundaries(from);
  const auto more = boundaries(to);
  cuts.insert(cuts.end(), more.begin(), more.end());
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return std::max<std::size_t>(cuts.size(), 2) - 1;
}

double block_count(const Chunks& chunks) {
  double count = 1;
  for (const auto& axis : chunks) count *= static_cast<double>(axis.size());
  return count;
}

double elements_of_largest(const Chunks& chunks) {
  double elements = 1;
  for (const auto& axis : chunks) {
    elements *= static_cast<double>(*std::max_element(axis.begin(), axis.end()));
  }
  return elements;
}

double total_elements(const Chunks& chunks) {
  double elements = 1;
  for (const auto& axis : chunks) elements *= static_cast<double>(boundaries(axis).back());
  return elements;
}

/// Neighbouring chunks joined, so that about `count` are left, of nearly equal lengths.
std::vector<std::int64_t> joined(const std::vector<std::int64_t>& fine, std::size_t count) {
  const auto bounds = boundaries(fine);
  const auto length = static_cast<double>(bounds.back());
  std::vector<std::int64_t> result;
  result.reserve(count);
  std::int64_t begin = 0;
  for (std::size_t i = 1; i <= count; ++i) {
    const auto goal = length * static_cast<double>(i) / static_cast<double>(count);
    const auto end = *std::upper_bound(bounds.begin(), bounds.end() - 1,
                                       static_cast<std::int64_t>(goal + 0.5) - 1);
    const auto cut = i == count ? bounds.back() : end;
    if (cut > begin) result.push_back(cut - begin);
    begin = std::max(begin, cut);
  }
  return result.empty() ? fine : result;
}

/// Chunks whose count along every axis lies at `part` of the way, by ratio, between the two. Their
/// boundaries are some of the finer one's, so that no piece is cut that neither of them asks for.
Chunks between(const Chunks& from, const Chunks& to, double part) {
  Chunks middle;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    const auto& finer = from[axis].size() > to[axis].size() ? from[axis] : to[axis];
    const auto count = std::pow(static_cast<double>(from[axis].size()), 1 - part) *
                       std::pow(static_cast<double>(to[axis].size()), part);
    // A number that is whole but for rounding is meant whole.
    const auto whole = static_cast<std::size_t>(std::ceil(count - 1e-6));
    middle.push_back(from[axis].size() == to[axis].size() || whole >= finer.size()
                         ? finer
                         : joined(finer, std::max<std::size_t>(whole, 1)));
  }
  return middle;
}

}  // namespace

double RechunkCost::seconds() const {
  return pieces * kSecondsPerPiece + blocks * kSecondsPerBlock + bytes * kSecondsPerByte;
}

RechunkCost rechunk_cost(const Chunks& from, const Chunks& to, std::size_t item_bytes) {
  RechunkCost cost;
  cost.pieces = 1;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    cost.pieces *= static_cast<double>(piece_count(from[axis], to[axis]));
  }
  cost.blocks = block_count(to);
  cost.bytes = total_elements(to) * static_cast<double>(item_bytes);
  return cost;
}

std::vector<Chunks> rechunk_steps(const Chunks& from, const Chunks& to, std::size_t item_bytes) {
  const auto item = static_cast<double>(item_bytes);
  const auto most =
      kBlockTolerance * std::max({elements_of_largest(from) * item, elements_of_largest(to) * item,
                                  static_cast<double>(kDefaultChunkBytes)});
  std::vector<Chunks> best;
  double least = 0;
  bool can_spill = false;
  for (int steps = 1; steps <= kMostSteps; ++steps) {
    std::vector<Chunks> path;
    RechunkCost cost;
    bool spills = true;
    bool fits = true;
    const Chunks* last = &from;
    path.reserve(static_cast<std::size_t>(steps));
    for (int i = 1; i <= steps; ++i) {
      path.push_back(i == steps ? to : between(from, to, static_cast<double>(i) / steps));
      const auto step = rechunk_cost(*last, path.back(), item_bytes);
      fits = fits && (i == steps || elements_of_largest(path.back()) * item <= most);
      spills =
          spills && (step.bytes <= kFitsAnywhere || step.bytes / step.pieces >= kLeastPieceBytes);
      if (path.size() > 1 && *last == path.back()) fits = false;
      cost.pieces += step.pieces;
      cost.blocks += step.blocks;
      cost.bytes += step.bytes;
      last = &path.back();
    }
    if (!fits || (steps > 1 && path.front() == from)) continue;
    const bool better =
        best.empty() || (spills && !can_spill) || (spills == can_spill && cost.seconds() < least);
    if (!better) continue;
    best = std::move(path);
    least = cost.seconds();
    can_spill = spills;
  }
  return best;
}

}  // namespace tartan::array
