// Complex numbers: parts, magnitude, and the functions of analysis, which run at the speed of the
// C library's: nobody's inner loop so far.

#include <array/kernels/loops.hpp>
#include <cmath>
#include <complex>
#include <limits>

namespace tartan::array {
namespace {

struct Real {
  template <class T>
  TARTAN_INLINE T operator()(Complex<T> a) const {
    return a.re;
  }
};
struct Imag {
  template <class T>
  TARTAN_INLINE T operator()(Complex<T> a) const {
    return a.im;
  }
};
struct Conj {
  template <class T>
  TARTAN_INLINE Complex<T> operator()(Complex<T> a) const {
    return {a.re, -a.im};
  }
};
struct Round {
  template <class T>
  TARTAN_INLINE Complex<T> operator()(Complex<T> a) const {
    return {std::nearbyint(a.re), std::nearbyint(a.im)};
  }
};
struct Abs {
  template <class T>
  TARTAN_INLINE T operator()(Complex<T> a) const {
    return std::hypot(a.re, a.im);
  }
};

// kFunction works on std::complex; the lambdas make one type of each.
template <auto kFunction>
struct Library {
  template <class T>
  TARTAN_INLINE Complex<T> operator()(Complex<T> a) const {
    const std::complex<T> result = kFunction(std::complex<T>(a.re, a.im));
    return {result.real(), result.imag()};
  }
};
struct Power {
  template <class T>
  TARTAN_INLINE Complex<T> operator()(Complex<T> a, Complex<T> b) const {
    if (b.re == 0 && b.im == 0) return {T{1}, T{0}};
    if (a.re == 0 && a.im == 0) {
      if (b.re > 0) return {T{0}, T{0}};
      return {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN()};
    }
    const std::complex<T> result =
        std::pow(std::complex<T>(a.re, a.im), std::complex<T>(b.re, b.im));
    return {result.real(), result.imag()};
  }
};

constexpr auto kSign = [](auto z) {
  const auto magnitude = std::abs(z);
  if (magnitude == 0) return decltype(z)(0);
  return decltype(z)(z.real() / magnitude, z.imag() / magnitude);
};
constexpr auto kLog2 = [](auto z) {
  using T = typename decltype(z)::value_type;
  const auto log = std::log(z);
  constexpr T kScale = static_cast<T>(1.442695040888963407359924681001892137L);
  return decltype(z)(log.real() * kScale, log.imag() * kScale);
};
/// log(1 + z) without losing a small z: log|1 + z| = log1p(x (2 + x) + y y) / 2.
constexpr auto kLog1p = [](auto z) {
  using T = typename decltype(z)::value_type;
  const T x = z.real();
  const T y = z.imag();
  if (std::abs(x) > T{0.5} || std::abs(y) > T{0.5}) return std::log(decltype(z)(1 + x, y));
  return decltype(z)(std::log1p(x * (2 + x) + y * y) / 2, std::atan2(y, 1 + x));
};
/// exp(x) cos(y) - 1 = expm1(x) cos(y) - 2 sin(y / 2)^2. Of infinite and undefined parts exp knows
/// which part of the result they spoil; adding 0 makes -0 the 0 that exp(0) - 1 is.
constexpr auto kExpm1 = [](auto z) {
  using T = typename decltype(z)::value_type;
  if (!std::isfinite(z.real()) || !std::isfinite(z.imag())) {
    const auto exp = std::exp(z);
    return decltype(z)(exp.real() - 1, exp.imag());
  }
  const T half = std::sin(z.imag() / 2);
  return decltype(z)(std::expm1(z.real()) * std::cos(z.imag()) - 2 * half * half + 0,
                     std::exp(z.real()) * std::sin(z.imag()));
};

/// At infinity the C library's imaginary zero has the sign of sin(2 y); the standard's that of y.
constexpr auto kTanh = [](auto z) {
  using T = typename decltype(z)::value_type;
  if (std::isinf(z.real()) && std::isfinite(z.imag())) {
    return decltype(z)(std::copysign(T{1}, z.real()), std::copysign(T{0}, z.imag()));
  }
  return std::tanh(z);
};

#define TARTAN_COMPLEX_FUNCTION(function) \
  case Operation::function:               \
    return for_complex<ScalarLoop, Library<[](auto z) { return std::function(z); }>, 1>(dtype, isa)

TileKernel library_kernel(Operation operation, DType dtype, Isa isa) {
  switch (operation) {
    TARTAN_COMPLEX_FUNCTION(sqrt);
    TARTAN_COMPLEX_FUNCTION(exp);
    TARTAN_COMPLEX_FUNCTION(log);
    TARTAN_COMPLEX_FUNCTION(log10);
    TARTAN_COMPLEX_FUNCTION(sin);
    TARTAN_COMPLEX_FUNCTION(cos);
    TARTAN_COMPLEX_FUNCTION(tan);
    TARTAN_COMPLEX_FUNCTION(asin);
    TARTAN_COMPLEX_FUNCTION(acos);
    TARTAN_COMPLEX_FUNCTION(atan);
    TARTAN_COMPLEX_FUNCTION(sinh);
    TARTAN_COMPLEX_FUNCTION(cosh);
    TARTAN_COMPLEX_FUNCTION(asinh);
    TARTAN_COMPLEX_FUNCTION(acosh);
    TARTAN_COMPLEX_FUNCTION(atanh);
    case Operation::tanh:
      return for_complex<ScalarLoop, Library<kTanh>, 1>(dtype, isa);
    case Operation::sign:
      return for_complex<ScalarLoop, Library<kSign>, 1>(dtype, isa);
    case Operation::log2:
      return for_complex<ScalarLoop, Library<kLog2>, 1>(dtype, isa);
    case Operation::log1p:
      return for_complex<ScalarLoop, Library<kLog1p>, 1>(dtype, isa);
    case Operation::expm1:
      return for_complex<ScalarLoop, Library<kExpm1>, 1>(dtype, isa);
    case Operation::pow:
      return for_complex<ScalarLoop, Power, 2>(dtype, isa);
    default:
      return nullptr;
  }
}
#undef TARTAN_COMPLEX_FUNCTION

template <template <class, class, class...> class Loops, class F>
TileKernel part(DType dtype, Isa isa) {
  if (dtype == DType::complex64) return Loops<F, float, Complex<float>>::pick(isa);
  return Loops<F, double, Complex<double>>::pick(isa);
}

}  // namespace

TileKernel complex_kernel(Operation operation, DType dtype, Isa isa) {
  if (!is_complex(dtype)) return nullptr;
  switch (operation) {
    case Operation::real:
      return part<Loop, Real>(dtype, isa);
    case Operation::imag:
      return part<Loop, Imag>(dtype, isa);
    case Operation::abs:
      return part<ScalarLoop, Abs>(dtype, isa);
    case Operation::conj:
      return for_complex<Loop, Conj, 1>(dtype, isa);
    case Operation::round:
      return for_complex<Loop, Round, 1>(dtype, isa);
    default:
      return library_kernel(operation, dtype, isa);
  }
}

}  // namespace tartan::array
