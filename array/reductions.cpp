#include <array/expr/build.hpp>
#include <array/expr/masked.hpp>
#include <array/reductions.hpp>
#include <fmt/format.h>
#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

using array::reduced;
using array::ReduceOp;

/// Which options a reduction has beside keepdims.
struct Takes {
  bool dtype = false;
  bool initial = false;
  bool where = false;
};

Takes taken_by(ReduceOp operation) {
  switch (operation) {
    case ReduceOp::sum:
    case ReduceOp::prod: return {true, true, true};
    case ReduceOp::mean: return {true, false, true};
    case ReduceOp::min:
    case ReduceOp::max: return {false, true, true};
    case ReduceOp::argmin:
    case ReduceOp::argmax: return {};
    default: return {false, false, true};
  }
}

bool is_extreme(ReduceOp operation) {
  return operation == ReduceOp::min || operation == ReduceOp::max;
}

/// Also where the lengths are not known yet.
bool same_shape(const Array& a, const Array& b) {
  return a.lazy_node()->shape == b.lazy_node()->shape;
}

void check_where(std::string_view what, const Array& x, const Array& mask) {
  if (same_shape(x, mask) || broadcasts_to(mask.shape(), x.shape())) return;
  throw ValueError(fmt::format("{}: where has shape {}, which does not broadcast to the array's {}",
                               what, to_string(mask.shape()), to_string(x.shape())));
}

void check_options(ReduceOp operation, const Array& x, const ReduceOptions& options) {
  const auto takes = taken_by(operation);
  const auto what = array::name(operation);
  const auto refuse = [what](std::string_view option) {
    throw ValueError(fmt::format("{} has no option {}; leave it out", what, option));
  };
  if (options.dtype && !takes.dtype) refuse("dtype");
  if (options.initial && !takes.initial) refuse("initial");
  if (!options.where.valid()) return;
  if (!takes.where) refuse("where");
  check_where(what, x, options.where);
  if (is_extreme(operation) && !options.initial) {
    throw ValueError(fmt::format("{}: where may leave no elements; say by initial what comes out",
                                 what));
  }
}

/// The elements that do not count, replaced by what changes nothing.
Array masked(ReduceOp operation, const Array& x, const ReduceOptions& options) {
  if (!options.where.valid()) return x;
  switch (operation) {
    case ReduceOp::prod: return where(options.where, x, 1);
    case ReduceOp::all: return where(options.where, x, true);
    case ReduceOp::any:
    case ReduceOp::count_nonzero: return where(options.where, x, false);
    case ReduceOp::min:
    case ReduceOp::max: return where(options.where, x, *options.initial);
    default: return where(options.where, x, 0);
  }
}

Array with_initial(ReduceOp operation, const Array& result, const Scalar& initial) {
  switch (operation) {
    case ReduceOp::sum: return result + initial;
    case ReduceOp::prod: return result * initial;
    case ReduceOp::min: return minimum(result, initial);
    default: return maximum(result, initial);
  }
}

/// Number of elements that count behind every element of the result, as float64.
Array counted(const Array& x, const Axes& axes, bool keepdims, const Array& mask) {
  return count_nonzero(same_shape(x, mask) ? mask : broadcast_to(mask, x.shape()), axes,
                       {.keepdims = keepdims})
      .astype(DType::float64);
}

Array masked_mean(const Array& x, const Axes& axes, bool keepdims, const Array& mask) {
  if (!is_complex(x.dtype())) {
    return array::reduced_under_mask(ReduceOp::masked_mean, x, mask, axes, keepdims);
  }
  const auto total =
      sum(x.astype(DType::complex128), axes, {.keepdims = keepdims, .where = mask});
  return (total / counted(x, axes, keepdims, mask))
      .astype(result_dtype(ReduceOp::mean, x.dtype()));
}

void check_initial(ReduceOp operation, DType dtype, const Scalar& initial) {
  if (result_type(dtype, initial) == dtype) return;
  throw TypeError(fmt::format("{}: initial {} does not fit a result of {}; cast the array with "
                              "astype first",
                              array::name(operation), initial.to_string(), name(dtype)));
}

