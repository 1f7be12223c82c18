#pragma once

// Chunks of test data, and the plain loops that kernels are held against.

#include <array/kernels/isa.hpp>
#include <array/kernels/program.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <tartan/array/chunk.hpp>
#include <tartan/base/random.hpp>
#include <vector>

namespace tartan::array::test {

template <class T>
Chunk chunk_of(Shape shape, std::vector<T> values) {
  return make_chunk<T>(std::move(shape), std::span<const T>(values));
}
/// vector<bool> has no contiguous memory.
inline Chunk bools(Shape shape, std::initializer_list<bool> values) {
  MutableChunk chunk(DType::boolean, std::move(shape));
  std::copy(values.begin(), values.end(), chunk.view<bool>().begin());
  return std::move(chunk).freeze();
}

template <class T>
std::vector<T> values_of(const Chunk& chunk) {
  const auto view = chunk.view<T>();
  return {view.begin(), view.end()};
}

/// Numbers of both signs around 1, reproducible.
template <class T>
Chunk random_chunk(Shape shape, std::uint64_t seed = 1) {
  Random random(seed);
  MutableChunk chunk(dtype_of<T>, std::move(shape));
  for (T& value : chunk.view<T>()) {
    if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(random.next() >> 7);
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(8 * random.uniform() - 4);
    } else {
      using Part = typename T::value_type;
      value = T(static_cast<Part>(random.uniform() - 0.5), static_cast<Part>(random.uniform()));
    }
  }
  return std::move(chunk).freeze();
}

inline bool same_bits(const Chunk& a, const Chunk& b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.data.text() == b.data.text();
}

/// One operation on whole chunks, broadcast against each other.
inline Chunk applied(Operation operation, const std::vector<Chunk>& operands) {
  ProgramBuilder builder;
  std::vector<ProgramBuilder::Ref> refs;
  Shape shape;
  for (const Chunk& operand : operands) {
    refs.push_back(builder.input(operand.dtype));
    shape = broadcast_shapes(shape, operand.shape);
  }
  return run(builder.finish(builder.apply(operation, refs)), operands, shape);
}

/// Runs the function at every level this machine has, best first; restores the level.
template <class F>
void at_every_isa(F&& function) {
  const Isa before = active_isa();
  for (int level = static_cast<int>(best_isa()); level >= 0; --level) {
    force_isa(static_cast<Isa>(level));
    function(static_cast<Isa>(level));
  }
  force_isa(before);
}

/// Distance in units in the last place; 0 for two NaNs.
template <class T>
double ulps(T got, T want) {
  if (std::isnan(got) && std::isnan(want)) return 0;
  if (got == want) return std::signbit(got) == std::signbit(want) ? 0 : 1e9;
  if (!std::isfinite(got) || !std::isfinite(want)) return 1e18;
  const T size = std::abs(want);
  const T unit = std::nextafter(size, std::numeric_limits<T>::infinity()) - size;
  return std::abs(static_cast<double>((got - want) / unit));
}

}  // namespace tartan::array::test
