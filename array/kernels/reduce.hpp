#pragma once

// Reductions in three steps, so that they can run as a tree of tasks: reduce_partial turns a
// chunk (or a fused program over chunks) into a partial, combine merges partials of several
// chunks, finish turns the last partial into the result.
//
// The order of floating-point operations is fixed: blocks of kReduceBlock elements are added in
// 32 lanes that fold in a fixed tree, and blocks fold pairwise by their number. The result
// depends on the chunk's shape and the order of partials, never on the machine, the instruction
// set or timing. Floating-point sums, products and means accumulate in float64 (complex128), also
// for float32, whose sums are therefore more exact than NumPy's; variances keep (mean, M2) and
// merge them by Chan, Golub, LeVeque (1979).
//
// Reductions under a mask take a program that ends in where(mask, elements, anything) and reduce
// the elements whose mask is true, as if there were no others, in one pass.

#include <array/kernels/program.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

enum class ReduceOp : std::uint8_t {
  sum,
  prod,
  mean,
  var,
  stddev,
  min,
  max,
  argmin,
  argmax,
  any,
  all,
  count_nonzero,
  nanmin,  ///< of the elements that are not NaN; NaN when all are
  nanmax,
  masked_mean,
  masked_var,
  masked_stddev,
  masked_nanvar,  ///< NaN where the divisor would not be positive, as of NumPy's nanvar
  masked_nanstd,
};
inline constexpr std::size_t kReduceOpCount = 19;
inline constexpr std::size_t kReduceBlock = 2048;

std::string_view name(ReduceOp op);
/// Whether it reduces under a mask.
bool is_masked(ReduceOp op);
/// Whether it is a variance or a standard deviation.
bool is_moments(ReduceOp op);
/// The same operation under a mask, if there is one: of mean, var and stddev.
std::optional<ReduceOp> under_mask(ReduceOp op);

/// The dtype of the result for elements of this dtype. sum and prod: int64 or uint64 of the
/// narrower integers (bool: int64), floating dtypes stay. mean, var, stddev: float64 of integers,
/// floating dtypes stay. Throws TypeError for var, stddev, min, max, argmin and argmax of complex,
/// and whatever is under a mask.
DType result_dtype(ReduceOp op, DType element);

/// What one or several chunks contribute. Fields all have the reduced shape with the reduced
/// axes kept as 1: sum, prod, mean, min, max, any, all, count_nonzero: one; var and stddev: mean
/// and M2; argmin and argmax: value and global index (int64). Under a mask, where mean has the sum,
/// the last field is the number of elements the mask leaves (float64).
struct Partial {
  std::int64_t count = 0;  ///< elements behind every output element, masked or not
  std::vector<Chunk> fields;
};

/// Where a chunk lies in the whole array; argmin and argmax need it.
struct Placement {
  Shape global_shape;
  Shape offset;
};

/// Evaluates the program over out_shape (see run) and reduces the given axes (sorted, unique,
/// non-negative; all of them for a full reduction) in the same pass. argmin and argmax take one
/// axis, or all axes and then index the flattened whole array; ties go to the smaller index, NaN
/// wins. Placement may be left empty for a chunk that is the whole array. Throws ValueError when
/// the operation is under a mask and the program does not end in one.
Partial reduce_partial(ReduceOp op, const Program& program, std::span<const Chunk> inputs,
                       const Shape& out_shape, std::span<const int> axes,
                       const Placement& placement = {});

/// Merges partials of equal shape, in the order given, by a balanced tree.
Partial combine(ReduceOp op, std::span<const Partial> partials);

struct FinishOptions {
  DType dtype = DType::float64;  ///< of the result, usually result_dtype(op, element)
  bool keepdims = false;
  std::vector<int> axes;    ///< the reduced ones, dropped unless keepdims
  double correction = 0.0;  ///< var, stddev: the divisor is count - correction
};
/// Throws ValueError for min, max, argmin and argmax of no elements.
Chunk finish(ReduceOp op, const Partial& partial, const FinishOptions& options);

}  // namespace tartan::array

namespace tartan {
template <>
struct Codec<array::Partial> {
  static std::string name() { return "tartan::array::Partial"; }
  static void encode(const array::Partial& partial, Writer& writer);
  static array::Partial decode(Reader& reader);
  static std::size_t nbytes(const array::Partial& partial);
};
}  // namespace tartan
