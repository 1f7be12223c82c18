#pragma once

// Factorisations and what follows from them, for chunks that hold whole matrices in their last two
// axes (stacks of them when there are more axes), of floating and complex dtypes. LAPACK does the
// work on one thread. What cannot be computed (a singular matrix, NaNs where it iterates) throws
// ValueError that names the function.

#include <cstdint>
#include <string_view>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// What a chunk holds: `count` matrices of rows x columns.
struct Stack {
  Shape lead;  ///< the axes before the last two
  std::int64_t count = 1;
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  Shape shape(std::int64_t rows_of, std::int64_t columns_of) const;
  Shape vectors(std::int64_t length) const;
};
/// Throws ValueError for a shape with less than two axes.
Stack stack_of(const Shape& shape);

/// L of a = L L^H, from the lower triangle of a; zeros above. `first` is the number of rows above
/// this matrix in a larger one, for the message.
Chunk cholesky(const Chunk& a, std::int64_t first = 0);
/// {Q, R}: m x k and k x n with k = min(m, n), or m x m and m x n when complete.
std::vector<Chunk> qr(const Chunk& a, bool complete);
/// R alone.
Chunk qr_r(const Chunk& a);
/// {U, S, V^H}: m x k, k, k x n with k = min(m, n), or the square U and V^H when full.
std::vector<Chunk> svd(const Chunk& a, bool full);
Chunk svdvals(const Chunk& a);
/// {w, V} of a Hermitian matrix, from its lower triangle; w ascends.
std::vector<Chunk> eigh(const Chunk& a);
Chunk eigvalsh(const Chunk& a);
/// {w, V} of any square matrix, complex.
std::vector<Chunk> eig(const Chunk& a);
Chunk eigvals(const Chunk& a);
/// {sign, log of the absolute value} of the determinant.
std::vector<Chunk> slogdet(const Chunk& a);
Chunk inv(const Chunk& a);
/// x of a x = b; b holds matrices too, in stacks of the same lead.
Chunk solve(const Chunk& a, const Chunk& b);

struct TriangularForm {
  bool lower = false;
  bool unit_diagonal = false;  ///< ones are taken for the diagonal
};
/// x of a x = b with the other triangle of a not looked at. `first` as for cholesky().
Chunk solve_triangular(const Chunk& a, const Chunk& b, TriangularForm form, std::int64_t first = 0);
/// {x, rank (int64, 0-d), singular values} of the least-squares solution of least norm. Singular
/// values below rcond times the largest count as zero.
std::vector<Chunk> lstsq(const Chunk& a, const Chunk& b, double rcond);

}  // namespace tartan::array
