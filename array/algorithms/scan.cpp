// Scans in three kinds of tasks. total: a chunk's elements along the axis combined. starts: totals
// of kGroup chunks in a row scanned, from where the group before ended; the totals of a line are
// not in memory together, and the order of additions is that of the chunks. Last the chunk itself
// is scanned from its start, a row of starts.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/scan.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <map>
#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/scans.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Chunks of a line that wait for each other, so that more need not be in memory at once.
constexpr std::int64_t kGroup = 16;

struct ScanWords {
  ScanOp op;
  std::size_t axis;
};

ScanWords read_scan(WordReader& words) {
  const auto op = words.word();
  if (op < 0 || op >= static_cast<std::int64_t>(kScanOpCount)) {
    throw Exception(Errc::malformed, "a scan task names no known operation");
  }
  return {static_cast<ScanOp>(op), static_cast<std::size_t>(words.word())};
}

/// Element `row` of the first axis, which goes.
Chunk row_of(const Chunk& chunk, std::int64_t row) {
  std::vector<AxisRange> ranges;
  for (const auto length : chunk.shape) ranges.push_back({0, length});
  ranges.at(0) = {row, 1};
  return reshape(slice(chunk, ranges), Shape(chunk.shape.begin() + 1, chunk.shape.end()));
}

/// Words (operation, axis), chunk -> its total.
Value total_task(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto [op, axis] = read_scan(words);
  return Value::of(scan_total(op, next_chunk(arguments), axis));
}

/// The chunks along a new first axis.
Chunk stacked(std::span<const Chunk> chunks) {
  auto one = chunks.front().shape;
  one.insert(one.begin(), 1);
  auto shape = one;
  shape[0] = static_cast<std::int64_t>(chunks.size());
  std::vector<Chunk> rows;
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < chunks.size(); ++i) {
    rows.push_back(reshape(chunks[i], one));
    Shape offset(one.size(), 0);
    pieces.push_back({i, offset, one, offset});
    pieces.back().offset[0] = i;
  }
  return assemble(chunks.front().dtype, shape, rows, pieces);
}

/// Words (operation, axis, whether a group comes before), the starts of that group, list of totals
/// -> the starts of the blocks after each total, along a new first axis. The last start before is
/// scanned with the totals, so that groups leave no trace in the order of additions.
Value starts_task(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto op = read_scan(words).op;
  const bool continued = words.flag();
  std::vector<Chunk> line;
  if (continued) {
    const auto before = next_chunk(arguments);
    line.push_back(row_of(before, before.shape.at(0) - 1));
  }
  for (auto& total : next_chunks(arguments)) line.push_back(std::move(total));
  const auto starts = scan(op, stacked(line), 0, nullptr);
  if (!continued) return Value::of(starts);
  std::vector<AxisRange> ranges;
  for (const auto length : starts.shape) ranges.push_back({0, length});
  ranges[0] = {1, starts.shape[0] - 1};
  return Value::of(slice(starts, ranges));
}

/// Words (operation, axis, row or -1), chunk, starts unless the row is -1 -> Chunk.
Value scan_task(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto [op, axis] = read_scan(words);
  const auto row = words.word();
  const auto chunk = next_chunk(arguments);
  if (row < 0) return Value::of(scan(op, chunk, axis, nullptr));
  const auto start = row_of(next_chunk(arguments), row);
  return Value::of(scan(op, chunk, axis, &start));
}

class Scan : public Algorithm {
 public:
  Scan(ScanOp op, int axis) : op_(op), axis_(axis) {}
  std::string_view name() const override { return array::name(op_); }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<int>(op_));
    words.put(axis_);
  }

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    const auto grid = grid_of(node.chunks);
    auto index = unravel(block, grid);
    std::vector<BlockRead> reads;
    const auto last = along(index);
    for (along(index) = 0; along(index) < last; ++along(index)) {
      reads.push_back({0, ravel(index, grid)});
    }
    reads.push_back({0, block});
    return reads;
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto grid = grid_of(node.chunks);
    // How many blocks of every line, named by its first block, must be totalled.
    std::map<std::int64_t, std::int64_t> lengths;
    for (const auto block : emission.blocks()) {
      auto index = unravel(block, grid);
      const auto before = std::exchange(along(index), 0);
      auto& length = lengths[ravel(index, grid)];
      length = std::max(length, before);
    }
    std::map<std::int64_t, std::vector<Made>> starts;
    for (const auto& [line, length] : lengths) starts[line] = emit_starts(emission, line, length);

    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      auto index = unravel(block, grid);
      const auto bytes = bytes_of(block_shape(node.chunks, index), node.dtype);
      const auto before = std::exchange(along(index), 0) - 1;
      std::vector<Made> inputs{emission.block(0, block)};
      WordWriter words;
      put_parameters(words);
      words.put(before < 0 ? before : before % kGroup);
      if (before >= 0) {
        inputs.push_back(starts[ravel(index, grid)][static_cast<std::size_t>(before / kGroup)]);
      }
      made.push_back(emission.add(task_function<&scan_task>(), "",
                                  words_then_dependencies(words, inputs.size()), inputs, bytes));
    }
    return made;
  }

 private:
  std::int64_t& along(BlockIndex& index) const { return index[static_cast<std::size_t>(axis_)]; }

  /// The starts of the blocks 1 to `length` of a line, by groups.
  std::vector<Made> emit_starts(Emission& emission, std::int64_t line, std::int64_t length) const {
    const auto& input = emission.input(0);
    const auto grid = grid_of(input.chunks);
    auto index = unravel(line, grid);
    auto shape = block_shape(input.chunks, index);
    shape[static_cast<std::size_t>(axis_)] = 1;
    const auto bytes = bytes_of(shape, accumulator_dtype(op_, input.dtype));
    WordWriter words;
    put_parameters(words);
    std::vector<Made> starts;
    for (std::int64_t first = 0; first < length; first += kGroup) {
      const auto count = std::min(kGroup, length - first);
      std::vector<Made> inputs;
      if (!starts.empty()) inputs.push_back(starts.back());
      for (std::int64_t i = 0; i < count; ++i) {
        along(index) = first + i;
        const auto block = emission.block(0, ravel(index, grid));
        inputs.push_back(emission.add(task_function<&total_task>(), "total",
                                      words_then_dependencies(words, 1), {&block, 1}, bytes));
      }
      starts.push_back(emit_group(emission, inputs, !starts.empty(), (count + 1) * bytes));
    }
    return starts;
  }

  Made emit_group(Emission& emission, std::span<const Made> inputs, bool continued,
                  std::int64_t bytes) const {
    WordWriter words;
    put_parameters(words);
    words.put(continued ? 1 : 0);
    ArgumentWriter arguments;
    arguments.inline_value(Value::of(words.words()));
    std::uint32_t next = 0;
    if (continued) arguments.dependency(next++);
    arguments.list(static_cast<std::uint32_t>(inputs.size()) - next);
    while (next < inputs.size()) arguments.dependency(next++);
    return emission.add(task_function<&starts_task>(), "starts", arguments, inputs, bytes, bytes);
  }

  ScanOp op_;
  int axis_;
};

