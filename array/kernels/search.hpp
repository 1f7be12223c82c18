#pragma once

// Finding the elements of a chunk in a 1-d chunk of the same dtype, by the order of
// order_image.hpp.

#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// int64: how many elements of `sorted` come before each value (or are not after it), added to what
/// `before` says for earlier parts of the sorted array.
Chunk search_sorted(const Chunk& values, const Chunk& sorted, bool right, const Chunk* before);
/// bool: whether each value is in `sorted`, or was in an earlier part. NaN is in nothing.
Chunk is_in(const Chunk& values, const Chunk& sorted, const Chunk* before);
/// int64: the range of each value. Throws ValueError for bins that neither ascend nor descend.
Chunk digitize(const Chunk& values, const Chunk& bins, bool right);
/// chunk[indices], both 1-d. Throws ValueError for an index that is outside.
Chunk gather(const Chunk& chunk, const Chunk& indices);

}  // namespace tartan::array
