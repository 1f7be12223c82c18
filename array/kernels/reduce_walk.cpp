#include <algorithm>
#include <array/kernels/reduce_walk.hpp>
#include <cstring>

namespace tartan::array {
namespace {

constexpr auto kTile = static_cast<std::int64_t>(kTileElements);
/// Rows are merged in groups of at least this many, so that merging stays cheap beside adding.
constexpr std::int64_t kRowGroup = 64;
/// Kernels read and write the state once for this many rows; so many rows of this width and the
/// state fit the second-level cache, the state the first.
constexpr std::int64_t kRowsAtOnce = 8;
constexpr std::int64_t kRowStrip = 1024;
/// Rows narrower than this are taken several at a time, to fill registers.
constexpr std::int64_t kNarrowRow = 32;
constexpr std::int64_t kWideRow = 64;

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

/// Runs that fit a tile, several to a call; the results of `group` runs lie in a row.
void reduce_short_runs(const ReduceKernel& kernel, Tiles& tiles, std::int64_t runs,
                       std::int64_t group, std::int64_t n, Results& results) {
  const std::int64_t most = kTile / n;
  OwnedState memory(kernel, results.repeated() ? static_cast<std::size_t>(most) : 0);
  for (std::int64_t first = 0; first < runs;) {
    // Whole groups, or the same parts of every group: results are put in equal pieces each time.
    const std::int64_t count = group <= most ? std::min(most / group * group, runs - first)
                                             : std::min(most, group - first % group);
    const State state = results.repeated() ? memory.state() : results.at(first);
    kernel.runs(state, tiles.together(first * n, count, n, count * n));
    const std::int64_t end = results.repeated() ? first + count : first;
    for (std::int64_t run = first; run < end;) {
      const std::int64_t length = std::min(group, end - run);
      const auto offset = static_cast<std::size_t>(run - first);
      results.put(results.entry(run), OwnedState::at(kernel, state, offset), n,
                  static_cast<std::size_t>(length));
      run += length;
    }
    first += count;
  }
}

/// The innermost dimension is reduced: runs of n elements.
void reduce_runs(const ReduceKernel& kernel, Tiles& tiles, std::int64_t rows, std::int64_t n,
                 Results& results) {
  Cascade cascade(kernel, 1);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < n; i += kTile) {
      const std::int64_t count = std::min(kTile, n - i);
      Rows run = tiles.together(row * n + i, 1, count, count);
      run.index = i;
      kernel.runs(cascade.next(), run);
      cascade.push(count);
    }
    results.put(results.entry(row), cascade.finish(), n, 1);
  }
}

/// Narrow rows side by side, as rows of as many copies of the columns, and then what is left.
void add_rows(const ReduceKernel& kernel, State state, std::int64_t before, Rows rows) {
  const auto width = static_cast<std::int64_t>(rows.width);
  const std::int64_t copies = width < kNarrowRow ? kWideRow / width : 1;
  const auto count = static_cast<std::int64_t>(rows.rows);
  if (!kernel.interleaves || copies == 1 || count < kRowsAtOnce * copies) {
    kernel.rows(state, before, rows);
    return;
  }
  const std::int64_t each = count / copies;
  alignas(64) std::byte memory[kMostFields][kWideRow * 16];
  State wide;
  for (std::size_t f = 0; f < kMostFields; ++f) wide.field[f] = memory[f];
  const auto wide_width = static_cast<std::size_t>(copies) * rows.width;
  kernel.clear(wide, wide_width);
  kernel.rows(wide, 0, {.x = rows.x, .mask = rows.mask, .rows = static_cast<std::size_t>(each),
                        .width = wide_width, .step = wide_width, .mask_step = wide_width});
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    const auto offset = static_cast<std::size_t>(copy) * rows.width;
    kernel.merge(state, before, OwnedState::at(kernel, wide, offset), each, rows.width);
    before += each;
  }
  const auto done = static_cast<std::size_t>(each * copies);
  rows.x += done * rows.width * itemsize(kernel.element);
  if (rows.mask != nullptr) rows.mask += done * rows.width;
  rows.rows -= done;
  if (rows.rows > 0) kernel.rows(state, before, rows);
}

