// The functions of analysis: SLEEF's vector code, mended where its range is narrower than the C
// library's.

#include <array/kernels/math_functions.hpp>
#include <cmath>

namespace tartan::array {
namespace {

TileKernel sleef_kernel(Operation operation, DType dtype, Isa isa) {
  switch (isa) {
    case Isa::avx512: return sleef_kernel_avx512(operation, dtype);
    case Isa::avx2: return sleef_kernel_avx2(operation, dtype);
    case Isa::baseline: break;
  }
  return sleef_kernel_baseline(operation, dtype);
}

}  // namespace

TileKernel math_kernel(Operation operation, DType dtype, Isa isa) {
  if (!is_floating(dtype)) return nullptr;
  return sleef_kernel(operation, dtype, isa);
}

}  // namespace tartan::array
