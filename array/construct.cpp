#include <algorithm>
#include <array/axis_parts.hpp>
#include <array/expr/build.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/array/construct.hpp>
#include <tartan/array/indexing.hpp>
#include <tartan/array/masking.hpp>
#include <tartan/array/rearrange.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

/// At least 1.
std::int64_t longest_chunk(const Array& vector) {
  const auto& sizes = vector.chunks()[0];
  return std::max<std::int64_t>(*std::max_element(sizes.begin(), sizes.end()), 1);
}

/// The k-th diagonal of a matrix, read from the blocks it passes through.
Array diagonal_of(const Array& x, std::int64_t k) {
  const auto row = std::max<std::int64_t>(-k, 0);
  const auto column = std::max<std::int64_t>(k, 0);
  const auto count = std::max<std::int64_t>(0, std::min(x.shape()[0] - row, x.shape()[1] - column));
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> columns;
  for (std::int64_t i = 0; i < count; ++i) {
    rows.push_back(row + i);
    columns.push_back(column + i);
  }
  return vindex(x, {rows, columns});
}

void check_matrix(const char* who, const Array& x) {
  if (x.ndim() == 2) return;
  throw ValueError(fmt::format("{}: a shape of {}; give a matrix", who, to_string(x.shape())));
}

}  // namespace

Array asarray(const Scalar& number) {
  return Array(array::constant_node(number, default_dtype(number)));
}

Array logspace(double start, double stop, std::int64_t count, const LogspaceOptions& options) {
  const auto powers =
      linspace(start, stop, count, {.endpoint = options.endpoint, .chunks = options.chunks});
  return pow(options.base, powers).astype(options.dtype);
}

Array geomspace(double start, double stop, std::int64_t count, const LogspaceOptions& options) {
  if (start == 0 || stop == 0 || (start < 0) != (stop < 0)) {
    throw ValueError(
        fmt::format("geomspace: from {} to {}; give two positive or two negative "
                    "numbers",
                    start, stop));
  }
  const double sign = start < 0 ? -1 : 1;
  const auto powers = linspace(std::log10(sign * start), std::log10(sign * stop), count,
                               {.endpoint = options.endpoint, .chunks = options.chunks});
  // The ends are exact.
  const auto number = arange(0, count, 1, {.chunks = powers.chunks()});
  const auto inner = where(number == 0, start, sign * pow(10.0, powers));
  const bool closed = options.endpoint && count > 1;
  return (closed ? where(number == count - 1, stop, inner) : inner).astype(options.dtype);
}

Array indices(const Shape& shape, const ChunkSpec& chunks) {
  const Array whole = zeros(shape, {.dtype = DType::int64, .chunks = chunks});
  std::vector<Array> places;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const Array along = arange(0, shape[axis], 1, {.chunks = Chunks{whole.chunks()[axis]}});
    places.push_back(whole + laid_along(along, axis, shape.size()));
  }
  return places.empty() ? zeros({0}, {.dtype = DType::int64}) : stack(places);
}

Array tri(std::int64_t rows, const EyeOptions& options) {
  const Shape shape{rows, options.columns < 0 ? rows : options.columns};
  array::check_shape(shape, options.dtype);
  return tril(ones(shape, {.dtype = options.dtype, .chunks = options.chunks}), options.k);
}

std::vector<Array> tril_indices(std::int64_t rows, std::int64_t k, std::int64_t columns) {
  return nonzero(tri(rows, {.columns = columns, .k = k, .dtype = DType::boolean}));
}

std::vector<Array> triu_indices(std::int64_t rows, std::int64_t k, std::int64_t columns) {
  return nonzero(!tri(rows, {.columns = columns, .k = k - 1, .dtype = DType::boolean}));
}

std::vector<Array> tril_indices_from(const Array& x, std::int64_t k) {
  check_matrix("tril_indices_from", x);
  return tril_indices(x.shape()[0], k, x.shape()[1]);
}

std::vector<Array> triu_indices_from(const Array& x, std::int64_t k) {
  check_matrix("triu_indices_from", x);
  return triu_indices(x.shape()[0], k, x.shape()[1]);
}

Array diag(const Array& x, std::int64_t k) {
  if (x.ndim() == 2) return diagonal_of(x, k);
  if (x.ndim() != 1) {
    throw ValueError(
        fmt::format("diag: a shape of {}; give a vector or a matrix", to_string(x.shape())));
  }
  // The vector lies along the rows or the columns, whichever of them it has an element for.
  const auto size = x.shape()[0] + std::abs(k);
  const auto item = static_cast<double>(itemsize(x.dtype()));
  const auto side = static_cast<std::int64_t>(std::sqrt(kDefaultChunkBytes / item));
  const auto vector =
      pad(x, {{0, std::abs(k)}}).rechunk(Chunks{cut_axis(size, std::min(side, longest_chunk(x)))});
  const auto along = arange(0, size, 1, {.chunks = vector.chunks()});
  const auto rows = expand_dims(along, 1);
  return where(along - rows == k, expand_dims(vector, k >= 0 ? 1 : 0), 0);
}

Array diagflat(const Array& x, std::int64_t k) { return diag(x.flatten(), k); }

Array vander(const Array& x, const VanderOptions& options) {
  if (x.ndim() != 1) {
    throw ValueError(fmt::format("vander: a shape of {}; give a vector", to_string(x.shape())));
  }
  const auto columns = options.columns < 0 ? x.shape()[0] : options.columns;
  const auto dtype = result_type(x.dtype(), DType::int64);
  const auto column = longest_chunk(x) * static_cast<std::int64_t>(itemsize(dtype));
  const auto powers =
      arange(0, columns, 1, {.chunks = {std::max<std::int64_t>(kDefaultChunkBytes / column, 1)}});
  return pow(expand_dims(x.astype(dtype), 1), options.increasing ? powers : flip(powers, 0));
}

}  // namespace tartan
