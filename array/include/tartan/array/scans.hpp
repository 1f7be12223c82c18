#pragma once

// Running sums, products, minima and maxima along an axis. Every chunk is read twice: once for its
// total, once to scan it from what lies before it; both in parallel over chunks, which stay as they
// are. Results are the same to the bit for any number of workers.
//
// Floating-point numbers are added up in float64, so that float32 comes out more exact than
// NumPy's, and running sums of numbers that are not negative never go down. Chunks are multiplied
// up by themselves first: running products are right while the products of single chunks are within
// the dtype's range.

#include <optional>
#include <tartan/array/array.hpp>

namespace tartan {

struct CumulativeOptions {
  std::optional<std::int64_t> axis = {};  ///< may be left out for arrays of at most one axis
  /// None: int64 or uint64 of integers, int64 of bool, itself of a floating dtype.
  std::optional<DType> dtype = {};
  bool include_initial = false;  ///< the sum (product) of no elements comes first: one longer
};
/// Throws ValueError without an axis for several axes. A 0-d array counts as one element.
Array cumulative_sum(const Array& x, const CumulativeOptions& options = {});
Array cumulative_prod(const Array& x, const CumulativeOptions& options = {});

/// NumPy's names: without an axis over the elements in C order. The nan ones take NaN as 0 (1).
using ScanAxis = std::optional<std::int64_t>;
Array cumsum(const Array& x, ScanAxis axis = {}, std::optional<DType> dtype = {});
Array cumprod(const Array& x, ScanAxis axis = {}, std::optional<DType> dtype = {});
Array nancumsum(const Array& x, ScanAxis axis = {}, std::optional<DType> dtype = {});
Array nancumprod(const Array& x, ScanAxis axis = {}, std::optional<DType> dtype = {});

/// The largest (smallest) so far, as np.maximum.accumulate; NaN wins. TypeError for complex
/// numbers.
Array maximum_accumulate(const Array& x, std::int64_t axis = 0);
Array minimum_accumulate(const Array& x, std::int64_t axis = 0);

}  // namespace tartan
