#include <algorithm>
#include <array/kernels/reduce_walk.hpp>
#include <cstring>

namespace tartan::array {
namespace {

/// Rows are merged in groups of at least this many, so that merging stays cheap beside adding.
constexpr std::int64_t kRowGroup = 64;

/// Tiles of the evaluator, kept so that several short rows are evaluated at once.
class Tiles {
 public:
  Tiles(Evaluator& evaluator, std::int64_t parts)
      : evaluator_(evaluator),
        parts_(parts),
        size_(itemsize(evaluator.dtype()) / static_cast<std::size_t>(parts)) {}

  /// Elements [start, start + n); up to `ahead` from start on will be asked for next.
  const std::byte* get(std::int64_t start, std::int64_t n, std::int64_t ahead) {
    if (start < begin_ || start + n > end_) {
      begin_ = start;
      end_ = start + std::min(std::max(n, ahead), static_cast<std::int64_t>(kTileElements));
      tile_ = evaluator_.tile(begin_ / parts_, static_cast<std::size_t>((end_ - begin_) / parts_));
    }
    return tile_ + static_cast<std::size_t>(start - begin_) * size_;
  }

 private:
  Evaluator& evaluator_;
  std::int64_t parts_;
  std::size_t size_;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  const std::byte* tile_ = nullptr;
};

/// Where results go: entry groups of out, each merged as often as outer dimensions are reduced.
class Results {
 public:
  Results(const ReduceKernel& kernel, State out, std::span<const Dimension> outer,
          std::int64_t width)
      : kernel_(kernel), out_(out), outer_(outer), width_(width) {
    for (const Dimension& dimension : outer) {
      if (dimension.reduced) repeated_ = true;
      if (!dimension.reduced) groups_ *= dimension.size;
    }
    if (repeated_) counts_.resize(static_cast<std::size_t>(groups_ * width_), 0);
  }

  bool repeated() const { return repeated_; }
  /// out's entries for outer index o.
  std::int64_t entry(std::int64_t o) const {
    std::int64_t stride = 1;
    std::int64_t group = 0;
    for (std::size_t d = outer_.size(); d-- > 0;) {
      if (!outer_[d].reduced) {
        group += o % outer_[d].size * stride;
        stride *= outer_[d].size;
      }
      o /= outer_[d].size;
    }
    return group * width_;
  }
  State at(std::int64_t entry) const {
    return OwnedState::at(kernel_, out_, static_cast<std::size_t>(entry));
  }
  void put(std::int64_t entry, State state, std::int64_t count, std::size_t width) {
    const State target = at(entry);
    std::int64_t before = 0;
    if (repeated_) {
      std::int64_t& seen = counts_[static_cast<std::size_t>(entry)];
      before = seen;
      seen += count;
    }
    if (before > 0) {
      kernel_.merge(target, before, state, count, width);
      return;
    }
    for (std::size_t f = 0; f < kernel_.field_count; ++f) {
      std::memcpy(target.field[f], state.field[f], width * itemsize(kernel_.fields[f]));
    }
  }

 private:
  const ReduceKernel& kernel_;
  State out_;
  std::span<const Dimension> outer_;
  std::int64_t width_;
  std::int64_t groups_ = 1;
  bool repeated_ = false;
  std::vector<std::int64_t> counts_;
};

std::int64_t product(std::span<const Dimension> dimensions) {
  std::int64_t total = 1;
  for (const Dimension& dimension : dimensions) total *= dimension.size;
  return total;
}

/// The innermost dimension is reduced: runs of n elements.
void reduce_runs(const ReduceKernel& kernel, Tiles& tiles, std::int64_t rows, std::int64_t n,
                 Results& results) {
  constexpr auto kBlock = static_cast<std::int64_t>(kTileElements);
  const std::int64_t total = rows * n;
  if (n <= kBlock && !results.repeated()) {
    const std::int64_t per_tile = kBlock / n;
    for (std::int64_t row = 0; row < rows; row += per_tile) {
      const std::int64_t count = std::min(per_tile, rows - row);
      const std::byte* x = tiles.get(row * n, count * n, count * n);
      kernel.runs(results.at(row), x, static_cast<std::size_t>(n), static_cast<std::size_t>(count),
                  0);
    }
    return;
  }
  Cascade cascade(kernel, 1);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < n; i += kBlock) {
      const std::int64_t count = std::min(kBlock, n - i);
      const std::int64_t start = row * n + i;
      const std::byte* x = tiles.get(start, count, n > kBlock ? count : total - start);
      kernel.runs(cascade.next(), x, static_cast<std::size_t>(count), 1, i);
      cascade.push(count);
    }
    results.put(results.entry(row), cascade.finish(), n, 1);
  }
}

