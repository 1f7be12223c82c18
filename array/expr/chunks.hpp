#pragma once

// Arithmetic on chunk sizes: where a block starts, which blocks a range meets. Pure functions,
// usable from any thread.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <tartan/array/chunks.hpp>
#include <vector>

namespace tartan::array {

/// The position of a block in the grid of chunks, one number per axis.
using BlockIndex = std::vector<std::int64_t>;

/// One piece of a range cut along chunk boundaries: `count` elements from `offset` of block.
struct AxisPiece {
  std::int64_t block = 0;
  std::int64_t offset = 0;  ///< inside the block
  std::int64_t count = 0;
  std::int64_t position = 0;  ///< inside the range
};

/// Offsets of the chunks along an axis: one more than chunks, the last being the length.
std::vector<std::int64_t> boundaries(const std::vector<std::int64_t>& axis);
/// Chunk counts along every axis.
Shape grid_of(const Chunks& chunks);
/// The shape whose axes the chunks sum to.
Shape shape_of(const Chunks& chunks);
/// The shape of one block.
Shape block_shape(const Chunks& chunks, const BlockIndex& index);
/// The grid position with a number counted in C order, and back.
BlockIndex unravel(std::int64_t number, const Shape& grid);
std::int64_t ravel(const BlockIndex& index, const Shape& grid);
/// The pieces of [begin, begin + count) along an axis; none when count is 0.
std::vector<AxisPiece> pieces_of_range(const std::vector<std::int64_t>& bounds,
                                       std::int64_t begin, std::int64_t count);
/// Bytes of an array of this shape.
std::int64_t bytes_of(const Shape& shape, DType dtype);

}  // namespace tartan::array
