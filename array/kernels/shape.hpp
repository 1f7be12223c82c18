#pragma once

// Kernels that move elements without computing: slices, transposes, and putting chunks together
// from pieces of others, which is what rechunking, concatenation and reshaping come down to.
// All return fresh C-contiguous chunks, except where they can hand on the same memory.

#include <array/kernels/program.hpp>
#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// One axis of a slice: start, start + step, ... count elements. A negative step flips.
struct AxisRange {
  std::int64_t start = 0;
  std::int64_t count = 0;
  std::int64_t step = 1;
  friend bool operator==(const AxisRange&, const AxisRange&) = default;
};
/// One range per axis. Throws ValueError when one leaves the chunk. Shares memory when the slice
/// is a contiguous part.
Chunk slice(const Chunk& chunk, std::span<const AxisRange> ranges);

/// Axis i of the result is axis axes[i] of the chunk.
Chunk transpose(const Chunk& chunk, std::span<const int> axes);

/// The same elements under another shape of equal size; shares memory.
Chunk reshape(const Chunk& chunk, Shape shape);

Chunk astype(const Chunk& chunk, DType dtype);

/// The chunk broadcast to a shape it broadcasts to.
Chunk broadcast_to(const Chunk& chunk, const Shape& shape);

/// Every element along the axis `count` times in a row; count is not negative.
Chunk repeat(const Chunk& chunk, std::size_t axis, std::int64_t count);

/// A box of a source chunk and where it goes. shape applies to both.
struct Piece {
  std::uint32_t source = 0;  ///< index into sources
  Shape source_offset;
  Shape shape;
  Shape offset;
};
/// A chunk of the given shape made of pieces, which cover it without overlap (checked by their
/// sizes: ValueError). All sources have the dtype.
Chunk assemble(DType dtype, const Shape& shape, std::span<const Chunk> sources,
               std::span<const Piece> pieces);

/// A source chunk and its offset in the array it is a part of.
struct Placed {
  Chunk chunk;
  Shape offset;
};
/// Reshape across chunks: the chunk at `offset` of shape `shape` in the array seen as to_shape,
/// whose elements come in the same flat order from chunks of the array seen as from_shape.
/// Throws ValueError when sources do not hold every element needed.
Chunk take_reshaped(const Shape& from_shape, std::span<const Placed> sources, const Shape& to_shape,
                    const Shape& offset, const Shape& shape);

}  // namespace tartan::array