Array scanned(const Array& x, ScanOp op, std::int64_t axis) {
  const auto at = normal_axis(axis, x.ndim(), name(op));
  const auto dtype = result_dtype(op, x.dtype());
  return Array(
      algorithm_node(std::make_shared<Scan>(op, at), dtype, x.shape(), x.chunks(), {x.node()}));
}

/// Elements are cast first, as NumPy does. Integers narrower than 64 bits may wrap at the end.
Array accumulated(const Array& x, ScanOp op, std::int64_t axis, std::optional<DType> dtype) {
  const auto wanted = dtype.value_or(result_dtype(op, x.dtype()));
  const bool widens = result_dtype(op, x.dtype()) == wanted;
  return scanned(widens ? x : x.astype(wanted), op, axis).astype(wanted);
}

Array cumulative(const Array& x, ScanOp op, const CumulativeOptions& options) {
  if (!options.axis && x.ndim() > 1) {
    throw ValueError(fmt::format("{}: an array of shape {} has several axes; say which by axis",
                                 name(op), to_string(x.shape())));
  }
  const auto line = x.ndim() == 0 ? x.flatten() : x;
  const auto axis = options.axis.value_or(0);
  auto result = accumulated(line, op, axis, options.dtype);
  if (!options.include_initial) return result;
  const auto at = static_cast<std::size_t>(normal_axis(axis, line.ndim(), name(op)));
  auto shape = line.shape();
  auto chunks = line.chunks();
  shape[at] = 1;
  chunks[at] = {1};
  const auto initial =
      full(shape, op == ScanOp::sum ? 0 : 1, {.dtype = result.dtype(), .chunks = chunks});
  return concatenate({initial, result}, axis);
}

/// Without an axis over the flattened array.
Array of_any_shape(const Array& x, ScanOp op, ScanAxis axis, std::optional<DType> dtype) {
  return axis ? accumulated(x, op, *axis, dtype) : accumulated(x.flatten(), op, 0, dtype);
}

Array without_nan(const Array& x, int instead) {
  return is_floating(x.dtype()) || is_complex(x.dtype()) ? where(isnan(x), instead, x) : x;
}

}  // namespace
}  // namespace array

using array::ScanOp;

Array cumulative_sum(const Array& x, const CumulativeOptions& options) {
  return array::cumulative(x, ScanOp::sum, options);
}
Array cumulative_prod(const Array& x, const CumulativeOptions& options) {
  return array::cumulative(x, ScanOp::prod, options);
}
Array cumsum(const Array& x, ScanAxis axis, std::optional<DType> dtype) {
  return array::of_any_shape(x, ScanOp::sum, axis, dtype);
}
Array cumprod(const Array& x, ScanAxis axis, std::optional<DType> dtype) {
  return array::of_any_shape(x, ScanOp::prod, axis, dtype);
}
Array nancumsum(const Array& x, ScanAxis axis, std::optional<DType> dtype) {
  return cumsum(array::without_nan(x, 0), axis, dtype);
}
Array nancumprod(const Array& x, ScanAxis axis, std::optional<DType> dtype) {
  return cumprod(array::without_nan(x, 1), axis, dtype);
}
Array maximum_accumulate(const Array& x, std::int64_t axis) {
  return array::scanned(x, ScanOp::max, axis);
}
Array minimum_accumulate(const Array& x, std::int64_t axis) {
  return array::scanned(x, ScanOp::min, axis);
}

}  // namespace tartan
