// Assignment to a slice: blocks the slice meets are copied and written to, the others stay.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/strided.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/array/indexing.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (ranges), chunk, values -> the chunk with the values, which broadcast, in the ranges.
Value assign_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto ranges = WordReader(list).ranges();
  const auto chunk = next_chunk(arguments);
  const auto values = next_chunk(arguments);
  const auto strides = contiguous_strides(chunk.shape);
  const auto value_strides = contiguous_strides(values.shape);
  Shape counts;
  Shape to(ranges.size());
  Shape from(ranges.size());
  std::int64_t first = 0;
  bool fits = ranges.size() == chunk.shape.size() && ranges.size() == values.shape.size() &&
              values.dtype == chunk.dtype;
  for (std::size_t d = 0; fits && d < ranges.size(); ++d) {
    const auto& range = ranges[d];
    const auto last = range.start + (range.count - 1) * range.step;
    fits = range.count > 0 && std::min(range.start, last) >= 0 &&
           std::max(range.start, last) < chunk.shape[d] &&
           (values.shape[d] == 1 || values.shape[d] == range.count);
    counts.push_back(range.count);
    to[d] = strides[d] * range.step;
    from[d] = values.shape[d] == 1 ? 0 : value_strides[d];
    first += strides[d] * range.start;
  }
  if (!fits) throw Exception(Errc::malformed, "set_item: values and ranges do not fit the chunk");
  MutableChunk out(chunk.dtype, chunk.shape);
  std::memcpy(out.data(), chunk.data.data(), chunk.nbytes());
  const auto size = itemsize(chunk.dtype);
  copy_strided(out.data() + static_cast<std::size_t>(first) * size, to, values.data.data(), from,
               counts, size);
  return Value::of(std::move(out).freeze());
}

/// Inputs: the array; the values, with its number of axes and a chunk, or one element, for every
/// piece of the ranges.
class SetItem : public Algorithm {
 public:
  SetItem(const Node& x, std::vector<AxisRange> ranges) : ranges_(std::move(ranges)) {
    for (std::size_t d = 0; d < ranges_.size(); ++d) {
      pieces_.push_back(pieces_of_slice(x.bounds[d], ranges_[d]));
    }
  }
  const std::vector<std::vector<AxisPiece>>& pieces() const { return pieces_; }

  std::string_view name() const override { return "set-item"; }
  void put_parameters(WordWriter& words) const override { words.put(ranges_); }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads{{0, block}};
    if (const auto met = meet(node, *node.inputs[1], block)) reads.push_back({1, met->value});
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    const auto& node = emission.node();
    for (const auto block : emission.blocks()) {
      const auto met = meet(node, emission.input(1), block);
      const auto old = emission.block(0, block);
      if (!met) {
        made.push_back(old);
        continue;
      }
      WordWriter words;
      words.put(met->ranges);
      const std::vector<Made> inputs{old, emission.block(1, met->value)};
      const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
      made.push_back(emission.add(task_function<&assign_block>(), "",
                                  words_then_dependencies(words, 2), inputs,
                                  bytes_of(shape, node.dtype)));
    }
    return made;
  }

 private:
  struct Meeting {
    std::vector<AxisRange> ranges;  ///< inside the block
    std::int64_t value = 0;         ///< the block of the values that goes there
  };
  std::optional<Meeting> meet(const Node& node, const Node& values, std::int64_t block) const {
    const auto index = unravel(block, grid_of(node.chunks));
    Meeting meeting;
    BlockIndex value;
    for (std::size_t d = 0; d < index.size(); ++d) {
      const auto& pieces = pieces_[d];
      const auto piece = std::find_if(pieces.begin(), pieces.end(),
                                      [&](const AxisPiece& one) { return one.block == index[d]; });
      if (piece == pieces.end()) return {};
      meeting.ranges.push_back({piece->offset, piece->count, ranges_[d].step});
      value.push_back(values.chunks[d].size() == 1 ? 0 : piece - pieces.begin());
    }
    meeting.value = ravel(value, grid_of(values.chunks));
    return meeting;
  }

  std::vector<AxisRange> ranges_;
  std::vector<std::vector<AxisPiece>> pieces_;
};

