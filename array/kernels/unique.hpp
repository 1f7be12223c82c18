#pragma once

// The distinct elements of chunks, and where they are.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// Distinct values in ascending order, where each is first (int64), and how often it occurs
/// (int64).
using Distinct = std::vector<Chunk>;

/// Of the chunk's elements, whose positions are offset, offset + 1, ...
Distinct distinct_elements(const Chunk& chunk, std::int64_t offset, bool equal_nan);
/// Of all, which come from chunks one after the other.
Distinct merge_distinct(std::span<const Distinct> parts, bool equal_nan);
/// int64: which of the distinct values each element of the chunk is.
Chunk inverse_of(const Chunk& chunk, std::int64_t offset, const Distinct& distinct, bool equal_nan);

}  // namespace tartan::array
