#include <algorithm>
#include <array/axis_parts.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <tartan/array/creation.hpp>
#include <tartan/array/rearrange.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

using List = std::vector<std::int64_t>;

/// Axes counted from the front. Throws ValueError when one is named twice.
List normal_axes(const char* who, const List& axes, std::size_t ndim) {
  List result;
  for (const auto axis : axes) result.push_back(array::normal_axis(axis, ndim, who));
  auto sorted = result;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw ValueError(fmt::format("{}: axes {} name one twice", who, axes));
  }
  return result;
}

List counted(std::size_t ndim) {
  List axes(ndim);
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  return axes;
}

bool holds(const List& axes, std::int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

std::vector<Array> mapped(const std::vector<Array>& arrays, Array (*f)(const Array&)) {
  std::vector<Array> result;
  result.reserve(arrays.size());
  for (const auto& one : arrays) result.push_back(f(one));
  return result;
}

}  // namespace

Array swapaxes(const Array& x, std::int64_t first, std::int64_t second) {
  auto axes = counted(x.ndim());
  const auto a = array::normal_axis(first, x.ndim(), "swapaxes");
  const auto b = array::normal_axis(second, x.ndim(), "swapaxes");
  std::swap(axes[static_cast<std::size_t>(a)], axes[static_cast<std::size_t>(b)]);
  return x.transpose(axes);
}

Array rollaxis(const Array& x, std::int64_t axis, std::int64_t start) {
  const auto ndim = static_cast<std::int64_t>(x.ndim());
  const std::int64_t from = array::normal_axis(axis, x.ndim(), "rollaxis");
  if (start < -ndim || start > ndim) {
    throw ValueError(
        fmt::format("rollaxis: start {} is out of range for an array with {} axes; "
                    "give one from {} to {}",
                    start, ndim, -ndim, ndim));
  }
  auto to = start < 0 ? start + ndim : start;
  if (from < to) --to;
  return moveaxis(x, from, to);
}

Array moveaxis(const Array& x, const List& from, const List& to) {
  const auto sources = normal_axes("moveaxis", from, x.ndim());
  const auto targets = normal_axes("moveaxis", to, x.ndim());
  if (sources.size() != targets.size()) {
    throw ValueError(fmt::format("moveaxis: {} axes to {} places; give as many of both",
                                 sources.size(), targets.size()));
  }
  List axes(x.ndim(), -1);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    axes[static_cast<std::size_t>(targets[i])] = sources[i];
  }
  std::int64_t next = 0;
  for (auto& axis : axes) {
    if (axis >= 0) continue;
    while (holds(sources, next)) ++next;
    axis = next++;
  }
  return x.transpose(axes);
}

Array expand_dims(const Array& x, const List& axes) {
  const auto ndim = x.ndim() + axes.size();
  const auto fresh = normal_axes("expand_dims", axes, ndim);
  std::vector<SliceItem> items;
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(ndim); ++axis) {
    items.push_back(holds(fresh, axis) ? SliceItem(newaxis) : SliceItem(all_of_axis));
  }
  return x.slice(items);
}

Array squeeze(const Array& x, const List& axes) {
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  for (const auto axis : normal_axes("squeeze", axes, x.ndim())) {
    const auto at = static_cast<std::size_t>(axis);
    if (x.shape()[at] != 1) {
      throw ValueError(fmt::format("squeeze: axis {} has length {}, not 1", axis, x.shape()[at]));
    }
    items[at] = 0;
  }
  return x.slice(items);
}

Array atleast_1d(const Array& x) { return x.ndim() >= 1 ? x : x.slice({newaxis}); }
Array atleast_2d(const Array& x) {
  return x.ndim() >= 2 ? x : atleast_1d(x).slice({newaxis, all_of_axis});
}
Array atleast_3d(const Array& x) {
  return x.ndim() >= 3 ? x : atleast_2d(x).slice({all_of_axis, all_of_axis, newaxis});
}
Array ravel(const Array& x) { return x.flatten(); }

Array flip(const Array& x) { return flip(x, counted(x.ndim())); }
Array flip(const Array& x, const List& axes) {
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  for (const auto axis : normal_axes("flip", axes, x.ndim())) {
    items[static_cast<std::size_t>(axis)] = SliceItem({}, {}, -1);
  }
  return x.slice(items);
}
Array flipud(const Array& x) { return flip(x, 0); }
Array fliplr(const Array& x) { return flip(x, 1); }

Array rot90(const Array& x, std::int64_t turns, std::pair<std::int64_t, std::int64_t> axes) {
  const auto plane = normal_axes("rot90", {axes.first, axes.second}, x.ndim());
  switch ((turns % 4 + 4) % 4) {
    case 0:
      return x;
    case 1:
      return swapaxes(flip(x, plane[1]), plane[0], plane[1]);
    case 2:
      return flip(x, plane);
    default:
      return flip(swapaxes(x, plane[0], plane[1]), plane[1]);
  }
}

Array roll(const Array& x, const List& shifts, const List& axes) {
  if (shifts.size() != axes.size() && shifts.size() != 1) {
    throw ValueError(fmt::format("roll: {} shifts for {} axes; give one for each, or one for all",
                                 shifts.size(), axes.size()));
  }
  Array result = x;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    result = roll(result, shifts[shifts.size() == 1 ? 0 : i], axes[i]);
  }
  return result;
}

