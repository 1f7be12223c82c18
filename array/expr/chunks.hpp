#pragma once

// Arithmetic on chunk sizes: where a block starts, which blocks a range meets. Pure functions,
// usable from any thread.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <tartan/array/chunks.hpp>
#include <tartan/base/key.hpp>
#include <vector>

namespace tartan::array {

/// The position of a block in the grid of chunks, one number per axis.
using BlockIndex = std::vector<std::int64_t>;

// ---- lengths that are not known before the array is computed ------------------------------------
// Such a length is a name, a number far below zero. Equal names are equal lengths, so arrays that
// were selected by one mask still fit each other. A name carries a bound, for estimates.

/// The name of length `number` of the lengths that `source` decides; at most `most`.
std::int64_t unknown_length(Key source, std::int64_t number, std::int64_t most);
inline bool is_unknown(std::int64_t length) { return length < -(std::int64_t{1} << 62); }
bool has_unknown(const Chunks& chunks);
/// The length, or the bound of one that is not known: less than twice what was given as `most`.
std::int64_t most_of(std::int64_t length);
/// The lengths with -1 for those that are not known, as tasks are told them.
Shape told(const Shape& shape);
/// Whether all lengths are known and one is 0.
bool is_empty(const Shape& shape);

/// One piece of a range cut along chunk boundaries: `count` elements from `offset` of block.
struct AxisPiece {
  std::int64_t block = 0;
  std::int64_t offset = 0;  ///< inside the block
  std::int64_t count = 0;
  std::int64_t position = 0;  ///< inside the range
};

/// Offsets of the chunks along an axis: one more than chunks, the last being the length. All 0 when
/// a length is not known.
std::vector<std::int64_t> boundaries(const std::vector<std::int64_t>& axis);
/// Chunk counts along every axis.
Shape grid_of(const Chunks& chunks);
/// The shape whose axes the chunks sum to; where one is not known, a name that follows from theirs.
Shape shape_of(const Chunks& chunks);
/// The shape of one block.
Shape block_shape(const Chunks& chunks, const BlockIndex& index);
/// The grid position with a number counted in C order, and back.
BlockIndex unravel(std::int64_t number, const Shape& grid);
std::int64_t ravel(const BlockIndex& index, const Shape& grid);
/// The pieces of [begin, begin + count) along an axis; none when count is 0.
std::vector<AxisPiece> pieces_of_range(const std::vector<std::int64_t>& bounds,
                                       std::int64_t begin, std::int64_t count);
/// Bytes of an array of this shape, or a bound.
std::int64_t bytes_of(const Shape& shape, DType dtype);

}  // namespace tartan::array
