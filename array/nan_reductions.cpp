// Reductions that pass over NaN: those of reductions.cpp with a mask.

#include <limits>
#include <tartan/array/functions.hpp>
#include <tartan/array/reductions.hpp>

namespace tartan {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool may_have_nan(const Array& x) { return is_floating(x.dtype()) || is_complex(x.dtype()); }

/// The options with NaN left out too.
template <class Options>
Options without_nan(const Array& x, Options options) {
  if (!may_have_nan(x)) return options;
  const auto numbers = !isnan(x);
  options.where = options.where.valid() ? options.where & numbers : numbers;
  return options;
}

using Extreme = Array (*)(const Array&, const Axes&, const ReduceOptions&);

/// NaN becomes `last`, which any number beats, and where there is nothing else `none` comes out.
Array extreme(Extreme function, const Array& x, double last, const Operand& none, const Axes& axes,
              const ReduceOptions& options) {
  if (!is_floating(x.dtype())) return function(x, axes, options);
  const auto missing = isnan(x);
  const auto found = function(where(missing, last, x), axes, options);
  if (options.initial) return found;
  return where(all(missing, axes, {.keepdims = options.keepdims}), none, found);
}

}  // namespace

Array nansum(const Array& x, const Axes& axes, const ReduceOptions& options) {
  return sum(x, axes, without_nan(x, options));
}
Array nanprod(const Array& x, const Axes& axes, const ReduceOptions& options) {
  return prod(x, axes, without_nan(x, options));
}
Array nanmean(const Array& x, const Axes& axes, const ReduceOptions& options) {
  return mean(x, axes, without_nan(x, options));
}
Array nanmin(const Array& x, const Axes& axes, const ReduceOptions& options) {
  return extreme(min, x, kInfinity, kNan, axes, options);
}
Array nanmax(const Array& x, const Axes& axes, const ReduceOptions& options) {
  return extreme(max, x, -kInfinity, kNan, axes, options);
}
Array nanargmin(const Array& x, const Axes& axis, const ReduceOptions& options) {
  return extreme(argmin, x, kInfinity, -1, axis, options);
}
Array nanargmax(const Array& x, const Axes& axis, const ReduceOptions& options) {
  return extreme(argmax, x, -kInfinity, -1, axis, options);
}

Array nanvar(const Array& x, const Axes& axes, const VarianceOptions& options) {
  if (!may_have_nan(x)) return var(x, axes, options);
  const auto masked = without_nan(x, options);
  const auto numbers =
      count_nonzero(!isnan(x), axes, {.keepdims = options.keepdims, .where = options.where});
  return where(numbers > options.ddof, var(x, axes, masked), kNan);
}
Array nanstd(const Array& x, const Axes& axes, const VarianceOptions& options) {
  return may_have_nan(x) ? sqrt(nanvar(x, axes, options)) : stddev(x, axes, options);
}

}  // namespace tartan
