#pragma once

// Matrix products of chunks: BLAS (single-threaded, tartan's own threads are busy) for floating
// and complex dtypes, a blocked loop for integers. Batch dimensions broadcast as in NumPy. bool
// is not accepted, as in the Array API standard.

#include <span>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// The shape of a @ b: 1-d operands act as a row and a column and lose that dimension again.
/// Throws ValueError naming both shapes when they do not fit.
Shape matmul_shape(const Shape& a, const Shape& b);

/// a @ b, in result_type(a, b).
Chunk matmul(const Chunk& a, const Chunk& b);

/// Which operands of a product are the transposes (of the last two axes) of the chunks given.
struct Turns {
  bool a = false;
  bool b = false;
};

/// a[0] @ b[0] + a[1] @ b[1] + ..., in that order: the sum over chunks of the inner dimension,
/// without a temporary. At least one pair; all products have one shape.
Chunk matmul_sum(std::span<const Chunk> a, std::span<const Chunk> b, Turns turns = {});

/// x[0] @ x[0].T + x[1] @ x[1].T + ..., or of the transposes when turned: symmetric to the bit, for
/// half of the multiplications. Matrices of one floating or complex dtype; TypeError for others.
Chunk gram_sum(std::span<const Chunk> x, bool turned);

}  // namespace tartan::array
