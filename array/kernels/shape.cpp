#include <algorithm>
#include <array/kernels/shape.hpp>
#include <array/kernels/strided.hpp>
#include <array/kernels/view.hpp>
#include <cstring>
#include <fmt/format.h>
#include <numeric>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

bool fits_box(const Shape& offset, const Shape& shape, const Shape& whole) {
  if (offset.size() != whole.size() || shape.size() != whole.size()) return false;
  for (std::size_t d = 0; d < whole.size(); ++d) {
    if (offset[d] < 0 || shape[d] < 0 || offset[d] + shape[d] > whole[d]) return false;
  }
  return true;
}

std::int64_t dot(const Shape& a, const Shape& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), std::int64_t{0});
}

/// Part of a chunk's memory as a chunk of its own.
Chunk share(const Chunk& chunk, std::int64_t first, Shape shape) {
  const std::size_t size = itemsize(chunk.dtype);
  const auto count = static_cast<std::size_t>(element_count(shape));
  return Chunk{chunk.dtype, std::move(shape),
               chunk.data.slice(static_cast<std::size_t>(first) * size, count * size)};
}

bool is_contiguous(const Shape& shape, const Shape& strides) {
  std::int64_t expected = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] != 1 && strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

}  // namespace

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return strides;
}

Chunk slice(const Chunk& chunk, std::span<const AxisRange> ranges) {
  std::vector<int> axes(ranges.size());
  std::iota(axes.begin(), axes.end(), 0);
  return View(chunk, ranges, axes).dense();
}

Chunk transpose(const Chunk& chunk, std::span<const int> axes) {
  std::vector<AxisRange> ranges;
  for (const auto length : chunk.shape) ranges.push_back({0, length, 1});
  const bool permutes = axes.size() == ranges.size() &&
                        std::none_of(axes.begin(), axes.end(), [](int axis) { return axis < 0; });
  if (!permutes) {
    throw ValueError(fmt::format("axes {} do not permute those of shape {}",
                                 to_string(Shape(axes.begin(), axes.end())),
                                 to_string(chunk.shape)));
  }
  return View(chunk, ranges, axes).dense();
}

Chunk reshape(const Chunk& chunk, Shape shape) {
  if (element_count(shape) != element_count(chunk.shape)) {
    throw ValueError(fmt::format("shape {} cannot be seen as {}: they differ in size",
                                 to_string(chunk.shape), to_string(shape)));
  }
  return Chunk{chunk.dtype, std::move(shape), chunk.data};
}

Chunk astype(const Chunk& chunk, DType dtype) {
  if (chunk.dtype == dtype) return chunk;
  ProgramBuilder builder;
  const auto result = builder.cast(builder.input(chunk.dtype), dtype);
  return run(builder.finish(result), std::span<const Chunk>(&chunk, 1), chunk.shape);
}

Chunk broadcast_to(const Chunk& chunk, const Shape& shape) {
  if (chunk.shape == shape) return chunk;
  return run(Program::identity(chunk.dtype), std::span<const Chunk>(&chunk, 1), shape);
}

Chunk repeat(const Chunk& chunk, std::size_t axis, std::int64_t count) {
  if (axis >= chunk.shape.size() || count < 0) {
    throw ValueError(fmt::format("repeat: axis {} of shape {}, {} times", axis,
                                 to_string(chunk.shape), count));
  }
  auto shape = chunk.shape;
  shape[axis] *= count;
  MutableChunk out(chunk.dtype, shape);
  if (element_count(shape) == 0) return std::move(out).freeze();
  // Seen with one axis more, along which the source does not move.
  const auto behind = static_cast<std::ptrdiff_t>(axis) + 1;
  auto seen = chunk.shape;
  seen.insert(seen.begin() + behind, count);
  auto strides = contiguous_strides(chunk.shape);
  strides.insert(strides.begin() + behind, 0);
  copy_strided(out.data(), contiguous_strides(seen), chunk.data.data(), strides, seen,
               itemsize(chunk.dtype));
  return std::move(out).freeze();
}

Chunk assemble(DType dtype, const Shape& shape, std::span<const Chunk> sources,
               std::span<const Piece> pieces) {
  std::int64_t covered = 0;
  for (const Piece& piece : pieces) {
    if (piece.source >= sources.size()) throw ValueError("assemble: a piece of no source");
    const Chunk& source = sources[piece.source];
    if (source.dtype != dtype) {
      throw TypeError(fmt::format("assemble: a source is {}, not {}", tartan::name(source.dtype),
                                  tartan::name(dtype)));
    }
    if (!fits_box(piece.source_offset, piece.shape, source.shape) ||
        !fits_box(piece.offset, piece.shape, shape)) {
      throw ValueError(
          fmt::format("assemble: a piece of shape {} at {} of a source of shape {} "
                      "does not fit {} of the result of shape {}",
                      to_string(piece.shape), to_string(piece.source_offset),
                      to_string(source.shape), to_string(piece.offset), to_string(shape)));
    }
    covered += element_count(piece.shape);
  }
  if (covered != element_count(shape)) {
    throw ValueError(fmt::format("assemble: pieces of {} elements make no chunk of shape {}",
                                 covered, to_string(shape)));
  }
  // One piece that is the whole result, and lies in a row, needs no copy.
  if (pieces.size() == 1 && covered > 0) {
    const Chunk& source = sources[pieces[0].source];
    const Shape strides = contiguous_strides(source.shape);
    if (is_contiguous(shape, strides)) {
      return share(source, dot(pieces[0].source_offset, strides), shape);
    }
  }
  MutableChunk out(dtype, shape);
  const std::size_t size = itemsize(dtype);
  const Shape to_strides = contiguous_strides(shape);
  for (const Piece& piece : pieces) {
    if (element_count(piece.shape) == 0) continue;
    const Chunk& source = sources[piece.source];
    const Shape strides = contiguous_strides(source.shape);
    copy_strided(
        out.data() + static_cast<std::size_t>(dot(piece.offset, to_strides)) * size, to_strides,
        source.data.data() + static_cast<std::size_t>(dot(piece.source_offset, strides)) * size,
        strides, piece.shape, size);
  }
  return std::move(out).freeze();
}

}  // namespace tartan::array
