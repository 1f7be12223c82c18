#pragma once

// A chunk as runs of elements that are neighbours in the flat order of the whole array.

#include <array/kernels/strided.hpp>
#include <cstdint>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// The runs of a box in flat order: all have the same length, and lie in the box's own memory one
/// after another.
class FlatRuns {
 public:
  FlatRuns(const Shape& whole, const Shape& offset, const Shape& shape)
      : whole_strides_(contiguous_strides(whole)), offset_(offset), shape_(shape) {
    // The innermost axes that are taken in full, and one more, form a run.
    outer_ = shape.size();
    while (outer_ > 0) {
      --outer_;
      length_ *= shape[outer_];
      if (shape[outer_] != whole[outer_]) break;
    }
    for (std::size_t d = 0; d < outer_; ++d) count_ *= shape[d];
  }

  std::int64_t length() const { return length_; }
  std::int64_t count() const { return count_; }
  /// The flat index in the whole array at which run number r begins; increasing with r.
  std::int64_t start(std::int64_t r) const {
    std::int64_t flat = 0;
    for (std::size_t d = shape_.size(); d-- > outer_;) flat += offset_[d] * whole_strides_[d];
    for (std::size_t d = outer_; d-- > 0;) {
      flat += (offset_[d] + r % shape_[d]) * whole_strides_[d];
      r /= shape_[d];
    }
    return flat;
  }
  /// The first run that ends after the flat index.
  std::int64_t first_after(std::int64_t flat) const {
    std::int64_t low = 0;
    std::int64_t high = count_;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (start(middle) + length_ > flat) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

 private:
  Shape whole_strides_;
  Shape offset_;
  Shape shape_;
  std::size_t outer_ = 0;
  std::int64_t length_ = 1;
  std::int64_t count_ = 1;
};

}  // namespace tartan::array