/// Columns [first, first + width) of `rows` rows of n elements that begin at `start`.
State reduce_columns(const ReduceKernel& kernel, Tiles& tiles, std::int64_t start,
                     std::int64_t rows, std::int64_t n, std::int64_t first, std::int64_t width,
                     std::int64_t ahead, Cascade& cascade) {
  const std::int64_t per_tile = std::max(kTile / n, kRowsAtOnce);
  for (std::int64_t row = 0; row < rows;) {
    const State state = cascade.next();
    std::int64_t in_group = 0;
    while (in_group < kRowGroup && row < rows) {
      const std::int64_t take = std::min(per_tile, rows - row);
      const std::int64_t from = start + row * n + first;
      const std::int64_t next = rows * n < kTile ? ahead - row * n : take * n;
      const bool whole = width == n && take * n <= kTile;
      Rows tile = whole ? tiles.together(from, take, n, next) : tiles.apart(from, take, width, n);
      tile.index = row;
      add_rows(kernel, state, in_group, tile);
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

bool walks_in_order(std::span<const Dimension> dimensions) {
  return dimensions.back().reduced || dimensions.back().size <= kRowStrip;
}

Tiles::Tiles(const Program& program, std::span<const View> inputs, const Shape& shape,
             ValueIndex elements, std::optional<ValueIndex> mask, std::int64_t parts)
    : kept_{elements, mask.value_or(elements)},
      evaluator_(program, inputs, shape, kept_),
      parts_(parts) {
  const std::size_t size = itemsize(program.value_dtype(elements));
  streams_.push_back({elements, size / static_cast<std::size_t>(parts), nullptr, nullptr, {}});
  if (mask) streams_.push_back({*mask, 1, nullptr, nullptr, {}});
  for (Stream& stream : streams_) stream.direct = evaluator_.direct(stream.value);
}

const std::byte* Tiles::tile_of(const Stream& stream, std::int64_t start) const {
  return stream.tile + static_cast<std::size_t>(start - begin_) * stream.size;
}

Rows Tiles::together(std::int64_t start, std::int64_t rows, std::int64_t width,
                     std::int64_t ahead) {
  const std::int64_t n = rows * width;
  if (start < begin_ || start + n > end_) {
    begin_ = start;
    end_ = start + std::min(std::max(n, ahead), kTile);
    evaluator_.tile(begin_ / parts_, static_cast<std::size_t>((end_ - begin_) / parts_));
    for (Stream& stream : streams_) stream.tile = evaluator_.value(stream.value);
  }
  const auto step = static_cast<std::size_t>(width);
  return {.x = tile_of(streams_[0], start),
          .mask = streams_.size() > 1 ? tile_of(streams_[1], start) : nullptr,
          .rows = static_cast<std::size_t>(rows), .width = step, .step = step, .mask_step = step};
}

Rows Tiles::apart(std::int64_t start, std::int64_t rows, std::int64_t width, std::int64_t step) {
  Rows result{.rows = static_cast<std::size_t>(rows), .width = static_cast<std::size_t>(width)};
  bool computed = false;
  for (Stream& stream : streams_) {
    if (stream.direct != nullptr) continue;
    computed = true;
    const auto bytes = static_cast<std::size_t>(kRowsAtOnce * width) * stream.size;
    if (stream.rows.size() < bytes) stream.rows = MutableBuffer(bytes);
  }
  for (std::int64_t row = 0; computed && row < rows; ++row) {
    const Rows one = together(start + row * step, 1, width, width);
    const auto place = static_cast<std::size_t>(row) * result.width;
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (streams_[s].direct != nullptr) continue;
      std::memcpy(streams_[s].rows.data() + place * streams_[s].size, s == 0 ? one.x : one.mask,
                  result.width * streams_[s].size);
    }
  }
  const auto place = [&](const Stream& stream) -> const std::byte* {
    if (stream.direct == nullptr) return stream.rows.data();
    return stream.direct + static_cast<std::size_t>(start) * stream.size;
  };
  const auto step_of = [&](const Stream& stream) {
    return stream.direct == nullptr ? result.width : static_cast<std::size_t>(step);
  };
  result.x = place(streams_[0]);
  result.step = step_of(streams_[0]);
  if (streams_.size() > 1) {
    result.mask = place(streams_[1]);
    result.mask_step = step_of(streams_[1]);
  }
  return result;
}

OwnedState::OwnedState(const ReduceKernel& kernel, std::size_t width) {
  for (std::size_t f = 0; f < kernel.field_count; ++f) {
    memory_[f] = MutableBuffer(width * itemsize(kernel.fields[f]));
  }
}

State OwnedState::state() {
  State state;
  for (std::size_t f = 0; f < kMostFields; ++f) state.field[f] = memory_[f].data();
  return state;
}

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

void reduce_all(const ReduceKernel& kernel, Tiles& tiles, const std::vector<Dimension>& dimensions,
                State out) {
  const std::span<const Dimension> all(dimensions);
  if (all.back().reduced) {
    const auto outer = all.first(all.size() - 1);
    const std::int64_t n = all.back().size;
    Results results(kernel, out, outer, 1);
    if (n > kTile || outer.empty()) {
      reduce_runs(kernel, tiles, product(outer), n, results);
    } else {
      reduce_short_runs(kernel, tiles, product(outer), outer.back().size, n, results);
    }
    return;
  }
  const auto outer = all.first(all.size() - 2);
  const std::int64_t rows = all[all.size() - 2].size;
  const std::int64_t n = all.back().size;
  Results results(kernel, out, outer, n);
  const std::int64_t repeats = product(outer);
  const std::int64_t strip = std::min(n, n * kRowsAtOnce <= kTile ? n : kRowStrip);
  for (std::int64_t first = 0; first < n; first += strip) {
    const std::int64_t width = std::min(strip, n - first);
    Cascade cascade(kernel, static_cast<std::size_t>(width));
    for (std::int64_t o = 0; o < repeats; ++o) {
      const State state = reduce_columns(kernel, tiles, o * rows * n, rows, n, first, width,
                                         (repeats - o) * rows * n, cascade);
      results.put(results.entry(o) + first, state, rows, static_cast<std::size_t>(width));
    }
  }
}

}  // namespace tartan::array
