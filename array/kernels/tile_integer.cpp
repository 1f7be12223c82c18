// What only integers have: bits, shifts, division that rounds down, whole powers.

#include <array/kernels/loops.hpp>
#include <limits>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

struct BitAnd {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};
struct BitOr {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};
struct BitXor {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};
struct BitInvert {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return static_cast<T>(~a);
  }
};
// A negative shift count is a huge unsigned one: everything is shifted out.
struct ShiftLeft {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    constexpr T kWidth = std::numeric_limits<T>::digits;
    return b < kWidth ? static_cast<T>(static_cast<std::uint64_t>(a) << b) : T{0};
  }
};
struct ShiftRight {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    using U = std::make_unsigned_t<T>;
    constexpr U kWidth = std::numeric_limits<U>::digits;
    const U count = static_cast<U>(b);
    return static_cast<T>(a >> (count < kWidth ? count : kWidth - 1)) &
           static_cast<T>(std::is_signed_v<T> || count < kWidth ? -1 : 0);
  }
};

template <class T>
TARTAN_INLINE bool divides_badly(T a, T b) {
  if constexpr (std::is_signed_v<T>) {
    return b == 0 || (b == -1 && a == std::numeric_limits<T>::min());
  } else {
    return b == 0;
  }
}

struct FloorDivide {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if (divides_badly(a, b)) return b == 0 ? T{0} : a;
    const T quotient = static_cast<T>(a / b);
    const T rest = static_cast<T>(a % b);
    if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(quotient - (rest != 0 && (rest < 0) != (b < 0)));
    } else {
      return quotient;
    }
  }
};
struct Remainder {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if (divides_badly(a, b)) return T{0};
    const T rest = static_cast<T>(a % b);
    if constexpr (std::is_signed_v<T>) {
      return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
    } else {
      return rest;
    }
  }
};
struct Power {
  template <class T>
  TARTAN_INLINE T operator()(T base, T exponent) const {
    if (exponent < 0) {
      throw ValueError(
          "pow: an integer to a negative integer power has no integer value; cast the base to a "
          "floating-point dtype");
    }
    auto left = static_cast<std::uint64_t>(exponent);
    auto factor = static_cast<std::uint64_t>(base);
    std::uint64_t result = 1;
    for (; left != 0; left >>= 1) {
      if ((left & 1) != 0) result *= factor;
      factor *= factor;
    }
    return static_cast<T>(result);
  }
};

}  // namespace

TileKernel integer_kernel(Operation operation, DType dtype, Isa isa) {
  if (!is_integer(dtype)) return nullptr;
  switch (operation) {
    case Operation::bitwise_and:
      return by_size<Loop, BitAnd, 2>(dtype, isa);
    case Operation::bitwise_or:
      return by_size<Loop, BitOr, 2>(dtype, isa);
    case Operation::bitwise_xor:
      return by_size<Loop, BitXor, 2>(dtype, isa);
    case Operation::bitwise_invert:
      return by_size<Loop, BitInvert, 1>(dtype, isa);
    case Operation::bitwise_left_shift:
      return by_size<Loop, ShiftLeft, 2>(dtype, isa);
    case Operation::bitwise_right_shift:
      return for_integers<Loop, ShiftRight, 2>(dtype, isa);
    case Operation::floor_divide:
      return for_integers<ScalarLoop, FloorDivide, 2>(dtype, isa);
    case Operation::remainder:
      return for_integers<ScalarLoop, Remainder, 2>(dtype, isa);
    case Operation::pow:
      return for_integers<ScalarLoop, Power, 2>(dtype, isa);
    default:
      return nullptr;
  }
}

}  // namespace tartan::array
