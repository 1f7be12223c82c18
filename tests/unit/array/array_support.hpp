#pragma once

// Arrays in tests run on the inline executor and come back as vectors.

#include <catch2/catch.hpp>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>
#include <vector>

namespace tartan::test {

/// A client that runs tasks on this thread, current while it lives.
struct Inline {
  Client client = Client::inline_executor();
};

template <class T>
std::vector<T> values(const Array& x) {
  const auto chunk = x.compute_chunk();
  const auto elements = chunk.view<T>();
  return {elements.begin(), elements.end()};
}

/// 0, 1, 2, ... in a shape, cut into chunks.
inline Array counting(const Shape& shape, const ChunkSpec& chunks, DType dtype = DType::float64) {
  return arange(element_count(shape)).astype(dtype).reshape(shape, chunks);
}

}  // namespace tartan::test
