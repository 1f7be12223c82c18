#pragma once

// A chunk seen around some of its axes, as most kernels that work along an axis see it.

#include <cstddef>
#include <fmt/format.h>
#include <tartan/array/chunk.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {

struct Extent {
  std::size_t outer = 1;   ///< elements of the axes before
  std::size_t length = 1;  ///< of the axes themselves
  std::size_t inner = 1;   ///< of those behind
};

/// Around `axes` neighbouring axes from `axis`. Throws ValueError when there are not as many.
inline Extent extent_of(const Shape& shape, std::size_t axis, std::size_t axes = 1) {
  if (axis + axes > shape.size()) {
    throw ValueError(
        fmt::format("{} axes from axis {} of a chunk of shape {}", axes, axis, to_string(shape)));
  }
  Extent extent;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    auto& part = d < axis ? extent.outer : d < axis + axes ? extent.length : extent.inner;
    part *= static_cast<std::size_t>(shape[d]);
  }
  return extent;
}

}  // namespace tartan::array
