#include <array/kernels/strided.hpp>
#include <array/kernels/view.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

void check_range(const AxisRange& range, std::size_t axis, const Shape& shape) {
  const auto inside = [&](std::int64_t i) { return i >= 0 && i < shape[axis]; };
  const auto last = range.start + (range.count - 1) * range.step;
  if (range.count >= 0 && (range.count == 0 || (inside(range.start) && inside(last)))) return;
  throw ValueError(fmt::format("{} elements from {} in steps of {} leave axis {} of shape {}",
                               range.count, range.start, range.step, axis, to_string(shape)));
}

}  // namespace

View::View(Chunk whole)
    : chunk(std::move(whole)), shape(chunk.shape), strides(contiguous_strides(shape)) {}

View::View(Chunk whole, std::span<const AxisRange> ranges, std::span<const int> axes)
    : chunk(std::move(whole)) {
  if (ranges.size() != chunk.shape.size()) {
    throw ValueError(
        fmt::format("{} ranges for a chunk of shape {}", ranges.size(), to_string(chunk.shape)));
  }
  const Shape whole_strides = contiguous_strides(chunk.shape);
  std::int64_t elements = 1;
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    check_range(ranges[axis], axis, chunk.shape);
    elements *= ranges[axis].count;
    if (ranges[axis].count > 0) first += whole_strides[axis] * ranges[axis].start;
  }
  std::vector<bool> named(ranges.size(), false);
  bool fits = true;
  for (const int axis : axes) {
    if (axis < 0) {
      shape.push_back(1);
      strides.push_back(0);
      continue;
    }
    const auto at = static_cast<std::size_t>(axis);
    if (at >= ranges.size() || named[at]) {
      fits = false;
      break;
    }
    named[at] = true;
    shape.push_back(ranges[at].count);
    strides.push_back(whole_strides[at] * ranges[at].step);
  }
  if (!fits || size() != elements) {
    throw ValueError(fmt::format("axes {} are no view of shape {}",
                                 to_string(Shape(axes.begin(), axes.end())),
                                 to_string(chunk.shape)));
  }
}

const std::byte* View::data() const {
  return chunk.data.data() + static_cast<std::size_t>(first) * itemsize(chunk.dtype);
}

bool View::is_contiguous() const {
  std::int64_t expected = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] != 1 && strides[axis] != expected) return false;
    expected *= shape[axis];
  }
  return true;
}

Chunk View::dense() const {
  const auto count = static_cast<std::size_t>(size());
  if (count == 0) return MutableChunk(chunk.dtype, shape).freeze();
  const std::size_t bytes = itemsize(chunk.dtype);
  if (is_contiguous()) {
    return Chunk{chunk.dtype, shape,
                 chunk.data.slice(static_cast<std::size_t>(first) * bytes, count * bytes)};
  }
  MutableChunk out(chunk.dtype, shape);
  copy_strided(out.data(), contiguous_strides(shape), data(), strides, shape, bytes);
  return std::move(out).freeze();
}

}  // namespace tartan::array
