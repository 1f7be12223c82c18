#pragma once

// More arrays made from numbers, from vectors and from their places.

#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <vector>

namespace tartan {

/// An array of what there is: an array itself, a number (0-d), the elements of a vector.
inline Array asarray(const Array& x) { return x; }
Array asarray(const Scalar& number);
template <class T>
Array asarray(const std::vector<T>& elements, const ChunkSpec& chunks = {}) {
  const Shape shape{static_cast<std::int64_t>(elements.size())};
  if constexpr (std::is_same_v<T, bool>) {
    MutableChunk chunk(DType::boolean, shape);
    std::copy(elements.begin(), elements.end(), chunk.view<bool>().begin());
    return from_chunk(std::move(chunk).freeze(), chunks);
  } else {
    return from_chunk(make_chunk<T>(shape, elements), chunks);
  }
}

struct LogspaceOptions {
  bool endpoint = true;
  double base = 10;  ///< of logspace
  DType dtype = DType::float64;
  ChunkSpec chunks = {};
};
/// base^start to base^stop, in equal steps of the exponent.
Array logspace(double start, double stop, std::int64_t count, const LogspaceOptions& options = {});
/// start to stop, in equal ratios. Both have one sign, and neither is 0 (ValueError).
Array geomspace(double start, double stop, std::int64_t count, const LogspaceOptions& options = {});

/// The places of an array's elements: of the shape (axes, shape...), int64.
Array indices(const Shape& shape, const ChunkSpec& chunks = {});
/// Ones on and below the k-th diagonal (column - row <= k).
Array tri(std::int64_t rows, const EyeOptions& options = {});
/// The rows and the columns (int64) of the elements on and below (tril) or above (triu) the k-th
/// diagonal of a matrix, in C order. columns -1: as many as rows.
std::vector<Array> tril_indices(std::int64_t rows, std::int64_t k = 0, std::int64_t columns = -1);
std::vector<Array> triu_indices(std::int64_t rows, std::int64_t k = 0, std::int64_t columns = -1);
/// The same for a matrix of x's shape. ValueError for other than two axes.
std::vector<Array> tril_indices_from(const Array& x, std::int64_t k = 0);
std::vector<Array> triu_indices_from(const Array& x, std::int64_t k = 0);
/// The k-th diagonal of a matrix, or the matrix that has a vector as its k-th diagonal and zeros
/// elsewhere, in blocks of kDefaultChunkBytes at most. ValueError for other than 1-d and 2-d
/// arrays.
Array diag(const Array& x, std::int64_t k = 0);
/// diag() of the elements in C order.
Array diagflat(const Array& x, std::int64_t k = 0);

struct VanderOptions {
  std::int64_t columns = -1;  ///< -1: as many as rows
  bool increasing = false;
};
/// The powers of a vector's elements as columns, the highest first.
Array vander(const Array& x, const VanderOptions& options = {});

}  // namespace tartan
