#pragma once

// A kernel that works on rows in memory, applied along any axis of a chunk.

#include <array/kernels/shape.hpp>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// The chunk with the axis as the last one, as a matrix of rows; shares memory when it is the last.
inline Chunk rows_along(const Chunk& chunk, std::size_t axis) {
  const auto n = chunk.shape[axis];
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t d = 0; d < axis; ++d) outer *= chunk.shape[d];
  for (std::size_t d = axis + 1; d < chunk.shape.size(); ++d) inner *= chunk.shape[d];
  if (inner == 1) return reshape(chunk, {outer, n});
  const int axes[] = {0, 2, 1};
  return reshape(transpose(reshape(chunk, {outer, n, inner}), axes), {outer * inner, n});
}

/// Rows with `count` elements each put back where the chunk's rows along the axis came from.
inline Chunk rows_back(const Chunk& rows, const Shape& shape, std::size_t axis,
                       std::int64_t count) {
  auto to = shape;
  to[axis] = count;
  std::int64_t inner = 1;
  for (std::size_t d = axis + 1; d < shape.size(); ++d) inner *= shape[d];
  if (inner == 1) return reshape(rows, to);
  const std::int64_t outer = rows.size() / std::max<std::int64_t>(inner * count, 1);
  const int axes[] = {0, 2, 1};
  return reshape(transpose(reshape(rows, {outer, inner, count}), axes), to);
}

/// work(rows, out, n) with the rows of length n, which fills rows of the same length.
template <class Work>
Chunk by_rows(const Chunk& chunk, std::size_t axis, DType dtype, const Work& work) {
  const auto rows = rows_along(chunk, axis);
  MutableChunk out(dtype, rows.shape);
  if (rows.size() != 0) work(rows, out, static_cast<std::size_t>(chunk.shape[axis]));
  return rows_back(std::move(out).freeze(), chunk.shape, axis, chunk.shape[axis]);
}

}  // namespace tartan::array
