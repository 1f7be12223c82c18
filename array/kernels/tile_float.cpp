// What only real floating-point numbers have, apart from the functions of analysis.

#include <array/kernels/loops.hpp>
#include <cmath>

namespace tartan::array {
namespace {

struct Floor {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return std::floor(a);
  }
};
struct Ceil {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return std::ceil(a);
  }
};
struct Trunc {
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return std::trunc(a);
  }
};
struct Round {  // to even, the rounding mode being what it is at the start of a program
  template <class T>
  TARTAN_INLINE T operator()(T a) const {
    return std::nearbyint(a);
  }
};
struct CopySign {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return std::copysign(a, b);
  }
};
struct NextAfter {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return std::nextafter(a, b);
  }
};
struct SignBit {
  template <class T>
  TARTAN_INLINE std::uint8_t operator()(T a) const {
    return std::signbit(a);
  }
};

// Python's divmod: the remainder takes the divisor's sign, the quotient is floored and then
// rounded to the nearest integer, against errors of the division.
struct Remainder {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    const T rest = std::fmod(a, b);
    if (b == 0) return rest;
    if (rest == 0) return std::copysign(T{0}, b);
    return (b < 0) != (rest < 0) ? rest + b : rest;
  }
};
struct FloorDivide {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if (b == 0) return a / b;
    const T rest = std::fmod(a, b);
    T quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T{0}, a / b);
    const T floored = std::floor(quotient);
    return quotient - floored > T{0.5} ? floored + 1 : floored;
  }
};
// max + log1p(exp(-|difference|)); equal infinities have no difference.
struct LogAddExp {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    if (a == b) return a + static_cast<T>(0.693147180559945309417232121458176568L);
    const T difference = a - b;
    if (difference > 0) return a + std::log1p(std::exp(-difference));
    return difference <= 0 ? b + std::log1p(std::exp(difference)) : difference;
  }
};

}  // namespace

TileKernel float_kernel(Operation operation, DType dtype, Isa isa) {
  if (!is_floating(dtype)) return nullptr;
  switch (operation) {
    case Operation::floor:
      return for_floats<Loop, Floor, 1>(dtype, isa);
    case Operation::ceil:
      return for_floats<Loop, Ceil, 1>(dtype, isa);
    case Operation::trunc:
      return for_floats<Loop, Trunc, 1>(dtype, isa);
    case Operation::round:
      return for_floats<Loop, Round, 1>(dtype, isa);
    case Operation::copysign:
      return for_floats<Loop, CopySign, 2>(dtype, isa);
    case Operation::nextafter:
      return for_floats<ScalarLoop, NextAfter, 2>(dtype, isa);
    case Operation::remainder:
      return for_floats<ScalarLoop, Remainder, 2>(dtype, isa);
    case Operation::floor_divide:
      return for_floats<ScalarLoop, FloorDivide, 2>(dtype, isa);
    case Operation::logaddexp:
      return for_floats<ScalarLoop, LogAddExp, 2>(dtype, isa);
    case Operation::signbit:
      return dtype == DType::float32 ? Loop<SignBit, std::uint8_t, float>::pick(isa)
                                     : Loop<SignBit, std::uint8_t, double>::pick(isa);
    default:
      return nullptr;
  }
}

}  // namespace tartan::array
