// Padding, one axis after the other, from slices of what is there.

#include <algorithm>
#include <array/axis_parts.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/rearrange.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

Array spread(const Array& x, std::size_t axis, std::int64_t width) {
  auto shape = x.shape();
  shape[axis] = width;
  return broadcast_to(x, shape);
}

/// Where the element at a position before, in or behind an axis comes from.
std::int64_t source_of(std::int64_t position, std::int64_t length, PadMode mode) {
  const auto modulo = [](std::int64_t a, std::int64_t b) { return (a % b + b) % b; };
  if (mode == PadMode::wrap) return modulo(position, length);
  if (mode == PadMode::symmetric) {
    const auto at = modulo(position, 2 * length);
    return std::min(at, 2 * length - 1 - at);
  }
  if (length == 1) return 0;
  const auto at = modulo(position, 2 * length - 2);
  return std::min(at, 2 * length - 2 - at);
}

/// The elements at positions begin .. end - 1 as slices that run up or down.
std::vector<Array> mirrored(const Array& x, std::size_t axis, std::int64_t begin, std::int64_t end,
                            PadMode mode) {
  const auto length = x.shape()[axis];
  std::vector<Array> parts;
  while (begin < end) {
    const auto first = source_of(begin, length, mode);
    const std::int64_t step =
        begin + 1 < end ? source_of(begin + 1, length, mode) - first : std::int64_t{1};
    std::int64_t count = 1;
    if (step == 1 || step == -1) {
      while (begin + count < end &&
             source_of(begin + count, length, mode) == first + count * step) {
        ++count;
      }
    }
    const auto last = first + (count - 1) * step;
    if (count == 1 || step > 0) {
      parts.push_back(range_of(x, axis, SliceItem(first, first + count)));
    } else {
      const auto stop = last == 0 ? SliceItem::Bound{} : SliceItem::Bound{last - 1};
      parts.push_back(range_of(x, axis, SliceItem(first, stop, -1)));
    }
    begin += count;
  }
  return parts;
}

/// From the edge, which has length 1 along the axis, to the end value `width` elements away.
Array ramp(const Array& edge, std::size_t axis, std::int64_t width, const Scalar& end,
           bool before) {
  const bool whole = is_integer(edge.dtype());
  const auto dtype = result_type(edge.dtype(), Scalar(1.0));
  auto steps = laid_along(arange(width).astype(dtype), axis, edge.ndim());
  if (!before) steps = flip(steps, static_cast<std::int64_t>(axis));
  const auto from = Array(array::constant_node(end, dtype));
  const auto values = from + steps * ((edge.astype(dtype) - from) / width);
  return (whole ? floor(values) : values).astype(edge.dtype());
}

Array statistic(const Array& x, std::size_t axis, PadMode mode, const PadOptions& options,
                bool before) {
  const auto length = x.shape()[axis];
  const auto count = std::min(options.stat_length.value_or(length), length);
  const auto part = range_of(x, axis, before ? SliceItem(0, count) : SliceItem(length - count, {}));
  const auto along = static_cast<std::int64_t>(axis);
  if (mode == PadMode::maximum) return max(part, along, {.keepdims = true});
  if (mode == PadMode::minimum) return min(part, along, {.keepdims = true});
  const auto average = mean(part, along, {.keepdims = true});
  return (is_integer(x.dtype()) ? round(average) : average).astype(x.dtype());
}

/// The parts that go before, or behind.
std::vector<Array> padding(const Array& x, std::size_t axis, std::int64_t width, PadMode mode,
                           const PadOptions& options, bool before) {
  if (width == 0) return {};
  const auto length = x.shape()[axis];
  const auto edge = [&] {
    return range_of(x, axis, before ? SliceItem(0, 1) : SliceItem(length - 1, length));
  };
  auto shape = x.shape();
  shape[axis] = width;
  switch (mode) {
    case PadMode::constant:
    case PadMode::empty: {
      const Scalar value = mode == PadMode::empty ? Scalar(0) : options.constant_value;
      auto chunks = x.chunks();
      const auto size = *std::max_element(chunks[axis].begin(), chunks[axis].end());
      chunks[axis] = cut_axis(width, std::max<std::int64_t>(size, 1));
      return {full(shape, value, {.dtype = x.dtype(), .chunks = chunks})};
    }
    case PadMode::edge:
      return {spread(edge(), axis, width)};
    case PadMode::reflect:
    case PadMode::symmetric:
    case PadMode::wrap:
      return before ? mirrored(x, axis, -width, 0, mode)
                    : mirrored(x, axis, length, length + width, mode);
    case PadMode::linear_ramp:
      return {ramp(edge(), axis, width, options.end_value, before)};
    default:
      return {spread(statistic(x, axis, mode, options, before), axis, width)};
  }
}

}  // namespace

Array pad(const Array& x, const PadWidths& widths, PadMode mode, const PadOptions& options) {
  if (widths.size() != 1 && widths.size() != x.ndim()) {
    throw ValueError(
        fmt::format("pad: {} pairs of widths for an array with {} axes; give one for "
                    "each, or one for all",
                    widths.size(), x.ndim()));
  }
  if (options.stat_length && *options.stat_length < 1) {
    throw ValueError(fmt::format("pad: stat_length is {}; give 1 or more", *options.stat_length));
  }
  const bool needs_elements = mode != PadMode::constant && mode != PadMode::empty;
  Array result = x;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    const auto [before, after] = widths[widths.size() == 1 ? 0 : axis];
    if (before < 0 || after < 0) {
      throw ValueError(
          fmt::format("pad: widths ({}, {}) of axis {}; they are 0 or more", before, after, axis));
    }
    if (needs_elements && before + after > 0 && x.shape()[axis] == 0) {
      throw ValueError(
          fmt::format("pad: axis {} has no elements to pad with; use "
                      "PadMode::constant",
                      axis));
    }
    auto parts = padding(result, axis, before, mode, options, true);
    parts.push_back(result);
    for (auto& one : padding(result, axis, after, mode, options, false)) {
      parts.push_back(std::move(one));
    }
    if (parts.size() > 1) result = concatenate(parts, static_cast<std::int64_t>(axis));
  }
  return result;
}

}  // namespace tartan
