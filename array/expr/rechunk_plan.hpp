#pragma once

// How an array gets from one chunking to another. Either every block is cut into the pieces that
// the new blocks are made of, or it goes through chunkings in between: rows to columns of n blocks
// each are n^2 pieces at once, 2 n^1.5 through blocks of sqrt(n) by sqrt(n), 3 n^(4/3) in three
// steps. More steps are fewer and larger pieces, but move all bytes once more each. Pure functions.

#include <tartan/array/chunks.hpp>
#include <vector>

namespace tartan::array {

/// What the steps of a rechunk come to.
struct RechunkCost {
  double pieces = 0;
  double blocks = 0;  ///< that are put together
  double bytes = 0;   ///< that are moved
  /// Of work, roughly: a task costs some microseconds, a byte is copied at 2 GB/s.
  double seconds() const;
};

RechunkCost rechunk_cost(const Chunks& from, const Chunks& to, std::size_t item_bytes);
/// The chunkings after each step, the last of which is `to`: those that take the least work. Their
/// blocks are at most a quarter larger than the largest of `from`, `to` and kDefaultChunkBytes.
/// Pieces of large arrays are large enough to be written to disk wherever that can be had.
std::vector<Chunks> rechunk_steps(const Chunks& from, const Chunks& to, std::size_t item_bytes);

}  // namespace tartan::array
