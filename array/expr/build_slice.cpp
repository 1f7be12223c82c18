#include <algorithm>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Python's slice.indices(length).
AxisRange range_of(const SliceItem& item, std::int64_t length, std::size_t axis) {
  const auto step = item.step().value_or(1);
  if (step == 0) {
    throw ValueError(fmt::format("slice: the step of axis {} is 0; give a positive or negative "
                                 "number",
                                 axis));
  }
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const std::int64_t highest = step > 0 ? length : length - 1;
  const auto bound = [&](const SliceItem::Bound& given, std::int64_t otherwise) {
    if (!given) return otherwise;
    return std::clamp(*given < 0 ? *given + length : *given, lowest, highest);
  };
  const auto start = bound(item.start(), step > 0 ? lowest : highest);
  const auto stop = bound(item.stop(), step > 0 ? highest : lowest);
  const auto span = step > 0 ? stop - start : start - stop;
  if (span <= 0) return {0, 0, 1};
  const auto stride = step > 0 ? step : -step;
  const auto count = (span - 1) / stride + 1;
  return {start, count, count == 1 ? 1 : step};
}

}  // namespace

std::vector<SliceItem> written_out(std::span<const SliceItem> items, std::size_t ndim) {
  using Kind = SliceItem::Kind;
  std::size_t named = 0;
  std::size_t dots = 0;
  for (const auto& item : items) {
    named += item.kind() != Kind::new_axis && item.kind() != Kind::dots ? 1 : 0;
    dots += item.kind() == Kind::dots ? 1 : 0;
  }
  if (dots > 1) throw ValueError("slice: only one ellipsis can stand in a slice");
  if (named > ndim) {
    throw ValueError(fmt::format("slice: {} axes are indexed, but the array has {}", named, ndim));
  }
  std::vector<SliceItem> result;
  for (const auto& item : items) {
    if (item.kind() == Kind::dots) {
      result.insert(result.end(), ndim - named, all_of_axis);
    } else {
      result.push_back(item);
    }
  }
  if (dots == 0) result.insert(result.end(), ndim - named, all_of_axis);
  return result;
}

std::vector<AxisPiece> pieces_of_slice(const std::vector<std::int64_t>& bounds,
                                       const AxisRange& range) {
  std::vector<AxisPiece> pieces;
  for (std::int64_t done = 0; done < range.count;) {
    const auto at = range.start + done * range.step;
    const auto block = std::upper_bound(bounds.begin(), bounds.end(), at) - bounds.begin() - 1;
    const auto low = bounds[static_cast<std::size_t>(block)];
    const auto high = bounds[static_cast<std::size_t>(block) + 1];
    const auto room = range.step > 0 ? high - 1 - at : at - low;
    const auto stride = range.step > 0 ? range.step : -range.step;
    const auto count = std::min(range.count - done, room / stride + 1);
    pieces.push_back({block, at - low, count, done});
    done += count;
  }
  return pieces;
}

NodePtr slice_node(const NodePtr& input, std::span<const SliceItem> items) {
  SliceNode slice;
  std::size_t axis = 0;
  for (const auto& item : written_out(items, input->shape.size())) {
    if (item.kind() == SliceItem::Kind::new_axis) {
      slice.output_axes.push_back(-1);
      continue;
    }
    const auto length = input->shape[axis];
    if (item.kind() == SliceItem::Kind::range) {
      slice.ranges.push_back(range_of(item, length, axis));
      slice.output_axes.push_back(static_cast<int>(axis));
    } else {
      const auto index = item.index() < 0 ? item.index() + length : item.index();
      if (index < 0 || index >= length) {
        throw ValueError(fmt::format("slice: index {} is out of range for axis {} of length {}",
                                     item.index(), axis, length));
      }
      slice.ranges.push_back({index, 1, 1});
    }
    ++axis;
  }
  return slice_node(input, std::move(slice));
}

NodePtr slice_node(const NodePtr& input, SliceNode slice) {
  Chunks chunks;
  bool whole = slice.output_axes.size() == input->shape.size();
  for (std::size_t axis = 0; axis < slice.ranges.size(); ++axis) {
    whole = whole && slice.ranges[axis] == AxisRange{0, input->shape[axis], 1} &&
            slice.output_axes[axis] == static_cast<int>(axis);
  }
  if (whole) return input;
  slice.pieces.clear();
  for (std::size_t axis = 0; axis < slice.ranges.size(); ++axis) {
    slice.pieces.push_back(pieces_of_slice(input->bounds[axis], slice.ranges[axis]));
  }
  for (auto axis : slice.output_axes) {
    if (axis < 0) {
      chunks.push_back({1});
      continue;
    }
    const auto at = static_cast<std::size_t>(axis);
    std::vector<std::int64_t> sizes;
    for (const auto& piece : slice.pieces[at]) sizes.push_back(piece.count);
    if (sizes.empty()) sizes.push_back(0);
    chunks.push_back(std::move(sizes));
  }
  auto shape = shape_of(chunks);
  return make_node(std::move(slice), input->dtype, std::move(shape), std::move(chunks), {input});
}

}  // namespace tartan::array
