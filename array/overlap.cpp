// Blocks with elements of their neighbours.

#include <algorithm>
#include <array/algorithms/boxes.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/array/overlap.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

template <class T>
const T& of_axis(const char* what, const std::vector<T>& list, std::size_t axis, std::size_t ndim) {
  if (list.size() != 1 && list.size() != ndim) {
    throw ValueError(
        fmt::format("overlap: {} {} for an array with {} axes; give one for each, or "
                    "one for all",
                    list.size(), what, ndim));
  }
  return list[list.size() == 1 ? 0 : axis];
}

struct AxisOverlap {
  Depth depth;
  Boundary boundary;

  bool extends() const { return boundary.kind() != Boundary::none; }
};

std::vector<AxisOverlap> per_axis(const OverlapOptions& options, std::size_t ndim) {
  std::vector<AxisOverlap> result;
  for (std::size_t axis = 0; axis < ndim; ++axis) {
    const AxisOverlap one{of_axis("depths", options.depth, axis, ndim),
                          of_axis("boundaries", options.boundary, axis, ndim)};
    if (one.depth.before < 0 || one.depth.after < 0) {
      throw ValueError(fmt::format("overlap: the depth of axis {} is ({}, {}); give 0 or more",
                                   axis, one.depth.before, one.depth.after));
    }
    result.push_back(one);
  }
  return result;
}

PadMode pad_mode(Boundary::Kind kind) {
  switch (kind) {
    case Boundary::reflect:
      return PadMode::symmetric;
    case Boundary::periodic:
      return PadMode::wrap;
    case Boundary::nearest:
      return PadMode::edge;
    default:
      return PadMode::constant;
  }
}

/// The array with its boundaries. Axes are padded one after the other, as each has its own mode.
Array with_boundaries(const Array& x, const std::vector<AxisOverlap>& axes) {
  Array result = x;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const auto& [depth, boundary] = axes[axis];
    if (!axes[axis].extends()) continue;
    PadWidths widths(axes.size(), {0, 0});
    widths[axis] = {depth.before, depth.after};
    result = pad(result, widths, pad_mode(boundary.kind()), {.constant_value = boundary.value()});
  }
  return result;
}

}  // namespace

Array overlap(const Array& x, const OverlapOptions& options) {
  const auto axes = per_axis(options, x.ndim());
  const auto padded = with_boundaries(x, axes);
  std::vector<std::vector<array::Run>> runs(x.ndim());
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const auto& depth = axes[axis].depth;
    const auto shift = axes[axis].extends() ? depth.before : 0;
    std::int64_t at = shift;
    for (const auto size : x.chunks()[axis]) {
      const auto begin = std::max<std::int64_t>(at - depth.before, 0);
      const auto end = std::min(at + size + depth.after, padded.shape()[axis]);
      runs[axis].push_back({begin, end - begin});
      at += size;
    }
  }
  return array::boxes(padded, runs);
}

Array trim_overlap(const Array& x, const Chunks& chunks, const OverlapOptions& options) {
  const auto axes = per_axis(options, x.ndim());
  if (array::grid_of(chunks) != x.grid()) {
    throw ValueError(fmt::format("trim_overlap: blocks of {} are none of {} with an overlap",
                                 to_string(x.chunks()), to_string(chunks)));
  }
  const auto lengths = array::shape_of(chunks);
  std::vector<std::vector<array::Run>> runs(x.ndim());
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const auto& depth = axes[axis].depth;
    std::int64_t at = 0;
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < chunks[axis].size(); ++i) {
      const auto size = chunks[axis][i];
      const auto beyond = lengths[axis] - begin - size;
      const bool extends = axes[axis].extends();
      const auto before = extends ? depth.before : std::min(depth.before, begin);
      const auto after = extends ? depth.after : std::min(depth.after, beyond);
      if (x.chunks()[axis][i] != before + size + after) {
        throw ValueError(
            fmt::format("trim_overlap: a chunk of {} along axis {}, where {} with its "
                        "overlap has {}",
                        x.chunks()[axis][i], axis, size, before + size + after));
      }
      runs[axis].push_back({at + before, size});
      at += x.chunks()[axis][i];
      begin += size;
    }
  }
  return array::boxes(x, runs);
}

namespace array {

Extended overlap_all(const std::vector<Array>& arrays, const OverlapOptions& options) {
  auto aligned = unify_chunks(broadcast_arrays(arrays));
  Extended extended{{}, aligned.front().chunks()};
  for (const auto& one : aligned) extended.arrays.push_back(overlap(one, options));
  return extended;
}

}  // namespace array
}  // namespace tartan
