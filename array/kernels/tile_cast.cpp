// Conversions between all dtypes. Integers wrap; a floating-point number is cut to an integer by
// way of int64 (NaN and what lies outside gives the lowest int64, then wraps), the same on every
// machine; complex to real drops the imaginary part; to bool asks whether it is not zero.

#include <array/kernels/dispatch.hpp>
#include <array/kernels/loops.hpp>
#include <tartan/array/scalar.hpp>

namespace tartan::array {
namespace {

template <class To, class From>
struct Convert {
  TARTAN_INLINE To operator()(From from) const { return detail::convert_number<To>(from); }
};

template <class From, class To>
struct FromComplex {
  TARTAN_INLINE To operator()(Complex<From> from) const {
    return detail::convert_number<To>(from.re);
  }
};
template <class To, class From>
struct ToComplex {
  TARTAN_INLINE Complex<To> operator()(From from) const { return {static_cast<To>(from), To{0}}; }
};
template <class To, class From>
struct BetweenComplex {
  TARTAN_INLINE Complex<To> operator()(Complex<From> from) const {
    return {static_cast<To>(from.re), static_cast<To>(from.im)};
  }
};
template <class T>
struct NonZero {
  TARTAN_INLINE std::uint8_t operator()(T from) const { return from != T{0}; }
};
template <class T>
struct NonZero<Complex<T>> {
  TARTAN_INLINE std::uint8_t operator()(Complex<T> from) const {
    return static_cast<std::uint8_t>(static_cast<int>(from.re != 0) |
                                     static_cast<int>(from.im != 0));
  }
};

template <class From>
TileKernel to_bool(Isa isa) {
  return Loop<NonZero<From>, std::uint8_t, From>::pick(isa);
}

template <class From>
TileKernel to_complex(DType to, Isa isa) {
  if (to == DType::complex64) {
    return ScalarLoop<ToComplex<float, From>, Complex<float>, From>::pick(isa);
  }
  return ScalarLoop<ToComplex<double, From>, Complex<double>, From>::pick(isa);
}

/// Integers to integers: only the source's sign matters, so four targets do.
template <class From>
TileKernel integer_to(DType to, Isa isa) {
  switch (to) {
    case DType::boolean:
      return to_bool<std::make_unsigned_t<From>>(isa);
    case DType::float32:
      return Loop<Convert<float, From>, float, From>::pick(isa);
    case DType::float64:
      return Loop<Convert<double, From>, double, From>::pick(isa);
    case DType::complex64:
    case DType::complex128:
      return to_complex<From>(to, isa);
    default:
      break;
  }
  switch (itemsize(to)) {
    case 1:
      return Loop<Convert<std::uint8_t, From>, std::uint8_t, From>::pick(isa);
    case 2:
      return Loop<Convert<std::uint16_t, From>, std::uint16_t, From>::pick(isa);
    case 4:
      return Loop<Convert<std::uint32_t, From>, std::uint32_t, From>::pick(isa);
    default:
      return Loop<Convert<std::uint64_t, From>, std::uint64_t, From>::pick(isa);
  }
}

template <class From>
TileKernel float_to(DType to, Isa isa) {
  if (to == DType::boolean) return to_bool<From>(isa);
  if (is_complex(to)) return to_complex<From>(to, isa);
  if (to == DType::float32) return Loop<Convert<float, From>, float, From>::pick(isa);
  if (to == DType::float64) return Loop<Convert<double, From>, double, From>::pick(isa);
  return visit_dtype(to, [isa]<class To>(Type<To>) -> TileKernel {
    if constexpr (std::is_integral_v<To> && !std::is_same_v<To, bool>) {
      return ScalarLoop<Convert<To, From>, To, From>::pick(isa);
    } else {
      return nullptr;
    }
  });
}

template <class From>
TileKernel complex_to(DType to, Isa isa) {
  using C = Complex<From>;
  if (to == DType::boolean) return to_bool<C>(isa);
  if (to == DType::complex64)
    return Loop<BetweenComplex<float, From>, Complex<float>, C>::pick(isa);
  if (to == DType::complex128) {
    return Loop<BetweenComplex<double, From>, Complex<double>, C>::pick(isa);
  }
  return visit_dtype(to, [isa]<class To>(Type<To>) -> TileKernel {
    if constexpr (std::is_arithmetic_v<To> && !std::is_same_v<To, bool>) {
      return ScalarLoop<FromComplex<From, To>, To, C>::pick(isa);
    } else {
      return nullptr;
    }
  });
}

}  // namespace

TileKernel cast_kernel(DType from, DType to, Isa isa) {
  return visit_dtype(from, [to, isa]<class From>(Type<From>) -> TileKernel {
    if constexpr (std::is_same_v<From, bool>) {
      return integer_to<std::uint8_t>(to, isa);
    } else if constexpr (std::is_integral_v<From>) {
      return integer_to<From>(to, isa);
    } else if constexpr (std::is_floating_point_v<From>) {
      return float_to<From>(to, isa);
    } else {
      return complex_to<typename From::value_type>(to, isa);
    }
  });
}

}  // namespace tartan::array