Array reduce(ReduceOp operation, const Array& x, const Axes& axes, const ReduceOptions& options) {
  check_options(operation, x, options);
  const auto dtype = options.dtype.value_or(result_dtype(operation, x.dtype()));
  if (options.initial) check_initial(operation, dtype, *options.initial);
  if (options.initial && is_extreme(operation) && x.size() == 0) {
    const auto like = reduced(ReduceOp::any, x, axes, options.keepdims);
    return full(like.shape(), *options.initial, {.dtype = dtype, .chunks = like.chunks()});
  }
  const auto cast = options.dtype ? x.astype(*options.dtype) : x;
  const bool counts = operation == ReduceOp::mean && options.where.valid();
  const auto result =
      (counts ? masked_mean(cast, axes, options.keepdims, options.where)
              : reduced(operation, masked(operation, cast, options), axes, options.keepdims))
          .astype(dtype);
  return options.initial ? with_initial(operation, result, *options.initial) : result;
}

Array variance(ReduceOp operation, const Array& x, const Axes& axes,
               const VarianceOptions& options) {
  if (is_complex(x.dtype())) {
    const auto both = variance(ReduceOp::var, real(x), axes, options) +
                      variance(ReduceOp::var, imag(x), axes, options);
    return operation == ReduceOp::stddev ? sqrt(both) : both;
  }
  if (!options.where.valid()) return reduced(operation, x, axes, options.keepdims, options.ddof);
  return array::reduced_under_mask(*array::under_mask(operation), x, options.where, axes,
                                   options.keepdims, options.ddof);
}

}  // namespace

Array array::reduced(ReduceOp operation, const Array& x, const Axes& axes, bool keepdims,
                     double correction) {
  return Array(reduce_node(x.lazy_node(), operation, axes.list(), keepdims, correction));
}

Array array::reduced_under_mask(ReduceOp operation, const Array& x, const Array& mask,
                                const Axes& axes, bool keepdims, double correction) {
  check_where(array::name(operation), x, mask);
  return Array(masked_reduce_node(x.lazy_node(), mask.lazy_node(), operation, axes.list(),
                                  keepdims, correction));
}

#define TARTAN_REDUCTION(name)                                                      \
  Array name(const Array& x, const Axes& axes, const ReduceOptions& options) {      \
    return reduce(ReduceOp::name, x, axes, options);                                \
  }
TARTAN_REDUCTION(sum)
TARTAN_REDUCTION(prod)
TARTAN_REDUCTION(mean)
TARTAN_REDUCTION(min)
TARTAN_REDUCTION(max)
TARTAN_REDUCTION(argmin)
TARTAN_REDUCTION(argmax)
TARTAN_REDUCTION(any)
TARTAN_REDUCTION(all)
TARTAN_REDUCTION(count_nonzero)

Array var(const Array& x, const Axes& axes, const VarianceOptions& options) {
  return variance(ReduceOp::var, x, axes, options);
}
Array stddev(const Array& x, const Axes& axes, const VarianceOptions& options) {
  return variance(ReduceOp::stddev, x, axes, options);
}

Array ptp(const Array& x, const Axes& axes, const ReduceOptions& options) {
  if (options.dtype || options.initial || options.where.valid()) {
    throw ValueError("ptp has no option but keepdims; leave the others out");
  }
  return max(x, axes, options) - min(x, axes, options);
}

Array average(const Array& x, const AverageOptions& options) {
  if (!options.weights.valid()) return mean(x, options.axes, {.keepdims = options.keepdims});
  auto weights = options.weights;
  if (weights.shape() != x.shape()) {
    const auto& axes = options.axes.list();
    const bool along_one = axes && axes->size() == 1 && weights.ndim() == 1;
    const auto axis = along_one ? array::normal_axis(axes->front(), x.ndim(), "average") : 0;
    if (!along_one || weights.shape()[0] != x.shape()[static_cast<std::size_t>(axis)]) {
      throw ValueError(fmt::format("average: weights of shape {} for an array of shape {}; give "
                                   "the same shape, or 1-d weights of the length of the one axis",
                                   to_string(weights.shape()), to_string(x.shape())));
    }
    Shape shape(x.ndim(), 1);
    shape[static_cast<std::size_t>(axis)] = weights.shape()[0];
    weights = weights.reshape(shape);
  }
  auto dtype = result_type(x.dtype(), weights.dtype());
  if (is_integer(x.dtype()) || is_boolean(x.dtype())) dtype = result_type(dtype, DType::float64);
  const ReduceOptions keep{.keepdims = options.keepdims};
  const auto scale = sum(weights.astype(dtype), options.axes, keep);
  return sum(x.astype(dtype) * weights.astype(dtype), options.axes, keep) / scale;
}

}  // namespace tartan
