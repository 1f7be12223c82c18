#include <algorithm>
#include <array/expr/build.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

Array filled(const Shape& shape, const Scalar& value, DType dtype, const ChunkSpec& chunks) {
  array::check_shape(shape, dtype);
  return Array(array::make_node(array::FullNode{value}, dtype, shape,
                                chunks.resolve(shape, itemsize(dtype))));
}

Array filled_like(const Array& like, const Scalar& value) {
  return Array(array::make_node(array::FullNode{value}, like.dtype(), like.shape(),
                                like.chunks()));
}

/// column - row, of the matrices that are x's last two axes.
Array offsets(const char* who, const Array& x) {
  if (x.ndim() < 2) {
    throw ValueError(fmt::format("{}: a shape of {} has no matrices, which take two axes", who,
                                 to_string(x.shape())));
  }
  const Array rows = arange(x.shape(-2));
  const Array columns = arange(x.shape(-1));
  return subtract(columns, expand_dims(rows, 1));
}

double real_number(const Scalar& scalar, const char* who) {
  if (scalar.is_complex()) {
    throw TypeError(fmt::format("{}: {} is complex; give real numbers", who, scalar.to_string()));
  }
  return scalar.as<double>();
}

/// How many steps lead from start to before stop.
std::int64_t arange_count(const Scalar& start, const Scalar& stop, const Scalar& step,
                          bool integers) {
  if (integers) {
    const auto from = start.as<std::int64_t>();
    const auto to = stop.as<std::int64_t>();
    const auto by = step.as<std::int64_t>();
    if (by == 0) throw ValueError("arange: the step is 0; give a positive or negative one");
    if (by > 0 ? to <= from : to >= from) return 0;
    // Unsigned, because the distance of two int64 needs one bit more.
    const auto distance = by > 0 ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)
                                 : static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(to);
    const auto stride = by > 0 ? static_cast<std::uint64_t>(by) : 0 - static_cast<std::uint64_t>(by);
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>((distance - 1) / stride + 1, INT64_MAX));
  }
  const auto by = real_number(step, "arange");
  if (by == 0) throw ValueError("arange: the step is 0; give a positive or negative one");
  const auto count =
      std::ceil((real_number(stop, "arange") - real_number(start, "arange")) / by);
  if (!(count < 9.0e18)) {
    throw ValueError("arange: start, stop and step make no finite number of elements");
  }
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(count));
}

}  // namespace

Array zeros(const Shape& shape, const CreateOptions& options) {
  return filled(shape, 0, options.dtype, options.chunks);
}
Array ones(const Shape& shape, const CreateOptions& options) {
  return filled(shape, 1, options.dtype, options.chunks);
}
Array empty(const Shape& shape, const CreateOptions& options) { return zeros(shape, options); }
Array full(const Shape& shape, const Scalar& value, const FullOptions& options) {
  return filled(shape, value, options.dtype.value_or(default_dtype(value)), options.chunks);
}
Array zeros_like(const Array& like) { return filled_like(like, 0); }
Array ones_like(const Array& like) { return filled_like(like, 1); }
Array empty_like(const Array& like) { return filled_like(like, 0); }
Array full_like(const Array& like, const Scalar& value) { return filled_like(like, value); }

Array arange(const Scalar& start, const Scalar& stop, const Scalar& step,
             const FullOptions& options) {
  const bool integers = start.is_integer() && stop.is_integer() && step.is_integer();
  const auto count = arange_count(start, stop, step, integers);
  const auto dtype = options.dtype.value_or(integers ? DType::int64 : DType::float64);
  const Shape shape{count};
  array::check_shape(shape, dtype);
  return Array(array::make_node(array::ArangeNode{start, step}, dtype, shape,
                                options.chunks.resolve(shape, itemsize(dtype))));
}

Array linspace(const Scalar& start, const Scalar& stop, std::int64_t count,
               const LinspaceOptions& options) {
  const Shape shape{count};
  array::check_shape(shape, options.dtype);
  return Array(array::make_node(array::LinspaceNode{start, stop, options.endpoint}, options.dtype,
                                shape, options.chunks.resolve(shape, itemsize(options.dtype))));
}

Array eye(std::int64_t rows, const EyeOptions& options) {
  const Shape shape{rows, options.columns < 0 ? rows : options.columns};
  array::check_shape(shape, options.dtype);
  return Array(array::make_node(array::EyeNode{options.k}, options.dtype, shape,
                                options.chunks.resolve(shape, itemsize(options.dtype))));
}

Array tril(const Array& x, std::int64_t k) {
  const Array column_less_row = offsets("tril", x);
  return where(column_less_row <= k, x, 0);
}

Array triu(const Array& x, std::int64_t k) {
  const Array column_less_row = offsets("triu", x);
  return where(column_less_row >= k, x, 0);
}

std::vector<Array> meshgrid(const std::vector<Array>& vectors, Indexing indexing) {
  Shape shape;
  for (const Array& one : vectors) {
    if (one.ndim() != 1) {
      throw ValueError(fmt::format("meshgrid: a shape of {} is no vector; give 1-d arrays",
                                   to_string(one.shape())));
    }
    shape.push_back(one.shape()[0]);
  }
  const bool swaps = indexing == Indexing::xy && vectors.size() > 1;
  if (swaps) std::swap(shape[0], shape[1]);
  std::vector<Array> result;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    std::vector<SliceItem> items(shape.size(), newaxis);
    items[swaps && i < 2 ? 1 - i : i] = all_of_axis;
    result.push_back(broadcast_to(vectors[i].slice(items), shape));
  }
  return result;
}

}  // namespace tartan
