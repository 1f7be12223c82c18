#pragma once

// The inner loops of reductions, behind function pointers. The driver (reduce.cpp) walks over
// tiles and decides which of these runs; the order of operations inside is fixed:
//
// - runs: elements that lie in a row go to lanes by their position (256 bytes' worth of lanes),
//   lanes fold in halves. Runs shorter than that use four lanes.
// - rows: groups of rows are combined column by column.
//
// A state is one array per field of a partial. Elements are what the tile holds: float32, float64
// or the op's accumulator type; the driver casts everything else first.

#include <array/kernels/isa.hpp>
#include <array/kernels/reduce.hpp>
#include <array/kernels/tile.hpp>
#include <array>

namespace tartan::array {

struct State {
  std::array<std::byte*, 2> field{};
};

struct ReduceKernel {
  DType element = DType::float64;  ///< of tiles
  std::array<DType, 2> fields{};   ///< of the state
  std::size_t field_count = 1;

  /// The state of no elements, width times.
  void (*clear)(State state, std::size_t width) = nullptr;
  /// Reduces `count` runs of n elements each, n <= kTileElements, into state[0 .. count). index
  /// is that of each run's first element in its reduced axis.
  void (*runs)(State state, const std::byte* x, std::size_t n, std::size_t count,
               std::int64_t index) = nullptr;
  /// Adds `rows` rows of `width` elements to a state that `before` rows have gone into; index is
  /// that of the first row.
  void (*rows)(State state, std::int64_t before, const std::byte* x, std::size_t rows,
               std::size_t width, std::int64_t index) = nullptr;
  /// a = a then b, which stand for na and nb elements (not both 0).
  void (*merge)(State a, std::int64_t na, State b, std::int64_t nb, std::size_t width) = nullptr;
};

/// For elements of the dtype that element_for(op, dtype) says. field_count is 0 when there is none.
ReduceKernel find_reduce_kernel(ReduceOp op, DType element, Isa isa);

ReduceKernel sum_kernel(DType element, Isa isa);
ReduceKernel product_kernel(DType element, Isa isa);
ReduceKernel extremum_kernel(bool largest, DType element, Isa isa);
ReduceKernel arg_kernel(bool largest, DType element, Isa isa);
ReduceKernel moments_kernel(DType element, Isa isa);

}  // namespace tartan::array
