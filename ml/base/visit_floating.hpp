#pragma once

#include <tartan/array/chunk.hpp>

namespace tartan::ml {

/// f(elements) with those of a floating chunk as a span of float or double.
template <class F>
decltype(auto) visit_floating(const Chunk& chunk, F&& f) {
  if (chunk.dtype == DType::float32) return f(chunk.view<float>());
  return f(chunk.view<double>());
}

}  // namespace tartan::ml
