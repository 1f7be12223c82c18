// Arithmetic that every number has: + - * / and what is made of them.

#include <array/kernels/loops.hpp>
#include <cmath>

namespace tartan::array {
namespace {

template <class T>
inline constexpr bool kComplex = false;
template <class T>
inline constexpr bool kComplex<Complex<T>> = true;

// Integers arrive as unsigned types and wrap. The narrow ones are multiplied as unsigned int:
// uint16 would be promoted to int and overflow it.
struct Add {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if constexpr (kComplex<T>) {
      return {a.re + b.re, a.im + b.im};
    } else {
      return static_cast<T>(a + b);
    }
  }
};
struct Subtract {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if constexpr (kComplex<T>) {
      return {a.re - b.re, a.im - b.im};
    } else {
      return static_cast<T>(a - b);
    }
  }
};
struct Multiply {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if constexpr (kComplex<T>) {
      return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    } else if constexpr (sizeof(T) == 2) {
      return static_cast<T>(static_cast<unsigned>(a) * static_cast<unsigned>(b));
    } else {
      return static_cast<T>(a * b);
    }
  }
};
struct Divide {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if constexpr (kComplex<T>) {
      return smith(a, b);
    } else {
      return a / b;
    }
  }
  /// Smith (1962): no overflow where the quotient itself is finite.
  template <class C>
  static TARTAN_INLINE C smith(C a, C b) {
    if (std::abs(b.re) >= std::abs(b.im)) {
      if (b.re == 0 && b.im == 0) return {a.re / std::abs(b.re), a.im / std::abs(b.re)};
      const auto ratio = b.im / b.re;
      const auto scale = 1 / (b.re + b.im * ratio);
      return {(a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale};
    }
    const auto ratio = b.re / b.im;
    const auto scale = 1 / (b.im + b.re * ratio);
    return {(a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale};
  }
};
struct Negative {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    if constexpr (kComplex<T>) {
      return {-a.re, -a.im};
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(T{0} - a);
    } else {
      return -a;
    }
  }
};
struct Square {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return Multiply{}(a, a);
  }
};
struct Reciprocal {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    if constexpr (kComplex<T>) {
      return Divide::smith(T{1, 0}, a);
    } else {
      return 1 / a;
    }
  }
};
struct Sqrt {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return std::sqrt(a);
  }
};
struct AbsFloat {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return std::abs(a);
  }
};
struct AbsInteger {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    using U = std::make_unsigned_t<T>;
    return a < 0 ? static_cast<T>(static_cast<U>(U{0} - static_cast<U>(a))) : a;
  }
};
struct Sign {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    if constexpr (std::is_floating_point_v<T>) {
      const T sign = static_cast<T>(a > 0) - static_cast<T>(a < 0);
      return a == a ? sign : a;
    } else {
      return static_cast<T>(static_cast<int>(a > 0) - static_cast<int>(a < 0));
    }
  }
};

/// Complex products stay at the baseline: GCC 12 turns them into fused multiply-adds even where
/// contraction is off, and the bits would depend on the machine.
template <class F, int kArity>
TileKernel complex_products(DType dtype, Isa isa) {
  return for_complex<ScalarLoop, F, kArity>(dtype, isa);
}
template <class F, int kArity>
TileKernel numbers(DType dtype, Isa isa) {
  if (is_integer(dtype)) return by_size<Loop, F, kArity>(dtype, isa);
  if (is_complex(dtype)) return for_complex<Loop, F, kArity>(dtype, isa);
  return for_floats<Loop, F, kArity>(dtype, isa);
}
TileKernel abs_kernel(DType dtype, Isa isa) {
  switch (dtype) {
    case DType::int8:
      return same_type<Loop, AbsInteger, std::int8_t, 1>(isa);
    case DType::int16:
      return same_type<Loop, AbsInteger, std::int16_t, 1>(isa);
    case DType::int32:
      return same_type<Loop, AbsInteger, std::int32_t, 1>(isa);
    case DType::int64:
      return same_type<Loop, AbsInteger, std::int64_t, 1>(isa);
    default:
      return for_floats<Loop, AbsFloat, 1>(dtype, isa);
  }
}

}  // namespace

TileKernel arithmetic_kernel(Operation operation, DType dtype, Isa isa) {
  if (is_boolean(dtype)) return nullptr;
  switch (operation) {
    case Operation::add:
      return numbers<Add, 2>(dtype, isa);
    case Operation::subtract:
      return numbers<Subtract, 2>(dtype, isa);
    case Operation::multiply:
      return is_complex(dtype) ? complex_products<Multiply, 2>(dtype, isa)
                               : numbers<Multiply, 2>(dtype, isa);
    case Operation::negative:
      return numbers<Negative, 1>(dtype, isa);
    case Operation::square:
      return is_complex(dtype) ? complex_products<Square, 1>(dtype, isa)
                               : numbers<Square, 1>(dtype, isa);
    case Operation::divide:
      return is_complex(dtype) ? complex_products<Divide, 2>(dtype, isa)
                               : for_floats<Loop, Divide, 2>(dtype, isa);
    case Operation::reciprocal:
      return is_complex(dtype) ? complex_products<Reciprocal, 1>(dtype, isa)
                               : for_floats<Loop, Reciprocal, 1>(dtype, isa);
    case Operation::sqrt:
      return for_floats<Loop, Sqrt, 1>(dtype, isa);
    case Operation::abs:
      return abs_kernel(dtype, isa);
    case Operation::sign:
      return is_integer(dtype) ? for_integers<Loop, Sign, 1>(dtype, isa)
                               : for_floats<Loop, Sign, 1>(dtype, isa);
    default:
      return nullptr;
  }
}

}  // namespace tartan::array
