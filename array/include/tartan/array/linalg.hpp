#pragma once

// Linear algebra: the linalg extension of the Array API standard and dask.array.linalg. Matrices
// are the last two axes; leading axes are stacks of them, computed a block each. float32, float64,
// complex64 and complex128 stay what they are, integers and bools become float64.
//
// Stacks, and matrices in one chunk, take LAPACK on one thread; a matrix axis of a stack that is
// cut becomes one chunk. One matrix (2-d) in several chunks is factorised in pieces: Cholesky and
// triangular systems on square tiles, LU (partial pivoting) and QR (Householder) by blocks of whole
// columns (256 MiB at most, which become the chunks), QR of tall matrices by a tree over blocks of
// whole rows. eig, eigh and the small factor of an SVD take one task: the (smaller) side squared
// must fit into memory.
//
// A matrix that turns out to be singular, or not positive definite, fails the task: computing
// throws TaskError with the type and sentence of a ValueError. So do NaNs and infinities where
// singular values or eigenvalues are needed. Shapes are refused when they are written.

#include <tartan/array/functions.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/array/tensordot.hpp>

namespace tartan::linalg {

using tartan::cross;
using tartan::matmul;
using tartan::matrix_transpose;
using tartan::outer;
using tartan::tensordot;
using tartan::vecdot;

// ---- factorisations -----------------------------------------------------------------------------

struct CholeskyOptions {
  bool upper =
      false;  ///< U of x = U^H U from the upper triangle, not L of x = L L^H from the lower
};
/// The other triangle of x is not looked at. Fails when x is not positive definite.
Array cholesky(const Array& x, const CholeskyOptions& options = {});

enum class QrMode {
  reduced,   ///< Q is (m, min(m, n)), R (min(m, n), n)
  complete,  ///< Q is (m, m), R (m, n)
};
struct QrOptions {
  QrMode mode = QrMode::reduced;
};
struct QrResult {
  Array q;
  Array r;
};
/// x = Q R with orthonormal columns of Q and R upper triangular.
QrResult qr(const Array& x, const QrOptions& options = {});
/// The same of a 2-d array with m >= n by a tree over blocks of whole rows: Q keeps the rows'
/// chunks, R is one chunk. ValueError when there are more columns than rows.
QrResult tsqr(const Array& x);
/// The same of a 2-d array with m <= n: Q is that of the first m columns. ValueError when there are
/// more rows than columns.
QrResult sfqr(const Array& x);

struct LuResult {
  Array p;  ///< (m, m) permutation matrix
  Array l;  ///< (m, k), ones on the diagonal; k = min(m, n)
  Array u;  ///< (k, n)
};
/// x = P L U of a 2-d array, with partial pivoting.
LuResult lu(const Array& x);

struct SvdOptions {
  bool full_matrices = true;  ///< square U (m, m) and V^H (n, n), not (m, k) and (k, n)
};
struct SvdResult {
  Array u;
  Array s;  ///< (..., k) real, descending
  Array vh;
};
/// x = U diag(s) V^H. A chunked matrix takes its QR first.
SvdResult svd(const Array& x, const SvdOptions& options = {});
Array svdvals(const Array& x);

struct CompressedOptions {
  int n_power_iter = 0;  ///< passes over x that sharpen slowly falling singular values
  std::int64_t n_oversamples = 10;
  std::uint64_t seed = 0;
};
/// The k largest singular values and their vectors of a 2-d array, approximately: by its products
/// with random vectors (Halko, Martinsson, Tropp 2011). U is (m, k), s (k,), V^H (k, n).
SvdResult svd_compressed(const Array& x, std::int64_t k, const CompressedOptions& options = {});

struct EigResult {
  Array eigenvalues;
  Array eigenvectors;  ///< in columns
};
/// Of Hermitian matrices, from their lower triangles: real ascending eigenvalues, orthonormal
/// vectors.
EigResult eigh(const Array& x);
Array eigvalsh(const Array& x);
/// Of square matrices, complex in any case.
EigResult eig(const Array& x);
Array eigvals(const Array& x);

// ---- systems ------------------------------------------------------------------------------------

enum class Assume { general, positive };
struct SolveOptions {
  Assume assume_a = Assume::general;  ///< positive: by Cholesky, from the lower triangle of a
};
/// x of a x = b; b is a vector when it has one axis, else (stacks of) matrices. Fails when a is
/// singular.
Array solve(const Array& a, const Array& b, const SolveOptions& options = {});
struct TriangularOptions {
  bool lower = false;
  bool unit_diagonal = false;  ///< ones are taken for the diagonal
};
/// The same for a triangular a, whose other triangle is not looked at.
Array solve_triangular(const Array& a, const Array& b, const TriangularOptions& options = {});
/// The inverses of square matrices (ValueError for others). Fails for singular ones.
Array inv(const Array& x);
struct SlogdetResult {
  Array sign;
  Array logabsdet;  ///< real; -inf for singular matrices
};
/// Of square matrices, a number for each: the determinants' signs (of complex ones numbers on the
/// unit circle, or 0) and the logarithms of their absolute values. det itself may overflow.
SlogdetResult slogdet(const Array& x);
Array det(const Array& x);

struct ToleranceOptions {
  std::optional<double> rtol = {};  ///< singular values below rtol * the largest count as zero;
                                    ///< none: max(m, n) * the dtype's epsilon
};
struct LstsqResult {
  Array x;          ///< (n,) or (n, columns of b), of least norm
  Array residuals;  ///< sums of squares of b - a x, a number per column of b, also where NumPy
                    ///< gives none; shape (1,) for a vector b
  Array rank;       ///< 0-d int64
  Array singular_values;  ///< (min(m, n),)
};
/// Least squares for a 2-d a and a 1-d or 2-d b, of any rank.
LstsqResult lstsq(const Array& a, const Array& b, const ToleranceOptions& options = {});
/// Moore and Penrose's inverse. A real rtol, one per matrix, broadcasts with the leading axes.
Array pinv(const Array& x, const ToleranceOptions& options = {});
Array pinv(const Array& x, const Array& rtol);
/// int64, per matrix.
Array matrix_rank(const Array& x, const ToleranceOptions& options = {});
Array matrix_rank(const Array& x, const Array& rtol);
/// The n-th power of square matrices; of the inverse when n is negative. Integers stay integers
/// for n >= 0.
Array matrix_power(const Array& x, std::int64_t n);

// ---- diagonals and norms ------------------------------------------------------------------------

/// Of the last two axes, unlike tartan::diagonal, which is NumPy's.
Array diagonal(const Array& x, std::int64_t offset = 0);
Array trace(const Array& x, const TraceOptions& options = {});

/// Which norm: a number, "fro", "nuc", or none for the usual one.
class NormOrder {
 public:
  NormOrder() = default;
  NormOrder(double p) : p_(p) {}                // NOLINT
  NormOrder(int p) : p_(p) {}                   // NOLINT
  NormOrder(const char* name) : name_(name) {}  // NOLINT

  const std::optional<double>& p() const { return p_; }
  const std::string& name() const { return name_; }
  bool usual() const { return !p_ && name_.empty(); }
  std::string to_string() const;

 private:
  std::optional<double> p_;
  std::string name_;
};

struct NormOptions {
  NormOrder ord = {};
  bool keepdims = false;
};
/// Over the axes, all when none are given: (sum of |x|^p)^(1/p); inf and -inf: the largest and the
/// smallest, 0: how many are not zero. Usual: 2. One pass, fused.
Array vector_norm(const Array& x, const Axes& axes = {}, const NormOptions& options = {});
/// Of matrices: "fro" (the usual one), "nuc", 1, -1, inf, -inf (sums of columns and rows), 2, -2
/// (largest and smallest singular values).
Array matrix_norm(const Array& x, const NormOptions& options = {});
/// NumPy's norm: without an order that of all elements, else of vectors along one axis or of
/// matrices in two (any order that vector_norm or matrix_norm knows).
Array norm(const Array& x, const NormOptions& options = {}, const Axes& axes = {});

}  // namespace tartan::linalg
