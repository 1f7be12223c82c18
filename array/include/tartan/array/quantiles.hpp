#pragma once

// Medians, quantiles and percentiles, exact. Along axes they are gathered to one chunk; of all
// elements of a large array they are found without moving elements: blocks count by the leading
// bits of the numbers, again and again within the ranges that the wanted ranks are in.
//
// The result is floating (float32 of float32, else float64), but of the array's own dtype for
// methods that take elements as they are. A slice with NaN, or without elements, gives NaN; the
// nan functions leave NaN out. TypeError for complex arrays.

#include <tartan/array/array.hpp>
#include <tartan/array/reductions.hpp>
#include <vector>

namespace tartan {

/// Where between two sorted elements a quantile lies; NumPy's methods (Hyndman and Fan, 1996).
enum class QuantileMethod : std::uint8_t {
  linear,
  lower,
  higher,
  midpoint,
  nearest,
  inverted_cdf,
  averaged_inverted_cdf,
  closest_observation,
  interpolated_inverted_cdf,
  hazen,
  weibull,
  median_unbiased,
  normal_unbiased,
};

struct QuantileOptions {
  QuantileMethod method = QuantileMethod::linear;
  bool keepdims = false;
};

/// q from 0 to 1, percentile's from 0 to 100 (ValueError). Several q make a first axis.
Array quantile(const Array& x, double q, const Axes& axes = {},
               const QuantileOptions& options = {});
Array quantile(const Array& x, const std::vector<double>& q, const Axes& axes = {},
               const QuantileOptions& options = {});
Array nanquantile(const Array& x, double q, const Axes& axes = {},
                  const QuantileOptions& options = {});
Array nanquantile(const Array& x, const std::vector<double>& q, const Axes& axes = {},
                  const QuantileOptions& options = {});
Array percentile(const Array& x, double q, const Axes& axes = {},
                 const QuantileOptions& options = {});
Array percentile(const Array& x, const std::vector<double>& q, const Axes& axes = {},
                 const QuantileOptions& options = {});
Array nanpercentile(const Array& x, double q, const Axes& axes = {},
                    const QuantileOptions& options = {});
Array nanpercentile(const Array& x, const std::vector<double>& q, const Axes& axes = {},
                    const QuantileOptions& options = {});
/// The middle element, or the mean of the two in the middle.
Array median(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array nanmedian(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});

}  // namespace tartan
