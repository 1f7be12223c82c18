#pragma once

// Choosing elements of a chunk by a mask.

#include <cstddef>
#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// The parts of the chunk where the mask (bool, with the lengths of the chunk's first axes) is true,
/// in C order: shape (number of them, the other axes).
Chunk select(const Chunk& chunk, const Chunk& mask);

/// The indices along one axis of the chunk's elements that are not 0, in C order, `offset` added.
Chunk nonzero(const Chunk& chunk, std::size_t axis, std::int64_t offset);

}  // namespace tartan::array
