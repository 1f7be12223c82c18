#pragma once

// A source whose elements do not lie in the order they are wanted in (a transpose, a flipped or
// stepped slice), copied out a panel at a time: a run of the wanted order that fits the
// second-level cache, and of a transpose at least as many rows as a cache line of the source has
// elements, so that each line is read once. Tiles are then pointers into the panel.

#include <cstdint>
#include <tartan/array/chunk.hpp>
#include <tartan/base/buffer.hpp>

namespace tartan::array {

/// Most bytes of a panel and what else a turned source needs.
inline constexpr std::int64_t kMostPanelBytes = std::int64_t{4} << 20;

class TurnedSource {
 public:
  /// The memory must outlive it. No axis has length 0.
  TurnedSource(const std::byte* data, std::size_t itemsize, Shape shape, Shape strides);

  /// Elements [start, start + n) in C order, n at most kTileElements; valid until the next call.
  const std::byte* get(std::int64_t start, std::size_t n);

 private:
  void choose_panel();
  /// Copies the panel that holds element `start`.
  void load(std::int64_t start);

  const std::byte* data_;
  std::size_t itemsize_;
  Shape shape_;
  Shape strides_;
  std::size_t axis_ = 0;    ///< the axis that panels divide; they hold those behind it in full
  std::int64_t along_ = 1;  ///< indices along that axis in a panel
  std::int64_t inner_ = 1;  ///< elements of one such index
  std::int64_t begin_ = 0;  ///< elements in the panel now
  std::int64_t end_ = 0;
  MutableBuffer panel_;
  MutableBuffer seam_;  ///< for a tile that begins in one panel and ends in another
};

}  // namespace tartan::array
