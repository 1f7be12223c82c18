#pragma once

// Chunks made from nothing. Arguments describe the whole array and the chunk's place in it, so
// that every chunking gives the same array.

#include <cstdint>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

Chunk full(const Shape& shape, const Scalar& value, DType dtype);

/// Elements offset, offset + 1, ... of start + i * step, computed in int64 for integer dtypes and
/// in float64 otherwise, each from its own index.
Chunk arange(const Scalar& start, const Scalar& step, std::int64_t offset, std::int64_t count,
             DType dtype);

/// Elements of NumPy's linspace(start, stop, num, endpoint) from offset on; the last is stop
/// itself when endpoint is true.
Chunk linspace(const Scalar& start, const Scalar& stop, std::int64_t num, bool endpoint,
               std::int64_t offset, std::int64_t count, DType dtype);

/// The block at (row, column) of a matrix with ones on diagonal k (column - row == k).
Chunk eye(const Shape& shape, std::int64_t row, std::int64_t column, std::int64_t k, DType dtype);

}  // namespace tartan::array
