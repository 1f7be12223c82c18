// Reshape across chunks: every element keeps its flat index, so a chunk of the new shape is made
// of runs that are contiguous in flat order both there and in a source.

#include <fmt/format.h>

#include <algorithm>
#include <array/kernels/shape.hpp>
#include <array/kernels/strided.hpp>
#include <cstring>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

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

/// Copies what the source and the target have in common; returns how many elements.
std::int64_t copy_common(const FlatRuns& target, std::byte* out, const FlatRuns& source,
                         const std::byte* in, std::size_t size) {
  std::int64_t copied = 0;
  std::int64_t s = target.count() > 0 ? source.first_after(target.start(0)) : source.count();
  std::int64_t t = s < source.count() ? target.first_after(source.start(s)) : target.count();
  while (s < source.count() && t < target.count()) {
    const std::int64_t source_start = source.start(s);
    const std::int64_t target_start = target.start(t);
    const std::int64_t begin = std::max(source_start, target_start);
    const std::int64_t source_end = source_start + source.length();
    const std::int64_t target_end = target_start + target.length();
    const std::int64_t end = std::min(source_end, target_end);
    if (begin < end) {
      std::memcpy(out + static_cast<std::size_t>(t * target.length() + begin - target_start) * size,
                  in + static_cast<std::size_t>(s * source.length() + begin - source_start) * size,
                  static_cast<std::size_t>(end - begin) * size);
      copied += end - begin;
    }
    if (source_end <= target_end) ++s;
    if (target_end <= source_end) ++t;
  }
  return copied;
}

}  // namespace

Chunk take_reshaped(const Shape& from_shape, std::span<const Placed> sources,
                    const Shape& to_shape, const Shape& offset, const Shape& shape) {
  if (sources.empty()) throw ValueError("reshape: a chunk without sources");
  const DType dtype = sources[0].chunk.dtype;
  MutableChunk out(dtype, shape);
  if (out.nbytes() == 0) return std::move(out).freeze();
  const FlatRuns target(to_shape, offset, shape);
  std::int64_t copied = 0;
  for (const Placed& source : sources) {
    if (source.chunk.dtype != dtype) throw TypeError("reshape: sources of different dtypes");
    if (source.chunk.data.empty()) continue;
    const FlatRuns runs(from_shape, source.offset, source.chunk.shape);
    copied += copy_common(target, out.data(), runs, source.chunk.data.data(), itemsize(dtype));
  }
  if (copied != element_count(shape)) {
    throw ValueError(fmt::format("reshape: the sources hold {} of the {} elements of shape {} at {}",
                                 copied, element_count(shape), to_string(shape),
                                 to_string(offset)));
  }
  return std::move(out).freeze();
}

}  // namespace tartan::array