Array value_as(const Array& x, const Operand& value) {
  const auto dtype = value.is_array() ? value.array().dtype() : default_dtype(value.scalar());
  if (is_complex(dtype) && !is_complex(x.dtype())) {
    throw TypeError(
        fmt::format("set_item: a value of {} for an array of {}; take real() of it, or "
                    "make the array complex with astype",
                    name(dtype), name(x.dtype())));
  }
  if (value.is_array()) return value.array().astype(x.dtype());
  return Array(constant_node(value.scalar(), x.dtype()));
}

/// The values with one axis for each of x: those the slice drops come back with length 1.
Array spread(const Array& x, const SliceNode& slice, const Shape& target, const Array& value) {
  auto given = value;
  while (given.ndim() > target.size() && given.shape()[0] == 1) given = given[0];
  if (!broadcasts_to(given.shape(), target)) {
    throw ValueError(
        fmt::format("set_item: a value of shape {} does not broadcast to the slice, "
                    "which has shape {}",
                    to_string(value.shape()), to_string(target)));
  }
  while (given.ndim() < target.size()) given = expand_dims(given, 0);
  std::vector<SliceItem> items;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    const auto& axes = slice.output_axes;
    const bool kept = std::find(axes.begin(), axes.end(), static_cast<int>(d)) != axes.end();
    items.push_back(kept ? SliceItem(all_of_axis) : SliceItem(newaxis));
  }
  return given.slice(items);
}

}  // namespace
}  // namespace array

Array set_item(const Array& x, const std::vector<SliceItem>& items, const Operand& value) {
  for (const auto& item : items) {
    if (item.kind() == SliceItem::Kind::new_axis) {
      throw ValueError("set_item: newaxis has no meaning in an assignment; leave it out");
    }
  }
  const auto given = array::value_as(x, value);
  const auto part = x.slice(items);
  array::SliceNode slice;
  if (part.key() == x.key()) {
    for (std::size_t d = 0; d < x.ndim(); ++d) {
      slice.ranges.push_back({0, x.shape()[d], 1});
      slice.output_axes.push_back(static_cast<int>(d));
    }
  } else {
    slice = *part.node()->as<array::SliceNode>();
  }
  const auto spread = array::spread(x, slice, part.shape(), given);
  if (part.size() == 0) return x;
  const auto algorithm = std::make_shared<array::SetItem>(*x.node(), slice.ranges);
  Chunks chunks;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    std::vector<std::int64_t> sizes;
    for (const auto& piece : algorithm->pieces()[d]) sizes.push_back(piece.count);
    chunks.push_back(spread.shape()[d] == 1 ? std::vector<std::int64_t>{1} : std::move(sizes));
  }
  return Array(array::algorithm_node(algorithm, x.dtype(), x.shape(), x.chunks(),
                                     {x.node(), spread.rechunk(chunks).node()}));
}

Array set_item(const Array& x, const Array& mask, const Operand& value) {
  if (mask.dtype() != DType::boolean) {
    throw TypeError(fmt::format("set_item: a mask of {}; compare or cast it to bool first",
                                name(mask.dtype())));
  }
  const bool fits = mask.ndim() <= x.ndim() &&
                    std::equal(mask.shape().begin(), mask.shape().end(), x.shape().begin());
  if (!fits) {
    throw ValueError(
        fmt::format("set_item: a mask of shape {} for an array of shape {}; it has "
                    "the array's first axes",
                    to_string(mask.shape()), to_string(x.shape())));
  }
  auto test = mask;
  while (test.ndim() < x.ndim()) test = expand_dims(test, -1);
  const auto given = array::value_as(x, value);
  if (!broadcasts_to(given.shape(), x.shape())) {
    throw ValueError(fmt::format("set_item: a value of shape {} does not broadcast to {}",
                                 to_string(given.shape()), to_string(x.shape())));
  }
  return where(test, given, x);
}

}  // namespace tartan
