#pragma once

// A bijection of 0..n-1 that a seed chooses, and rows of chunks that are moved by it. Small ones
// are shuffled (Fisher and Yates), each like any other; large ones are a Feistel network over the
// next power of four, walked until it comes back below n: any element alone, without memory.

#include <array>
#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

class Permutation {
 public:
  Permutation(std::int64_t n, std::uint64_t seed);
  std::int64_t size() const { return static_cast<std::int64_t>(n_); }
  /// The place that element i goes to.
  std::int64_t operator()(std::int64_t i) const;

  /// Up to so many are shuffled.
  static constexpr std::int64_t kShuffled = 1 << 14;

 private:
  std::uint64_t network(std::uint64_t i) const;

  std::uint64_t n_;
  unsigned half_ = 0;
  std::array<std::uint64_t, 8> keys_{};
  std::vector<std::int64_t> table_;
};

/// The chunk's rows, of which the first is number `first` of the whole, sorted by the part of the
/// result they go to; bounds are those of the parts. Two chunks a part: the rows and the places
/// they go to (int64). All are views of two pieces of memory.
std::vector<Chunk> split_rows(const Chunk& chunk, std::int64_t first,
                              const Permutation& permutation, std::span<const std::int64_t> bounds);
/// A chunk whose row p - origin is the row with place p, from pairs as above. Throws ValueError
/// when they do not fill it.
Chunk merge_rows(DType dtype, const Shape& shape, std::int64_t origin,
                 std::span<const Chunk> pairs);

}  // namespace tartan::array
