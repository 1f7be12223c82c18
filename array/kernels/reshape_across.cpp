// Reshape across chunks: every element keeps its flat index, so a chunk of the new shape is made
// of runs that are contiguous in flat order both there and in a source.

#include <algorithm>
#include <array/kernels/flat_runs.hpp>
#include <array/kernels/shape.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

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

Chunk take_reshaped(const Shape& from_shape, std::span<const Placed> sources, const Shape& to_shape,
                    const Shape& offset, const Shape& shape) {
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
    throw ValueError(
        fmt::format("reshape: the sources hold {} of the {} elements of shape {} at {}", copied,
                    element_count(shape), to_string(shape), to_string(offset)));
  }
  return std::move(out).freeze();
}

}  // namespace tartan::array