/// Columns [first, first + width) of `rows` rows of n elements that begin at `start`.
State reduce_columns(const ReduceKernel& kernel, Tiles& tiles, std::int64_t start,
                     std::int64_t rows, std::int64_t n, std::int64_t first, std::int64_t width,
                     std::int64_t ahead, Cascade& cascade) {
  constexpr auto kBlock = static_cast<std::int64_t>(kTileElements);
  const std::int64_t per_tile = n <= kBlock ? std::max<std::int64_t>(1, kBlock / n) : 1;
  for (std::int64_t row = 0; row < rows;) {
    const State state = cascade.next();
    std::int64_t in_group = 0;
    while (in_group < kRowGroup && row < rows) {
      const std::int64_t take = std::min(per_tile, rows - row);
      const std::int64_t from = start + row * n + first;
      const std::int64_t span = n <= kBlock ? take * n : width;
      const std::int64_t next = n <= kBlock && rows * n < kBlock ? ahead - row * n : span;
      const std::byte* x = tiles.get(from, span, next);
      kernel.rows(state, in_group, x, static_cast<std::size_t>(take),
                  static_cast<std::size_t>(width), row);
      in_group += take;
      row += take;
    }
    cascade.push(in_group);
  }
  return cascade.finish();
}

}  // namespace

std::vector<Dimension> merge_dimensions(const Shape& out_shape, std::span<const int> axes,
                                        std::int64_t parts) {
  std::vector<Dimension> merged;
  const auto add = [&](std::int64_t size, bool reduced) {
    if (size == 1) return;
    if (!merged.empty() && merged.back().reduced == reduced) {
      merged.back().size *= size;
    } else {
      merged.push_back({size, reduced});
    }
  };
  for (std::size_t axis = 0; axis < out_shape.size(); ++axis) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int>(axis)) != axes.end();
    add(out_shape[axis], reduced);
  }
  add(parts, false);
  if (merged.empty()) merged.push_back({1, true});
  const bool kept_alone = !merged.back().reduced && merged.size() == 1;
  if (kept_alone) merged.insert(merged.begin(), {1, true});
  return merged;
}

OwnedState::OwnedState(const ReduceKernel& kernel, std::size_t width) {
  for (std::size_t f = 0; f < kernel.field_count; ++f) {
    memory_[f] = MutableBuffer(width * itemsize(kernel.fields[f]));
  }
}

State OwnedState::state() { return State{{memory_[0].data(), memory_[1].data()}}; }

State OwnedState::at(const ReduceKernel& kernel, State state, std::size_t offset) {
  for (std::size_t f = 0; f < kernel.field_count; ++f) {
    state.field[f] += offset * itemsize(kernel.fields[f]);
  }
  return state;
}

State Cascade::next() {
  if (unused_.empty()) {
    unused_.push_back(memory_.size());
    memory_.emplace_back(kernel_, width_);
  }
  next_ = unused_.back();
  unused_.pop_back();
  const State state = memory_[next_].state();
  kernel_.clear(state, width_);
  return state;
}

void Cascade::merge_last() {
  const Entry last = entries_.back();
  entries_.pop_back();
  Entry& before = entries_.back();
  kernel_.merge(memory_[before.memory].state(), before.count, memory_[last.memory].state(),
                last.count, width_);
  before.count += last.count;
  before.level = std::max(before.level, last.level) + 1;
  unused_.push_back(last.memory);
}

void Cascade::push(std::int64_t count) {
  entries_.push_back({next_, count, 0});
  while (entries_.size() > 1 && entries_[entries_.size() - 2].level == entries_.back().level) {
    merge_last();
  }
}

State Cascade::finish() {
  while (entries_.size() > 1) merge_last();
  const std::size_t memory = entries_.back().memory;
  entries_.clear();
  unused_.push_back(memory);
  return memory_[memory].state();
}

void reduce_all(const ReduceKernel& kernel, Evaluator& evaluator, std::int64_t parts,
                const std::vector<Dimension>& dimensions, State out) {
  constexpr auto kStrip = static_cast<std::int64_t>(kTileElements);
  Tiles tiles(evaluator, parts);
  const std::span<const Dimension> all(dimensions);
  if (all.back().reduced) {
    const auto outer = all.first(all.size() - 1);
    Results results(kernel, out, outer, 1);
    reduce_runs(kernel, tiles, product(outer), all.back().size, results);
    return;
  }
  const auto outer = all.first(all.size() - 2);
  const std::int64_t rows = all[all.size() - 2].size;
  const std::int64_t n = all.back().size;
  Results results(kernel, out, outer, n);
  const std::int64_t repeats = product(outer);
  for (std::int64_t first = 0; first < n; first += kStrip) {
    const std::int64_t width = std::min(kStrip, n - first);
    Cascade cascade(kernel, static_cast<std::size_t>(width));
    for (std::int64_t o = 0; o < repeats; ++o) {
      const State state = reduce_columns(kernel, tiles, o * rows * n, rows, n, first, width,
                                         (repeats - o) * rows * n, cascade);
      results.put(results.entry(o) + first, state, rows, static_cast<std::size_t>(width));
    }
  }
}

}  // namespace tartan::array
