#pragma once

// Kernels that move elements by indices: gathering from blocks of an array, and taking and putting
// along an axis inside one chunk.

#include <algorithm>
#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// What is gathered from: `bounds` are the boundaries of the blocks along the gathered axes, which
/// are neighbours and begin with `axis`. Throws ValueError for boundaries that are none.
struct GatherGrid {
  GatherGrid(std::size_t first, std::vector<std::vector<std::int64_t>> cuts);

  std::size_t axis;
  std::vector<std::vector<std::int64_t>> bounds;
  std::vector<double> guess;  ///< per axis, blocks per element if all were like the first
};

/// The block a point lies in, by its number in C order over the gathered axes, and the point's
/// place in the block, counted likewise. The point lies inside the bounds. Most axes are cut
/// evenly: there the guess, a product instead of a search, is right.
struct GatherPlace {
  std::int64_t block = 0;
  std::int64_t offset = 0;
};
inline GatherPlace locate(const GatherGrid& grid, const std::int64_t* point) {
  GatherPlace place;
  for (std::size_t d = 0; d < grid.bounds.size(); ++d) {
    const auto& bounds = grid.bounds[d];
    const auto count = static_cast<std::int64_t>(bounds.size()) - 1;
    auto block = static_cast<std::int64_t>(static_cast<double>(point[d]) * grid.guess[d]);
    block = block < count ? block : count - 1;
    const auto* at = bounds.data() + block;
    if (point[d] < at[0] || point[d] >= at[1]) {
      block = std::upper_bound(bounds.begin(), bounds.end(), point[d]) - bounds.begin() - 1;
      at = bounds.data() + block;
    }
    place.block = place.block * count + block;
    place.offset = place.offset * (at[1] - at[0]) + point[d] - at[0];
  }
  return place;
}

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
/// The same where x is many blocks along the axis: the elements of one, whose first along the axis is
/// `begin`, that the indices name, 1-d in C order of the indices; and the elements of all such parts
/// together. The grid has the one axis.
Chunk take_along_part(const Chunk& x, const Chunk& indices, std::size_t axis, std::int64_t begin);
Chunk take_along_join(const GatherGrid& grid, const Chunk& indices, std::span<const Chunk> parts,
                      DType dtype);
/// A copy of x with x[.., indices[.., i, ..], ..] = values[.., i, ..], the last i winning.
Chunk put_along(const Chunk& x, const Chunk& indices, const Chunk& values, std::size_t axis);

}  // namespace tartan::array
