#pragma once

#include <concepts>
#include <tartan/array/chunk.hpp>

namespace tartan::ml {

/// f(elements) with those of a floating chunk as a span of float or double.
template <class F>
decltype(auto) visit_floating(const Chunk& chunk, F&& f) {
  if (chunk.dtype == DType::float32) return f(chunk.view<float>());
  return f(chunk.view<double>());
}

/// Element i of a floating chunk, in C order. For few elements: loops over many visit them.
template <std::integral Index>
double element(const Chunk& chunk, Index i) {
  return visit_floating(chunk, [i](auto elements) {
    return static_cast<double>(elements[static_cast<std::size_t>(i)]);
  });
}

}  // namespace tartan::ml
