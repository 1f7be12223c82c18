// Assignment to a slice or to listed places: blocks these meet are copied and written to, the others
// stay.

#include <algorithm>
#include <array/algorithms/gather.hpp>
#include <array/algorithms/list_slice.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/strided.hpp>
#include <cstring>
#include <fmt/format.h>
#include <numeric>
#include <tartan/array/creation.hpp>
#include <tartan/array/indexing.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Where values go in a chunk, and how they lie.
struct Assignment {
  Shape to, from, counts;  ///< strides and lengths
  std::int64_t first = 0;  ///< element of the chunk
};

/// Throws Exception(malformed) unless all lies inside the chunk and the values broadcast to it.
Assignment plan(const Chunk& chunk, const Chunk& values, const std::vector<AxisRange>& ranges) {
  const auto strides = contiguous_strides(chunk.shape);
  const auto value_strides = contiguous_strides(values.shape);
  Assignment plan{Shape(ranges.size()), Shape(ranges.size()), {}, 0};
  bool fits = ranges.size() == chunk.shape.size() && ranges.size() == values.shape.size() &&
              values.dtype == chunk.dtype;
  for (std::size_t d = 0; fits && d < ranges.size(); ++d) {
    const auto& range = ranges[d];
    const auto last = range.start + (range.count - 1) * range.step;
    fits = range.count > 0 && std::min(range.start, last) >= 0 &&
           std::max(range.start, last) < chunk.shape[d] &&
           (values.shape[d] == 1 || values.shape[d] == range.count);
    plan.counts.push_back(range.count);
    plan.to[d] = strides[d] * range.step;
    plan.from[d] = values.shape[d] == 1 ? 0 : value_strides[d];
    plan.first += strides[d] * range.start;
  }
  if (!fits) throw Exception(Errc::malformed, "set_item: values and ranges do not fit the chunk");
  return plan;
}

/// Words (ranges, axis of the list or -1, list), chunk, values -> the chunk with the values, which
/// broadcast, in the ranges. The range of the axis that has a list is (0, its length, 1).
Value assign_block(Arguments& arguments) {
  const auto words_list = next_words(arguments);
  WordReader words(words_list);
  const auto ranges = words.ranges();
  const auto axis = words.word();
  const auto list = words.list();
  const auto chunk = next_chunk(arguments);
  const auto values = next_chunk(arguments);
  auto plan = array::plan(chunk, values, ranges);
  MutableChunk out(chunk.dtype, chunk.shape);
  std::memcpy(out.data(), chunk.data.data(), chunk.nbytes());
  const auto size = itemsize(chunk.dtype);
  if (axis < 0) {
    copy_strided(out.data() + static_cast<std::size_t>(plan.first) * size, plan.to,
                 values.data.data(), plan.from, plan.counts, size);
    return Value::of(std::move(out).freeze());
  }
  const auto at = static_cast<std::size_t>(axis);
  if (at >= ranges.size() || static_cast<std::int64_t>(list.size()) != ranges[at].count) {
    throw Exception(Errc::malformed, "set_item: a list without its axis");
  }
  // Neighbours in the list are copied together.
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i + 1;
    while (end < list.size() && list[end] == list[end - 1] + 1) ++end;
    if (list[i] < 0 || list[end - 1] >= chunk.shape[at]) {
      throw Exception(Errc::malformed, "set_item: a listed place lies outside the chunk");
    }
    plan.counts[at] = static_cast<std::int64_t>(end - i);
    const auto to = plan.first + list[i] * plan.to[at];
    const auto from = static_cast<std::int64_t>(i) * plan.from[at];
    copy_strided(out.data() + static_cast<std::size_t>(to) * size, plan.to,
                 values.data.data() + static_cast<std::size_t>(from) * size, plan.from, plan.counts,
                 size);
    i = end;
  }
  return Value::of(std::move(out).freeze());
}

