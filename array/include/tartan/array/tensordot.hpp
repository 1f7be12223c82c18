#pragma once

// Products of arrays over named axes, and what is made of them. Blocks of the result are products
// of blocks of the operands, which keep their chunks along the axes that stay unless a block would
// be larger than 64 MiB; blocks along summed axes are added in a fixed order. Products of bools are
// logical, of other dtypes NumPy's: integers wrap in the dtype the operands promote to.

#include <string_view>
#include <tartan/array/array.hpp>
#include <tartan/array/manipulation.hpp>

namespace tartan {

/// The sum over the last n axes of a and the first n of b: shape (axes left of a..., of b...).
Array tensordot(const Array& a, const Array& b, std::int64_t axes = 2);
/// The sum over axes a_axes[i] of a with b_axes[i] of b. Throws ValueError when the lists or the
/// lengths of the axes differ.
Array tensordot(const Array& a, const Array& b, const std::vector<std::int64_t>& a_axes,
                const std::vector<std::int64_t>& b_axes);
/// The sum of conj(a) * b along an axis, which is counted from the last; the others broadcast.
/// Fused with what the operands are computed from.
Array vecdot(const Array& a, const Array& b, std::int64_t axis = -1);
/// NumPy's dot: the last axis of a with the last but one (or only) of b; times a 0-d operand.
Array dot(const Array& a, const Array& b);
/// The sum of conj(a) * b over all elements in C order, 0-d.
Array vdot(const Array& a, const Array& b);
/// The sum over the last axes of both; times a 0-d operand.
Array inner(const Array& a, const Array& b);
/// All products of elements of a and b, which are taken in C order: (size of a, size of b).
Array outer(const Array& a, const Array& b);
/// Kronecker product: blocks of b scaled by the elements of a; the missing leading axes are 1. b
/// becomes one chunk.
Array kron(const Array& a, const Array& b);
/// Vector product along an axis of length 3, counted from the last; the others broadcast.
Array cross(const Array& a, const Array& b, std::int64_t axis = -1);

/// Einstein's sums in NumPy's notation: "ij,jk->ik", "...ii->...i", "i,j". Pairs of operands are
/// multiplied in the order that keeps what lies between smallest, axes that nobody else needs are
/// summed at once. Throws ValueError for subscripts that do not fit the operands.
Array einsum(std::string_view subscripts, const std::vector<Array>& operands);

/// The diagonal column - row = offset of two axes, as the last axis; chunks are those the blocks on
/// the diagonal give.
Array diagonal(const Array& x, std::int64_t offset = 0, std::int64_t axis1 = 0,
               std::int64_t axis2 = 1);
struct TraceOptions {
  std::int64_t offset = 0;
  std::optional<DType> dtype = {};  ///< of the sum; none: that of sum()
};
/// The sum along the diagonal of two axes.
Array trace(const Array& x, const TraceOptions& options = {}, std::int64_t axis1 = 0,
            std::int64_t axis2 = 1);

struct CovOptions {
  bool rowvar = true;               ///< rows are variables, columns observations; else swapped
  bool bias = false;                ///< divide by the number of observations, not one less
  std::optional<double> ddof = {};  ///< or by the number of observations less ddof
};
/// Covariances of the variables of a 1-d or 2-d array: (variables, variables), float64 at least.
/// The observations may be in any chunks.
Array cov(const Array& x, const CovOptions& options = {});
/// Of the variables of x and of y together.
Array cov(const Array& x, const Array& y, const CovOptions& options = {});
/// Correlation coefficients, within [-1, 1].
Array corrcoef(const Array& x, bool rowvar = true);
Array corrcoef(const Array& x, const Array& y, bool rowvar = true);

}  // namespace tartan
