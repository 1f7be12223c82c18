#include <algorithm>
#include <array/algorithms/gather.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <numeric>
#include <tartan/array/indexing.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

std::int64_t largest(const std::vector<std::int64_t>& chunks) {
  return std::max<std::int64_t>(1, *std::max_element(chunks.begin(), chunks.end()));
}

Chunk points_of(const std::vector<std::int64_t>& list) {
  return make_chunk<std::int64_t>({static_cast<std::int64_t>(list.size())}, list);
}

/// Along the axis, which is counted from the front.
Array take_list(const char* who, const Array& x, std::size_t axis,
                std::vector<std::int64_t> indices,
                std::optional<std::vector<std::int64_t>> chunks) {
  indices = array::known_indices(std::move(indices),
                                 {who, static_cast<std::int64_t>(axis), x.shape()[axis]});
  if (!chunks) {
    chunks = cut_axis(static_cast<std::int64_t>(indices.size()), largest(x.chunks()[axis]));
  }
  return array::gather_known(x, axis, 1, points_of(indices), std::move(*chunks));
}

std::size_t checked_axis(const char* who, const Array& x, std::int64_t axis) {
  return static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), who));
}

/// The one axis of the taken elements becomes those of the indices.
Array unfold(const Array& taken, std::size_t axis, const Shape& indices) {
  if (indices.size() == 1) return taken;
  const auto at = static_cast<std::ptrdiff_t>(axis);
  auto shape = taken.shape();
  shape.erase(shape.begin() + at);
  shape.insert(shape.begin() + at, indices.begin(), indices.end());
  return taken.reshape(shape);
}

void check_lists(const Array& x, std::size_t lists) {
  if (lists >= 1 && lists <= x.ndim()) return;
  throw ValueError(
      fmt::format("vindex: {} lists of indices for an array with {} axes; give one "
                  "for each of the first axes",
                  lists, x.ndim()));
}

}  // namespace

Array take(const Array& x, const std::vector<std::int64_t>& indices,
           std::optional<std::int64_t> axis) {
  if (!axis) return take(x.flatten(), indices, 0);
  return take_list("take", x, checked_axis("take", x, *axis), indices, {});
}

Array take(const Array& x, const Array& indices, std::optional<std::int64_t> axis) {
  if (!axis) return take(x.flatten(), indices, 0);
  const auto at = checked_axis("take", x, *axis);
  const array::IndexRange range{"take", static_cast<std::int64_t>(at), x.shape()[at]};
  if (const auto known = array::literal_points(indices, range)) {
    auto chunks = cut_axis(known->size(), largest(x.chunks()[at]));
    return unfold(array::gather_known(x, at, 1, *known, std::move(chunks)), at, indices.shape());
  }
  const auto checked = array::checked_indices(indices, range);
  const auto points = expand_dims(checked.ndim() == 1 ? checked : checked.flatten(), 1);
  return unfold(array::gather_unknown(x, at, points), at, indices.shape());
}

Array compress(const std::vector<bool>& mask, const Array& x, std::optional<std::int64_t> axis) {
  if (!axis) return compress(mask, x.flatten(), 0);
  const auto at = checked_axis("compress", x, *axis);
  if (static_cast<std::int64_t>(mask.size()) > x.shape()[at]) {
    throw ValueError(
        fmt::format("compress: a mask of {} for axis {} of length {}; it cannot be "
                    "longer",
                    mask.size(), *axis, x.shape()[at]));
  }
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i]) indices.push_back(static_cast<std::int64_t>(i));
  }
  return take_list("compress", x, at, std::move(indices), {});
}

Array repeat(const Array& x, const std::vector<std::int64_t>& counts,
             std::optional<std::int64_t> axis) {
  if (!axis) return repeat(x.flatten(), counts, 0);
  const auto length = x.shape()[checked_axis("repeat", x, *axis)];
  if (counts.size() != 1 && static_cast<std::int64_t>(counts.size()) != length) {
    throw ValueError(fmt::format("repeat: {} counts for axis {} of length {}; give one, or one for "
                                 "each element",
                                 counts.size(), *axis, length));
  }
  if (counts.size() == 1) return repeat(x, counts.front(), *axis);
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0) {
      throw ValueError(fmt::format("repeat: the count of element {} is {}; give 0 or more", i,
                                   counts[i]));
    }
    const auto times = static_cast<std::size_t>(counts[i]);
    indices.insert(indices.end(), times, static_cast<std::int64_t>(i));
  }
  return take(x, indices, *axis);
}

Array repeat(const Array& x, const Array& counts, std::optional<std::int64_t> axis) {
  if (!is_integer(counts.dtype())) {
    throw TypeError(fmt::format("repeat: counts are integers, not {}", name(counts.dtype())));
  }
  if (counts.ndim() > 1) {
    throw ValueError(fmt::format("repeat: counts of shape {}; give at most one axis",
                                 to_string(counts.shape())));
  }
  const auto chunk = counts.astype(DType::int64).compute_chunk();
  const auto list = chunk.view<std::int64_t>();
  return repeat(x, std::vector<std::int64_t>(list.begin(), list.end()), axis);
}