/// The blocks that places, which ascend, lie in.
std::vector<AxisPiece> pieces_of_list(const std::vector<std::int64_t>& bounds,
                                      const std::vector<std::int64_t>& list) {
  std::vector<AxisPiece> pieces;
  for (auto first = list.begin(); first != list.end();) {
    const auto high = std::upper_bound(bounds.begin(), bounds.end(), *first);
    const auto end = std::lower_bound(first, list.end(), *high);
    pieces.push_back({high - bounds.begin() - 1, *first - *(high - 1), end - first,
                      first - list.begin()});
    first = end;
  }
  return pieces;
}

/// Inputs: the array; the values, with its number of axes and a chunk, or one element, for every
/// piece of the ranges.
class SetItem : public Algorithm {
 public:
  /// Along the axis of the list, if there is one, its places are meant and not the range.
  SetItem(const Node& x, std::vector<AxisRange> ranges, std::optional<std::size_t> axis,
          std::vector<std::int64_t> list)
      : ranges_(std::move(ranges)), axis_(axis), list_(std::move(list)) {
    for (std::size_t d = 0; d < ranges_.size(); ++d) {
      pieces_.push_back(axis_ == d ? pieces_of_list(x.bounds[d], list_)
                                   : pieces_of_slice(x.bounds[d], ranges_[d]));
    }
  }
  const std::vector<std::vector<AxisPiece>>& pieces() const { return pieces_; }

  std::string_view name() const override { return "set-item"; }
  void put_parameters(WordWriter& words) const override {
    words.put(ranges_);
    words.put(axis_ ? static_cast<std::int64_t>(*axis_) : -1);
    words.put(list_);
  }
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
      words.put(axis_ ? static_cast<std::int64_t>(*axis_) : -1);
      words.put(met->list);
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
    std::vector<AxisRange> ranges;   ///< inside the block
    std::vector<std::int64_t> list;  ///< likewise
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
      if (axis_ == d) {
        const auto first = list_.begin() + piece->position;
        const auto start = node.bounds[d][static_cast<std::size_t>(index[d])];
        for (auto at = first; at != first + piece->count; ++at) meeting.list.push_back(*at - start);
        meeting.ranges.push_back({0, piece->count, 1});
      } else {
        meeting.ranges.push_back({piece->offset, piece->count, ranges_[d].step});
      }
      value.push_back(values.chunks[d].size() == 1 ? 0 : piece - pieces.begin());
    }
    meeting.value = ravel(value, grid_of(values.chunks));
    return meeting;
  }

  std::vector<AxisRange> ranges_;
  std::optional<std::size_t> axis_;
  std::vector<std::int64_t> list_;  ///< ascending
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

/// The values with one axis for each of x: those the slice drops come back with length 1. The first
/// axis of the target belongs behind `place` others.
Array spread(const Array& x, const SliceNode& slice, const Shape& target, const Array& value,
             std::size_t place = 0) {
  auto given = value;
  while (given.ndim() > target.size() && given.shape()[0] == 1) given = given[0];
  if (!broadcasts_to(given.shape(), target)) {
    throw ValueError(
        fmt::format("set_item: a value of shape {} does not broadcast to the slice, "
                    "which has shape {}",
                    to_string(value.shape()), to_string(target)));
  }
  while (given.ndim() < target.size()) given = expand_dims(given, 0);
  if (place > 0) given = moveaxis(given, 0, static_cast<std::int64_t>(place));
  std::vector<SliceItem> items;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    const auto& axes = slice.output_axes;
    const bool kept = std::find(axes.begin(), axes.end(), static_cast<int>(d)) != axes.end();
    items.push_back(kept ? SliceItem(all_of_axis) : SliceItem(newaxis));
  }
  return given.slice(items);
}

/// The values once for every place, in the order of the places: of those that come twice the last.
struct Sorted {
  std::vector<std::int64_t> places;
  std::vector<std::int64_t> sources;
};
Sorted last_wins(const std::vector<std::int64_t>& places) {
  std::vector<std::int64_t> order(places.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto place = [&places](std::int64_t i) { return places[static_cast<std::size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return place(a) < place(b); });
  Sorted sorted;
  for (const auto i : order) {
    if (!sorted.places.empty() && sorted.places.back() == place(i)) {
      sorted.sources.back() = i;
      continue;
    }
    sorted.places.push_back(place(i));
    sorted.sources.push_back(i);
  }
  return sorted;
}

/// The ranges and axes of x[items], which has no list.
SliceNode slice_of(const Array& x, const Array& part) {
  if (part.key() != x.key()) return *part.node()->as<SliceNode>();
  SliceNode whole;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    whole.ranges.push_back({0, x.shape()[d], 1});
    whole.output_axes.push_back(static_cast<int>(d));
  }
  return whole;
}

