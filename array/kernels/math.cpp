// The functions of analysis: SLEEF's vector code, mended where its range is narrower than the C
// library's (measured against long double; inside the range it stays below 1 unit in the last
// place), and where its variants disagree in the sign of NaN.

#include <array/kernels/loops.hpp>
#include <array/kernels/math_functions.hpp>
#include <cmath>
#include <limits>

namespace tartan::array {
namespace {

TileKernel sleef_kernel(Operation operation, DType dtype, Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return sleef_kernel_avx512(operation, dtype);
    case Isa::avx2:
      return sleef_kernel_avx2(operation, dtype);
    case Isa::baseline:
      break;
  }
  return sleef_kernel_baseline(operation, dtype);
}

// A mend says for which arguments SLEEF is not to be trusted, and what is right there.
struct LogMend {
  template <class T>
  static TARTAN_INLINE bool outside(T x) {
    return !(x >= 0);
  }
  template <class T>
  static T value(T) {
    return std::numeric_limits<T>::quiet_NaN();
  }
};
struct Log1pMend {
  template <class T>
  static TARTAN_INLINE bool outside(T x) {
    return x > std::numeric_limits<T>::max() / 100;
  }
  template <class T>
  static T value(T x) {
    return std::log(x);
  }
};
struct SinhMend {
  template <class T>
  static TARTAN_INLINE bool outside(T x) {
    return std::abs(x) > T{sizeof(T) == 8 ? 709 : 88};
  }
  template <class T>
  static T value(T x) {
    return std::sinh(x);
  }
};
struct CoshMend : SinhMend {
  template <class T>
  static T value(T x) {
    return std::cosh(x);
  }
};
struct AsinhMend {
  template <class T>
  static TARTAN_INLINE bool outside(T x) {
    return std::abs(x) > static_cast<T>(sizeof(T) == 8 ? 1e150 : 1e18);
  }
  template <class T>
  static T value(T x) {
    return std::asinh(x);
  }
};
struct AcoshMend : AsinhMend {
  template <class T>
  static T value(T x) {
    return std::acosh(x);
  }
};

template <Operation kOperation, class Mend, class T, Isa kIsa>
void mended(std::byte* out, const std::byte* const* in, std::size_t n) {
  static const TileKernel kernel = sleef_kernel(kOperation, dtype_of<T>, kIsa);
  kernel(out, in, n);
  const T* x = reinterpret_cast<const T*>(in[0]);
  int any = 0;
  for (std::size_t i = 0; i < n; ++i) any |= static_cast<int>(Mend::outside(x[i]));
  if (any == 0) return;
  T* result = reinterpret_cast<T*>(out);
  for (std::size_t i = 0; i < n; ++i) {
    if (Mend::outside(x[i])) result[i] = Mend::value(x[i]);
  }
}

/// pow(x, 1) of the largest numbers is infinite in SLEEF.
template <class T, Isa kIsa>
void mended_pow(std::byte* out, const std::byte* const* in, std::size_t n) {
  static const TileKernel kernel = sleef_kernel(Operation::pow, dtype_of<T>, kIsa);
  kernel(out, in, n);
  const T* x = reinterpret_cast<const T*>(in[0]);
  const T* y = reinterpret_cast<const T*>(in[1]);
  T* result = reinterpret_cast<T*>(out);
  for (std::size_t i = 0; i < n; ++i) result[i] = y[i] == 1 ? x[i] : result[i];
}

template <Operation kOperation, class Mend, class T>
TileKernel mended_for(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return &mended<kOperation, Mend, T, Isa::avx512>;
    case Isa::avx2:
      return &mended<kOperation, Mend, T, Isa::avx2>;
    case Isa::baseline:
      break;
  }
  return &mended<kOperation, Mend, T, Isa::baseline>;
}

template <Operation kOperation, class Mend>
TileKernel mended_for(DType dtype, Isa isa) {
  return dtype == DType::float32 ? mended_for<kOperation, Mend, float>(isa)
                                 : mended_for<kOperation, Mend, double>(isa);
}

template <class T>
TileKernel mended_pow_for(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return &mended_pow<T, Isa::avx512>;
    case Isa::avx2:
      return &mended_pow<T, Isa::avx2>;
    case Isa::baseline:
      break;
  }
  return &mended_pow<T, Isa::baseline>;
}

}  // namespace

PairKernel sincos_kernel(DType dtype, Isa isa) {
  if (isa == Isa::avx512) return sincos_kernel_avx512(dtype);
  return isa == Isa::avx2 ? sincos_kernel_avx2(dtype) : sincos_kernel_baseline(dtype);
}

TileKernel math_kernel(Operation operation, DType dtype, Isa isa) {
  if (!is_floating(dtype)) return nullptr;
  switch (operation) {
    case Operation::log:
      return mended_for<Operation::log, LogMend>(dtype, isa);
    case Operation::log2:
      return mended_for<Operation::log2, LogMend>(dtype, isa);
    case Operation::log10:
      return mended_for<Operation::log10, LogMend>(dtype, isa);
    case Operation::log1p:
      return mended_for<Operation::log1p, Log1pMend>(dtype, isa);
    case Operation::sinh:
      return mended_for<Operation::sinh, SinhMend>(dtype, isa);
    case Operation::cosh:
      return mended_for<Operation::cosh, CoshMend>(dtype, isa);
    case Operation::asinh:
      return mended_for<Operation::asinh, AsinhMend>(dtype, isa);
    case Operation::acosh:
      return mended_for<Operation::acosh, AcoshMend>(dtype, isa);
    case Operation::pow:
      return dtype == DType::float32 ? mended_pow_for<float>(isa) : mended_pow_for<double>(isa);
    default:
      return sleef_kernel(operation, dtype, isa);
  }
}

}  // namespace tartan::array
