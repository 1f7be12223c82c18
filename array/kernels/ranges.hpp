#pragma once

// Finding the ranges that numbers lie in, many at a time. Ranges follow each other between
// ascending edges; they contain their lower edge, the last one its upper edge too.

#include <cstddef>
#include <cstdint>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

class Ranges {
 public:
  /// Numbers that are looked up at a time stay in the nearest cache.
  static constexpr std::size_t kTile = 1024;

  /// uniform: all ranges have about one width. Throws ValueError when the edges descend.
  Ranges(const Chunk& edges, bool uniform);

  /// How many there are; fewer than 2^30.
  std::int32_t bins() const { return bins_; }
  /// at[i] is the number of the range that element begin + i of the chunk, which has a real dtype,
  /// is in, and bins() where it is in none; count <= kTile.
  void locate(const Chunk& chunk, std::size_t begin, std::size_t count, std::int32_t* at) const;

 private:
  void locate(const double* in, std::size_t count, std::int32_t* at) const;

  std::vector<double> edges_;  ///< then infinities up to a power of two
  std::int32_t bins_;
  bool uniform_;
  double scale_ = 0;
  double slack_ = 0;
};

}  // namespace tartan::array