/// The array after the values, as many along every axis as places or one, are put into the slice.
Array assigned(const Array& x, std::vector<AxisRange> ranges, std::optional<std::size_t> axis,
               std::vector<std::int64_t> list, const Array& values) {
  const auto algorithm =
      std::make_shared<SetItem>(*x.node(), std::move(ranges), axis, std::move(list));
  Chunks chunks;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    std::vector<std::int64_t> sizes;
    for (const auto& piece : algorithm->pieces()[d]) sizes.push_back(piece.count);
    chunks.push_back(values.shape()[d] == 1 ? std::vector<std::int64_t>{1} : std::move(sizes));
  }
  return Array(algorithm_node(algorithm, x.dtype(), x.shape(), x.chunks(),
                              {x.node(), values.rechunk(chunks).node()}));
}

/// x[indices] = value along the first axis, for indices that are computed.
Array assigned_at(const Array& x, const Array& indices, const Array& value) {
  if (x.ndim() == 0) {
    throw ValueError("set_item: indices for a 0-d array; use set_item(x, {ellipsis}, value)");
  }
  auto target = indices.shape();
  target.insert(target.end(), x.shape().begin() + 1, x.shape().end());
  if (!broadcasts_to(value.shape(), target)) {
    throw ValueError(fmt::format("set_item: a value of shape {} does not broadcast to the indexed "
                                 "elements, which have shape {}",
                                 to_string(value.shape()), to_string(target)));
  }
  const auto count = indices.size();
  const auto checked = checked_indices(indices, {"set_item", 0, x.shape()[0]});
  if (element_count(target) == 0) return x;
  // Which value comes to an element last; -1 where none does.
  const auto last = put_along_axis(full({x.shape()[0]}, -1, {.dtype = DType::int64}),
                                   checked.flatten(), arange(count), 0);
  auto shape = x.shape();
  shape[0] = count;
  const auto rows = broadcast_to(value, target).reshape(shape);
  auto met = last >= 0;
  while (met.ndim() < x.ndim()) met = expand_dims(met, -1);
  return where(met, take(rows, maximum(last, 0), 0), x).rechunk(x.chunks());
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
  const auto list = array::list_slice("set_item", x.shape(), items);
  const auto part = x.slice(list ? list->items : items);
  auto slice = array::slice_of(x, part);
  auto target = part.shape();
  if (!list) {
    const auto values = array::spread(x, slice, target, given);
    return part.size() == 0 ? x : array::assigned(x, std::move(slice.ranges), {}, {}, values);
  }
  const auto place = target.begin() + static_cast<std::ptrdiff_t>(list->place);
  *place = static_cast<std::int64_t>(list->indices.size());
  if (list->first) std::rotate(target.begin(), place, place + 1);
  auto values = array::spread(x, slice, target, given, list->first ? list->place : 0);
  if (element_count(target) == 0) return x;
  auto sorted = array::last_wins(list->indices);
  if (values.shape()[list->axis] != 1) {
    values = take(values, sorted.sources, static_cast<std::int64_t>(list->axis));
  }
  return array::assigned(x, std::move(slice.ranges), list->axis, std::move(sorted.places), values);
}

Array set_item(const Array& x, const Array& mask, const Operand& value) {
  if (is_integer(mask.dtype())) {
    if (mask.ndim() == 1 && x.ndim() > 0) {
      const auto known = array::literal_indices(mask);
      if (known) return set_item(x, {positions(*known)}, value);
    }
    return array::assigned_at(x, mask, array::value_as(x, value));
  }
  if (mask.dtype() != DType::boolean) {
    throw TypeError(fmt::format("set_item: a mask of {}; compare or cast it to bool first, or "
                                "give integers as indices",
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
