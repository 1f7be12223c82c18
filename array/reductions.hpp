#pragma once

#include <array/kernels/reduce.hpp>
#include <tartan/array/reductions.hpp>

namespace tartan::array {

/// An operation under a mask, which is bool and broadcasts to x.
Array reduced_under_mask(ReduceOp operation, const Array& x, const Array& mask, const Axes& axes,
                         bool keepdims, double correction = 0);
/// The same without a mask; NaN is passed over by nanmin and nanmax.
Array reduced(ReduceOp operation, const Array& x, const Axes& axes, bool keepdims,
              double correction = 0);

}  // namespace tartan::array
