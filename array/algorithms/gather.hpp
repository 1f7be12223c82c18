#pragma once

// What indexing by arrays of indices comes down to: indices that are known to be right, and the
// elements of an array at points.

#include <array/expr/node.hpp>
#include <optional>
#include <string>
#include <tartan/array/array.hpp>
#include <vector>

namespace tartan::array {

/// Where indices may point, and whom to name when they do not.
struct IndexRange {
  std::string who;
  std::int64_t axis = 0;
  std::int64_t length = 0;
  bool from_end = true;  ///< negative ones count from the end
};
/// The indices as numbers from 0. Throws ValueError naming the one outside.
std::vector<std::int64_t> known_indices(std::vector<std::int64_t> indices, const IndexRange& range);
/// The same of an array, in int64; the task throws. TypeError when it holds no integers.
Array checked_indices(const Array& indices, const IndexRange& range);
/// The same of an array given by the program, 1-d, without a copy where nothing counts from the end;
/// none when it is computed.
std::optional<Chunk> literal_points(const Array& indices, const IndexRange& range);
/// The elements of an array given by the program as a list of int64; none when it is computed.
std::optional<std::vector<std::int64_t>> literal_indices(const Array& indices);

/// The elements of x at points, which index `axes` neighbouring axes of x from `axis`. These become
/// one axis that has the points, in the chunks given. With known points, int64 and right, every block
/// reads those blocks of x that it needs.
Array gather_known(const Array& x, std::size_t axis, std::size_t axes, const Chunk& points,
                   std::vector<std::int64_t> chunks);
/// points: int64, (count, axes), of which axis 1 is one chunk. Every block reads all blocks of x
/// along the axes.
Array gather_unknown(const Array& x, std::size_t axis, const Array& points);

}  // namespace tartan::array
