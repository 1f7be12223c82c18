#pragma once

// How an array is cut into chunks. Along every axis the chunk sizes are listed explicitly and sum
// to the axis length; the chunks of an array are the grid of all combinations. An axis of length
// 0 has one chunk of size 0, so every array has at least one chunk. A 0-d array has exactly one.
//
// Users write a ChunkSpec: one size per axis (`{20'000, 20}`), -1 for the whole axis, a list of
// sizes (`{{3, 4, 3}, 20}`), or nothing at all: then chunks of a 64th of the array, but 4 MiB to
// kDefaultChunkBytes (or what TARTAN_ARRAY__CHUNK_BYTES in the environment says) are cut from
// the first axes, the last ones staying whole, so that they are contiguous in C order.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace tartan {

/// Chunk sizes per axis.
using Chunks = std::vector<std::vector<std::int64_t>>;

/// Most bytes of one chunk when the user gives no chunk sizes. Big enough that a task's fixed cost
/// does not show, small enough that a few per thread fit in memory and in the last-level cache
/// of a node.
inline constexpr std::int64_t kDefaultChunkBytes = std::int64_t{16} << 20;

/// The sizes along one axis: one size repeated (-1: the whole axis), or the full list.
class AxisChunks {
 public:
  AxisChunks(std::int64_t size) : sizes_{size} {}  // NOLINT: 20'000 is to read as a size
  AxisChunks(std::initializer_list<std::int64_t> sizes) : sizes_(sizes), listed_(true) {}
  AxisChunks(std::vector<std::int64_t> sizes) : sizes_(std::move(sizes)), listed_(true) {}

  bool listed() const { return listed_; }
  const std::vector<std::int64_t>& sizes() const { return sizes_; }

 private:
  std::vector<std::int64_t> sizes_;
  bool listed_ = false;
};

/// What a user says about chunks; see the page above.
class ChunkSpec {
 public:
  ChunkSpec() = default;
  ChunkSpec(std::initializer_list<AxisChunks> axes) : axes_(axes), automatic_(false) {}
  ChunkSpec(const Chunks& chunks) : axes_(chunks.begin(), chunks.end()), automatic_(false) {}

  bool automatic() const { return automatic_; }
  const std::vector<AxisChunks>& axes() const { return axes_; }

  /// The explicit sizes for an array of this shape and element size. Throws ValueError naming the
  /// axis when sizes are not positive or do not sum to its length.
  Chunks resolve(std::span<const std::int64_t> shape, std::size_t item_bytes) const;

 private:
  std::vector<AxisChunks> axes_;
  bool automatic_ = true;
};

/// Chunk sizes of about target_bytes, first axes cut first.
Chunks automatic_chunks(std::span<const std::int64_t> shape, std::size_t item_bytes,
                        std::int64_t target_bytes = kDefaultChunkBytes);
/// An axis cut into pieces of `size`, the last one smaller; {0} for length 0.
std::vector<std::int64_t> cut_axis(std::int64_t length, std::int64_t size);

/// "((5000, 5000), (20))"; long lists are shortened as "500 x 20000".
std::string to_string(const Chunks& chunks);

}  // namespace tartan
