#pragma once

// Kernels that move elements by indices: gathering from blocks of an array, and taking and putting
// along an axis inside one chunk.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// What is gathered from: `bounds` are the boundaries of the blocks along the gathered axes, which
/// are neighbours and begin with `axis`.
struct GatherGrid {
  std::size_t axis = 0;
  std::vector<std::vector<std::int64_t>> bounds;
};

/// One block of it, or what gather_part made of one.
struct GatherSource {
  Chunk chunk;
  std::int64_t block = 0;  ///< its number in C order over the gathered axes
  bool is_part = false;
};

/// The elements of the points that lie in the block: the gathered axes become one, which has the
/// points in their order. points is int64 of the shape (count, gathered axes).
Chunk gather_part(const GatherGrid& grid, const Chunk& points, const Chunk& chunk,
                  std::int64_t block);
/// The elements of all points, as the one axis that takes the place of the gathered ones. Sources
/// are in the order of their numbers. Throws ValueError when a point lies in none of them.
Chunk gather_join(const GatherGrid& grid, const Chunk& points,
                  std::span<const GatherSource> sources, DType dtype, const Shape& shape);

/// out[.., i, ..] = x[.., indices[.., i, ..], ..] along the axis; the other lengths agree.
Chunk take_along(const Chunk& x, const Chunk& indices, std::size_t axis);
/// A copy of x with x[.., indices[.., i, ..], ..] = values[.., i, ..], the last i winning.
Chunk put_along(const Chunk& x, const Chunk& indices, const Chunk& values, std::size_t axis);

}  // namespace tartan::array
