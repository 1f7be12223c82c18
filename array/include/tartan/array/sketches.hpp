#pragma once

// Answers within a stated error, in one pass and a fixed amount of memory per block, whatever the
// order of the elements. The same array gives the same answer for any chunks and workers.

#include <tartan/array/array.hpp>
#include <vector>

namespace tartan {

struct ApproxQuantileOptions {
  double error = 0.01;    ///< relative, of the elements; from 0.001 to 0.5
  bool skip_nan = false;  ///< else a NaN among the elements makes all quantiles NaN
};
/// Of all elements: within `error` times its absolute value of the element number floor(q (n - 1))
/// of the sorted ones, which is quantile's method `lower`; numbers below the smallest normal one of
/// the dtype may be taken for 0. float64, 0-d, or one axis for several q. Elements are counted by
/// their exponents and leading fraction bits, as DDSketch does by logarithms (Masson, Rim and Lee,
/// VLDB 2019); a block's counts take 2 MiB at an error of 0.01 and 16 MiB at 0.001, 256 KiB and
/// 2 MiB of float32. An array with less than that per block is selected from exactly. ValueError
/// for a q that is not from 0 to 1 or another error; TypeError for complex numbers.
Array approx_quantile(const Array& x, double q, const ApproxQuantileOptions& options = {});
Array approx_quantile(const Array& x, const std::vector<double>& q,
                      const ApproxQuantileOptions& options = {});
Array approx_median(const Array& x, const ApproxQuantileOptions& options = {});

/// How many different elements x has (int64, 0-d), by HyperLogLog with 16,384 registers (Flajolet,
/// Fusy, Gandouet and Meunier, 2007; Ertl's estimator, 2017): the standard error is 0.81 per cent.
/// All NaNs count as one element, and so do zeros of both signs.
Array approx_count_distinct(const Array& x);

}  // namespace tartan
