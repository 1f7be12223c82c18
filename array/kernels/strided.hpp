#pragma once

// Copies between strided boxes: the one loop behind slices, transposes and rechunking.

#include <cstddef>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// Element strides of a C-ordered array.
Shape contiguous_strides(const Shape& shape);

/// to[i] = from[i] for every index i of shape, at element strides that may be negative. The boxes
/// must not overlap.
void copy_strided(std::byte* to, const Shape& to_strides, const std::byte* from,
                  const Shape& from_strides, const Shape& shape, std::size_t itemsize);

}  // namespace tartan::array
