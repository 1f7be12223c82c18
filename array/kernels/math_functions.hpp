#pragma once

// The functions taken from SLEEF, listed once for the three files that bind its variants.
// X(operation, SLEEF's name, accuracy): u10 is below 1 unit in the last place, u05 below 0.5.

#include <array/kernels/tile.hpp>

#define TARTAN_SLEEF_UNARY(X)                                                                    \
  X(exp, exp, u10)                                                                               \
  X(expm1, expm1, u10) X(log, log, u10) X(log1p, log1p, u10) X(log2, log2, u10)                  \
      X(log10, log10, u10) X(sin, sin, u10) X(cos, cos, u10) X(tan, tan, u10) X(asin, asin, u10) \
          X(acos, acos, u10) X(atan, atan, u10) X(sinh, sinh, u10) X(cosh, cosh, u10)            \
              X(tanh, tanh, u10) X(asinh, asinh, u10) X(acosh, acosh, u10) X(atanh, atanh, u10)
#define TARTAN_SLEEF_BINARY(X) X(pow, pow, u10) X(atan2, atan2, u10) X(hypot, hypot, u05)

namespace tartan::array {

/// Sines and cosines of n numbers in about the time of one of them, below 1 unit in the last place,
/// but not always to the bit those of sin and cos.
using PairKernel = void (*)(std::byte* sines, std::byte* cosines, const std::byte* in,
                            std::size_t n);
/// dtype is float32 or float64.
PairKernel sincos_kernel(DType dtype, Isa isa);
PairKernel sincos_kernel_baseline(DType dtype);
PairKernel sincos_kernel_avx2(DType dtype);
PairKernel sincos_kernel_avx512(DType dtype);

/// dtype is float32 or float64. nullptr for an operation that is not in the lists.
TileKernel sleef_kernel_baseline(Operation operation, DType dtype);
TileKernel sleef_kernel_avx2(Operation operation, DType dtype);
TileKernel sleef_kernel_avx512(Operation operation, DType dtype);

}  // namespace tartan::array
