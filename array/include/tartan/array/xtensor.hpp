#pragma once

// The bridge to xtensor: compute<T>() and from_xtensor. Elements are copied, once.

#include <array>
#include <cstring>
#include <tartan/array/creation.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>

namespace tartan {

/// A copy of a chunk. Throws TypeError when it holds another dtype.
template <class T>
xt::xarray<T> to_xarray(const Chunk& chunk) {
  const auto elements = chunk.view<T>();
  std::vector<std::size_t> shape(chunk.shape.begin(), chunk.shape.end());
  xt::xarray<T> result(shape);
  if (!elements.empty()) std::memcpy(result.data(), elements.data(), elements.size_bytes());
  return result;
}

/// The same with a number of axes known at compile time, which is checked (ValueError).
template <class T, std::size_t N>
xt::xtensor<T, N> to_xtensor(const Chunk& chunk) {
  const auto elements = chunk.view<T>();
  detail::check_rank(chunk.shape, N);
  std::array<std::size_t, N> shape{};
  std::copy(chunk.shape.begin(), chunk.shape.end(), shape.begin());
  xt::xtensor<T, N> result(shape);
  if (!elements.empty()) std::memcpy(result.data(), elements.data(), elements.size_bytes());
  return result;
}

/// The elements of any xtensor expression, in C order.
template <class E>
Chunk to_chunk(const xt::xexpression<E>& expression) {
  using T = std::remove_cv_t<typename E::value_type>;
  const auto& from = expression.derived_cast();
  MutableChunk chunk(dtype_of<T>, Shape(from.shape().begin(), from.shape().end()));
  auto out = chunk.view<T>();
  std::copy(from.template begin<xt::layout_type::row_major>(),
            from.template end<xt::layout_type::row_major>(), out.begin());
  return std::move(chunk).freeze();
}

template <class T>
xt::xarray<T> Array::compute() const {
  detail::check_compute(dtype(), dtype_of<T>);
  return to_xarray<T>(compute_chunk());
}

/// An array of the expression's elements, which are copied now.
template <class E>
Array from_xtensor(const xt::xexpression<E>& expression, const ChunkSpec& chunks = {}) {
  return from_chunk(to_chunk(expression), chunks);
}

}  // namespace tartan
