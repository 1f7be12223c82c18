// Reductions that pass over NaN: those of reductions.cpp with a mask.

#include <array/reductions.hpp>
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

/// NaN becomes `last`, which any number beats.
Array filled(const Array& x, double last) { return where(isnan(x), last, x); }

Array extreme(Extreme function, array::ReduceOp operation, const Array& x, double last,
              const Axes& axes, const ReduceOptions& options) {
  if (!is_floating(x.dtype())) return function(x, axes, options);
  // A first value, or options to refuse.
  if (options.initial || options.dtype || options.where.valid()) {
    return function(filled(x, last), axes, options);
  }
  return array::reduced(operation, x, axes, options.keepdims);
}

/// The place of an extreme, -1 where there is only NaN.
Array place(Extreme function, const Array& x, double last, const Axes& axis,
            const ReduceOptions& options) {
  if (!is_floating(x.dtype())) return function(x, axis, options);
  const auto found = function(filled(x, last), axis, options);
  return where(all(isnan(x), axis, {.keepdims = options.keepdims}), -1, found);
}

Array spread(array::ReduceOp operation, const Array& x, const Axes& axes,
             const VarianceOptions& options) {
  const auto numbers = !isnan(x);
  const auto mask = options.where.valid() ? options.where & numbers : numbers;
  return array::reduced_under_mask(operation, x, mask, axes, options.keepdims, options.ddof);
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
  return extreme(min, array::ReduceOp::nanmin, x, kInfinity, axes, options);
}
Array nanmax(const Array& x, const Axes& axes, const ReduceOptions& options) {
  return extreme(max, array::ReduceOp::nanmax, x, -kInfinity, axes, options);
}
Array nanargmin(const Array& x, const Axes& axis, const ReduceOptions& options) {
  return place(argmin, x, kInfinity, axis, options);
}
Array nanargmax(const Array& x, const Axes& axis, const ReduceOptions& options) {
  return place(argmax, x, -kInfinity, axis, options);
}

Array nanvar(const Array& x, const Axes& axes, const VarianceOptions& options) {
  if (is_floating(x.dtype())) return spread(array::ReduceOp::masked_nanvar, x, axes, options);
  if (!may_have_nan(x)) return var(x, axes, options);
  const auto numbers =
      count_nonzero(!isnan(x), axes, {.keepdims = options.keepdims, .where = options.where});
  return where(numbers > options.ddof, var(x, axes, without_nan(x, options)), kNan);
}
Array nanstd(const Array& x, const Axes& axes, const VarianceOptions& options) {
  if (is_floating(x.dtype())) return spread(array::ReduceOp::masked_nanstd, x, axes, options);
  return may_have_nan(x) ? sqrt(nanvar(x, axes, options)) : stddev(x, axes, options);
}

}  // namespace tartan
