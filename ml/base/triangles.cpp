#include <array/kernels/linalg.hpp>
#include <cstring>
#include <ml/base/visit_floating.hpp>
#include <ml/base/triangles.hpp>

namespace tartan::ml::tasks {

Chunk row_triangle(const Chunk& x, bool ones) {
  const std::int64_t rows = x.shape[0];
  const std::int64_t features = x.shape[1];
  MutableChunk joined(DType::float64, {rows, features + (ones ? 1 : 0)});
  double* out = joined.view<double>().data();
  visit_floating(x, [&](auto elements) {
    const auto* from = elements.data();
    for (std::int64_t i = 0; i < rows; ++i) {
      if (ones) *out++ = 1;
      for (std::int64_t j = 0; j < features; ++j) *out++ = static_cast<double>(*from++);
    }
  });
  const Chunk all = std::move(joined).freeze();
  return rows > all.shape[1] ? array::qr_r(all) : all;
}

Chunk stack_triangles(const std::vector<Chunk>& triangles) {
  std::int64_t rows = 0;
  for (const Chunk& each : triangles) rows += each.shape[0];
  MutableChunk stacked(DType::float64, {rows, triangles.front().shape[1]});
  std::byte* out = stacked.data();
  for (const Chunk& each : triangles) {
    if (each.nbytes() > 0) std::memcpy(out, each.data.data(), each.nbytes());
    out += each.nbytes();
  }
  const Chunk all = std::move(stacked).freeze();
  return all.shape[0] > all.shape[1] ? array::qr_r(all) : all;
}

}  // namespace tartan::ml::tasks
