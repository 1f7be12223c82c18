#pragma once

// A task on every block of rows, lazily: how transformers and predictors that no array expression
// says are applied.
//
//   Chunk scale_block(const Chunk& x, double factor);
//   Array scaled = map_rows<&scale_block>("scale", x, x.shape(1), x.dtype(), 2.0);

#include <string>
#include <tartan/array/map_blocks.hpp>

namespace tartan::ml {

/// Task(block of x, args...), each of which gives as many rows and `columns` columns of the dtype.
/// x is 2-D and not cut between its columns.
template <auto Task, class... Args>
Array map_rows(std::string name, const Array& x, std::int64_t columns, DType dtype,
               const Args&... args) {
  const MapBlocksOptions options{
      .name = std::move(name), .dtype = dtype, .chunks = Chunks{x.chunks()[0], {columns}}};
  return map_blocks<Task>(options, x, args...);
}

/// f(elements) with those of a floating chunk as a span of float or double.
template <class F>
decltype(auto) visit_floating(const Chunk& chunk, F&& f) {
  if (chunk.dtype == DType::float32) return f(chunk.view<float>());
  return f(chunk.view<double>());
}

}  // namespace tartan::ml
