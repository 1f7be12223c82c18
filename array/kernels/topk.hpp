#pragma once

#include <array/kernels/sort.hpp>

namespace tartan::array {

/// The `count` largest (or smallest) elements along the axis, the first in order first: values and
/// positions (int64) along the axis. Without positions of their own, elements are numbered from
/// offset. All elements when there are fewer.
Run top_elements(const Chunk& values, const Chunk* positions, std::size_t axis, std::int64_t offset,
                 std::int64_t count, bool largest);

}  // namespace tartan::array