Array hstack(const std::vector<Array>& arrays) {
  const auto wide = mapped(arrays, &atleast_1d);
  return concatenate(wide, !wide.empty() && wide.front().ndim() > 1 ? 1 : 0);
}
Array vstack(const std::vector<Array>& arrays) {
  return concatenate(mapped(arrays, &atleast_2d), 0);
}
Array dstack(const std::vector<Array>& arrays) {
  return concatenate(mapped(arrays, &atleast_3d), 2);
}
Array column_stack(const std::vector<Array>& arrays) {
  return concatenate(
      mapped(arrays, [](const Array& x) { return x.ndim() >= 2 ? x : atleast_2d(x).T(); }), 1);
}

Array block(const std::vector<std::vector<Array>>& rows) {
  std::size_t ndim = rows.size() > 1 ? 2 : 1;
  for (const auto& row : rows) {
    for (const auto& one : row) ndim = std::max(ndim, one.ndim());
  }
  std::vector<Array> joined;
  for (const auto& row : rows) {
    auto blocks = row;
    for (auto& one : blocks) {
      while (one.ndim() < ndim) one = expand_dims(one, 0);
    }
    joined.push_back(concatenate(blocks, -1));
  }
  return joined.size() == 1 ? joined.front() : concatenate(joined, -2);
}

Array append(const Array& x, const Array& values, std::optional<std::int64_t> axis) {
  if (!axis) return concatenate({x.flatten(), values.flatten()});
  return concatenate({x, values}, *axis);
}

namespace {

/// Positions counted from the front; `end` tells whether the place behind the last one counts.
List normal_positions(const char* who, List positions, std::int64_t length, bool end) {
  for (auto& position : positions) {
    const auto given = position;
    if (position < 0) position += length;
    if (position >= 0 && position < length + (end ? 1 : 0)) continue;
    throw ValueError(
        fmt::format("{}: position {} is out of range for a length of {}", who, given, length));
  }
  return positions;
}

}  // namespace

Array insert(const Array& x, const List& positions, const Array& values,
             std::optional<std::int64_t> axis) {
  if (!axis) return insert(x.flatten(), positions, values, 0);
  const auto at = static_cast<std::size_t>(array::normal_axis(*axis, x.ndim(), "insert"));
  const auto length = x.shape()[at];
  const auto places = normal_positions("insert", positions, length, true);
  auto shape = x.shape();
  const bool one_place = places.size() == 1;
  auto fresh = values.astype(x.dtype());
  while (fresh.ndim() < x.ndim()) fresh = expand_dims(fresh, 0);
  shape[at] = one_place ? fresh.shape(static_cast<std::int64_t>(at))
                        : static_cast<std::int64_t>(places.size());
  fresh = broadcast_to(fresh, shape);
  List order(places.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&places](std::int64_t a, std::int64_t b) {
    return places[static_cast<std::size_t>(a)] < places[static_cast<std::size_t>(b)];
  });
  std::vector<Array> parts;
  std::int64_t done = 0;
  for (const auto number : order) {
    const auto place = places[static_cast<std::size_t>(number)];
    if (place > done) parts.push_back(range_of(x, at, {done, place}));
    done = place;
    parts.push_back(one_place ? fresh : range_of(fresh, at, {number, number + 1}));
  }
  if (done < length || parts.empty()) parts.push_back(range_of(x, at, {done, length}));
  return concatenate(parts, static_cast<std::int64_t>(at));
}

Array delete_(const Array& x, const List& positions, std::optional<std::int64_t> axis) {
  if (!axis) return delete_(x.flatten(), positions, 0);
  const auto at = static_cast<std::size_t>(array::normal_axis(*axis, x.ndim(), "delete_"));
  const auto length = x.shape()[at];
  auto gone = normal_positions("delete_", positions, length, false);
  std::sort(gone.begin(), gone.end());
  std::vector<Array> parts;
  std::int64_t done = 0;
  for (const auto position : gone) {
    if (position > done) parts.push_back(range_of(x, at, {done, position}));
    done = position + 1;
  }
  if (done < length || parts.empty()) parts.push_back(range_of(x, at, {done, length}));
  return concatenate(parts, static_cast<std::int64_t>(at));
}

std::vector<Array> split_at(const Array& x, const List& begins, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "split_at"));
  std::vector<Array> parts;
  for (std::size_t i = 0; i <= begins.size(); ++i) {
    SliceItem::Bound from = 0;
    SliceItem::Bound to;
    if (i > 0) from = begins[i - 1];
    if (i < begins.size()) to = begins[i];
    parts.push_back(range_of(x, at, {from, to}));
  }
  return parts;
}

std::vector<Array> array_split(const Array& x, std::int64_t parts, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "array_split"));
  if (parts < 1) throw ValueError(fmt::format("array_split: {} parts; give 1 or more", parts));
  const auto length = x.shape()[at];
  List begins;
  for (std::int64_t i = 1; i < parts; ++i) {
    begins.push_back(i * (length / parts) + std::min(i, length % parts));
  }
  return split_at(x, begins, axis);
}

std::vector<Array> split(const Array& x, std::int64_t parts, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "split"));
  if (parts < 1 || x.shape()[at] % parts != 0) {
    throw ValueError(
        fmt::format("split: axis {} of length {} has no {} equal parts; array_split "
                    "makes some of them longer",
                    axis, x.shape()[at], parts));
  }
  return array_split(x, parts, axis);
}

Shape broadcast_shapes(const std::vector<Shape>& shapes) {
  Shape result;
  for (const auto& shape : shapes) result = broadcast_shapes(result, shape);
  return result;
}

std::vector<Array> unify_chunks(const std::vector<Array>& arrays) {
  std::vector<array::NodePtr> nodes;
  for (const auto& one : arrays) {
    static_cast<void>(one.dtype());
    nodes.push_back(one.node());
  }
  static_cast<void>(array::align_chunks(nodes));
  return {nodes.begin(), nodes.end()};
}

}  // namespace tartan