namespace {

/// Strides of the axes in elements, in the order that is meant. ValueError for a negative length.
Shape strides_in(const Shape& shape, IndexOrder order) {
  array::check_shape(shape, DType::int64);
  Shape strides(shape.size());
  std::int64_t next = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto axis = order == IndexOrder::c ? shape.size() - 1 - i : i;
    strides[axis] = next;
    next *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

/// The indices as int64 from 0 to length - 1, or an error, as the mode says.
Array brought_inside(const Array& indices, const array::IndexRange& range, OutOfRange mode) {
  const auto checked = array::checked_indices(indices, range);
  switch (mode) {
    case OutOfRange::wrap:
      return remainder(indices.astype(DType::int64), range.length);
    case OutOfRange::clip:
      return clip(indices.astype(DType::int64), 0, range.length - 1);
    case OutOfRange::raise:
      break;
  }
  if (const auto known = array::literal_indices(indices)) array::known_indices(*known, range);
  return checked;
}

}  // namespace

Array ravel_multi_index(const std::vector<Array>& places, const Shape& shape, OutOfRange mode,
                        IndexOrder order) {
  if (places.empty() || places.size() != shape.size()) {
    throw ValueError(fmt::format("ravel_multi_index: {} arrays of indices for the shape {}; give "
                                 "one for every axis, and at least one",
                                 places.size(), to_string(shape)));
  }
  const auto strides = strides_in(shape, order);
  Array flat;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0 && mode != OutOfRange::raise && places[axis].size() > 0) {
      throw ValueError(fmt::format("ravel_multi_index: axis {} of the shape {} has no places to "
                                   "bring an index to",
                                   axis, to_string(shape)));
    }
    const array::IndexRange range{"ravel_multi_index", static_cast<std::int64_t>(axis), shape[axis],
                                  false};
    const auto part = brought_inside(places[axis], range, mode) * strides[axis];
    flat = flat.valid() ? flat + part : part;
  }
  return flat;
}

std::vector<Array> unravel_index(const Array& indices, const Shape& shape, IndexOrder order) {
  const auto strides = strides_in(shape, order);
  const array::IndexRange range{"unravel_index", 0, element_count(shape), false};
  const auto flat = brought_inside(indices, range, OutOfRange::raise);
  std::vector<Array> places;
  places.reserve(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto length = std::max<std::int64_t>(shape[axis], 1);
    places.push_back(remainder(floor_divide(flat, strides[axis]), length));
  }
  return places;
}

Array shuffle(const Array& x, const std::vector<std::vector<std::int64_t>>& groups,
              std::int64_t axis) {
  const auto at = checked_axis("shuffle", x, axis);
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> chunks;
  for (const auto& group : groups) {
    indices.insert(indices.end(), group.begin(), group.end());
    if (!group.empty()) chunks.push_back(static_cast<std::int64_t>(group.size()));
  }
  if (chunks.empty()) chunks.push_back(0);
  return take_list("shuffle", x, at, std::move(indices), std::move(chunks));
}

Array vindex(const Array& x, const std::vector<std::vector<std::int64_t>>& lists) {
  check_lists(x, lists.size());
  std::size_t count = 1;
  for (const auto& list : lists) count = list.size() == 1 ? count : list.size();
  std::vector<std::int64_t> points(count * lists.size());
  std::int64_t room = 1;
  for (std::size_t axis = 0; axis < lists.size(); ++axis) {
    const auto& list = lists[axis];
    if (list.size() != count && list.size() != 1) {
      throw ValueError(fmt::format("vindex: lists of {} and {} indices; give lists of one length",
                                   list.size(), count));
    }
    const auto checked =
        array::known_indices(list, {"vindex", static_cast<std::int64_t>(axis), x.shape()[axis]});
    for (std::size_t i = 0; i < count; ++i) {
      points[i * lists.size() + axis] = checked[list.size() == 1 ? 0 : i];
    }
    room *= largest(x.chunks()[axis]);
  }
  return array::gather_known(x, 0, lists.size(), points_of(points),
                             cut_axis(static_cast<std::int64_t>(count), room));
}

Array vindex(const Array& x, const std::vector<Array>& indices) {
  check_lists(x, indices.size());
  std::vector<Array> checked;
  std::vector<std::vector<std::int64_t>> lists;
  bool flat = true;
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    checked.push_back(array::checked_indices(
        indices[axis], {"vindex", static_cast<std::int64_t>(axis), x.shape()[axis]}));
    const auto known = array::literal_indices(indices[axis]);
    flat = flat && indices[axis].ndim() == 1;
    if (known) lists.push_back(*known);
  }
  if (flat && lists.size() == indices.size()) return vindex(x, lists);
  auto together = broadcast_arrays(checked);
  const auto shape = together.front().shape();
  for (auto& one : together) one = one.ndim() == 1 ? one : one.flatten();
  return unfold(array::gather_unknown(x, 0, stack(together, 1)), 0, shape);
}

}  // namespace tartan
