#pragma once

// Cutting pieces out of blocks in tasks of their own, so that a worker elsewhere fetches the piece
// and not the block.

#include <array/kernels/shape.hpp>
#include <cstdint>
#include <tartan/graph/graph.hpp>
#include <vector>

namespace tartan::array {

/// Whether a piece of these bytes is to be cut out of its block before it is put together with
/// others: when it is less than half of it, and the block not too small for that to matter.
bool worth_cutting(std::int64_t piece_bytes, std::int64_t block_bytes);

/// The arguments of tasks::slice: one range per axis of the block, and the shape of the result.
ArgumentWriter slice_arguments(const std::vector<AxisRange>& ranges, const Shape& shape);

}  // namespace tartan::array
