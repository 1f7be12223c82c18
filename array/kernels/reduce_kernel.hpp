#pragma once

// The inner loops of reductions, behind function pointers. The driver (reduce.cpp) walks over
// tiles and decides which of these runs; the order of operations inside is fixed:
//
// - runs: elements that lie in a row go to lanes by their position (256 bytes' worth of lanes),
//   lanes fold in halves. Runs shorter than that use four lanes.
// - rows: groups of rows are combined column by column.
//
// A state is one array per field of a partial. Elements are what the rows hold: float32, float64
// or the op's accumulator type; the driver casts everything else first.

#include <array/kernels/isa.hpp>
#include <array/kernels/reduce.hpp>
#include <array/kernels/tile.hpp>
#include <array>

namespace tartan::array {

inline constexpr std::size_t kMostFields = 3;

struct State {
  std::array<std::byte*, kMostFields> field{};
};

/// What a kernel is given: `rows` rows of `width` elements each. Steps from a row to the next are
/// in elements; runs() and reductions that are not under a mask leave those of no use to them.
struct Rows {
  const std::byte* x = nullptr;
  const std::byte* mask = nullptr;  ///< a byte 0 or 1 per element
  std::size_t rows = 1;
  std::size_t width = 0;
  std::size_t step = 0;
  std::size_t mask_step = 0;
  std::int64_t index = 0;  ///< in the reduced axis: runs: of every row's first element; rows: of
                           ///< the first row
};

struct ReduceKernel {
  DType element = DType::float64;  ///< of tiles
  std::array<DType, kMostFields> fields{};  ///< of the state
  std::size_t field_count = 1;
  /// Rows may go into several states by turns that are merged in the end.
  bool interleaves = false;

  /// The state of no elements, width times.
  void (*clear)(State state, std::size_t width) = nullptr;
  /// Reduces every row, of at most kTileElements that lie one behind the other, into state[row].
  void (*runs)(State state, const Rows& rows) = nullptr;
  /// Adds the rows to a state that `before` rows have gone into.
  void (*rows)(State state, std::int64_t before, const Rows& rows) = nullptr;
  /// a = a then b, which stand for na and nb elements (not both 0).
  void (*merge)(State a, std::int64_t na, State b, std::int64_t nb, std::size_t width) = nullptr;
};

/// For elements of the dtype that element_for(op, dtype) says. field_count is 0 when there is none.
ReduceKernel find_reduce_kernel(ReduceOp op, DType element, Isa isa);

ReduceKernel sum_kernel(DType element, Isa isa);
ReduceKernel product_kernel(DType element, Isa isa);
ReduceKernel extremum_kernel(bool largest, DType element, Isa isa);
/// Passes over NaN. Of floating dtypes only.
ReduceKernel number_extremum_kernel(bool largest, DType element, Isa isa);
ReduceKernel arg_kernel(bool largest, DType element, Isa isa);
ReduceKernel moments_kernel(DType element, Isa isa);
ReduceKernel masked_sum_kernel(DType element, Isa isa);
ReduceKernel masked_moments_kernel(DType element, Isa isa);

}  // namespace tartan::array
