#include <array/expr/build.hpp>
#include <tartan/array/reductions.hpp>

namespace tartan {
namespace {

Array reduced(const Array& x, array::ReduceOp operation, const Axes& axes, bool keepdims,
              double correction = 0) {
  return Array(array::reduce_node(x.lazy_node(), operation, axes.list(), keepdims, correction));
}

}  // namespace

#define TARTAN_REDUCTION(name)                                                      \
  Array name(const Array& x, const Axes& axes, const ReduceOptions& options) {      \
    return reduced(x, array::ReduceOp::name, axes, options.keepdims);               \
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
  return reduced(x, array::ReduceOp::var, axes, options.keepdims, options.ddof);
}
Array stddev(const Array& x, const Axes& axes, const VarianceOptions& options) {
  return reduced(x, array::ReduceOp::stddev, axes, options.keepdims, options.ddof);
}

}  // namespace tartan
