// Comparisons, choices and questions with yes or no as the answer; bools are bytes 0 and 1.
// greater and greater_equal do not occur in programs: the builder swaps their operands.

#include <array/kernels/loops.hpp>
#include <cmath>
#include <limits>

namespace tartan::array {
namespace {

using Byte = std::uint8_t;

template <class T>
inline constexpr bool kComplex = false;
template <class T>
inline constexpr bool kComplex<Complex<T>> = true;

struct Equal {
  template <class T>
  TARTAN_INLINE Byte operator()(T a, T b) const {
    if constexpr (kComplex<T>) {
      return static_cast<Byte>(static_cast<int>(a.re == b.re) & static_cast<int>(a.im == b.im));
    } else {
      return a == b;
    }
  }
};
struct NotEqual {
  template <class T>
  TARTAN_INLINE Byte operator()(T a, T b) const {
    return Equal{}(a, b) ^ Byte { 1 };
  }
};
struct Less {
  template <class T>
  TARTAN_INLINE Byte operator()(T a, T b) const {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  TARTAN_INLINE Byte operator()(T a, T b) const {
    return a <= b;
  }
};
struct Maximum {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return ((a > b) | (a != a)) ? a : b;
  }
};
struct Minimum {
  template <class T>
  TARTAN_INLINE T operator()(T a, T b) const {
    return ((a < b) | (a != a)) ? a : b;
  }
};
struct Where {
  template <class T>
  TARTAN_INLINE T operator()(Byte condition, T a, T b) const {
    return condition != 0 ? a : b;
  }
};
struct IsNan {
  template <class T>
  TARTAN_INLINE Byte operator()(T a) const {
    if constexpr (kComplex<T>) {
      return static_cast<Byte>(static_cast<int>(a.re != a.re) | static_cast<int>(a.im != a.im));
    } else {
      return a != a;
    }
  }
};
struct IsInf {
  template <class T>
  TARTAN_INLINE Byte operator()(T a) const {
    if constexpr (kComplex<T>) {
      return static_cast<Byte>(IsInf{}(a.re) | IsInf{}(a.im));
    } else {
      return std::abs(a) == std::numeric_limits<T>::infinity();
    }
  }
};
struct IsFinite {
  template <class T>
  TARTAN_INLINE Byte operator()(T a) const {
    if constexpr (kComplex<T>) {
      return static_cast<Byte>(IsFinite{}(a.re) & IsFinite{}(a.im));
    } else {
      return std::abs(a) <= std::numeric_limits<T>::max();
    }
  }
};
struct And {
  TARTAN_INLINE Byte operator()(Byte a, Byte b) const { return a & b; }
};
struct Or {
  TARTAN_INLINE Byte operator()(Byte a, Byte b) const { return a | b; }
};
struct Xor {
  TARTAN_INLINE Byte operator()(Byte a, Byte b) const { return a ^ b; }
};
struct Not {
  TARTAN_INLINE Byte operator()(Byte a) const {
    return a ^ Byte { 1 };
  }
};

template <class F>
TileKernel equality(DType dtype, Isa isa) {
  switch (dtype) {
    case DType::float32:
      return Loop<F, Byte, float, float>::pick(isa);
    case DType::float64:
      return Loop<F, Byte, double, double>::pick(isa);
    case DType::complex64:
      return Loop<F, Byte, Complex<float>, Complex<float>>::pick(isa);
    case DType::complex128:
      return Loop<F, Byte, Complex<double>, Complex<double>>::pick(isa);
    default:
      break;
  }
  switch (itemsize(dtype)) {
    case 1:
      return Loop<F, Byte, std::uint8_t, std::uint8_t>::pick(isa);
    case 2:
      return Loop<F, Byte, std::uint16_t, std::uint16_t>::pick(isa);
    case 4:
      return Loop<F, Byte, std::uint32_t, std::uint32_t>::pick(isa);
    default:
      return Loop<F, Byte, std::uint64_t, std::uint64_t>::pick(isa);
  }
}

template <class F>
TileKernel ordering(DType dtype, Isa isa) {
  switch (dtype) {
    case DType::boolean:
    case DType::uint8:
      return Loop<F, Byte, std::uint8_t, std::uint8_t>::pick(isa);
    case DType::uint16:
      return Loop<F, Byte, std::uint16_t, std::uint16_t>::pick(isa);
    case DType::uint32:
      return Loop<F, Byte, std::uint32_t, std::uint32_t>::pick(isa);
    case DType::uint64:
      return Loop<F, Byte, std::uint64_t, std::uint64_t>::pick(isa);
    case DType::int8:
      return Loop<F, Byte, std::int8_t, std::int8_t>::pick(isa);
    case DType::int16:
      return Loop<F, Byte, std::int16_t, std::int16_t>::pick(isa);
    case DType::int32:
      return Loop<F, Byte, std::int32_t, std::int32_t>::pick(isa);
    case DType::int64:
      return Loop<F, Byte, std::int64_t, std::int64_t>::pick(isa);
    case DType::float32:
      return Loop<F, Byte, float, float>::pick(isa);
    case DType::float64:
      return Loop<F, Byte, double, double>::pick(isa);
    default:
      return nullptr;
  }
}

template <class F>
TileKernel extremum(DType dtype, Isa isa) {
  if (is_boolean(dtype)) return same_type<Loop, F, std::uint8_t, 2>(isa);
  if (is_integer(dtype)) return for_integers<Loop, F, 2>(dtype, isa);
  return for_floats<Loop, F, 2>(dtype, isa);
}

template <class F>
TileKernel question(DType dtype, Isa isa) {
  switch (dtype) {
    case DType::float32:
      return Loop<F, Byte, float>::pick(isa);
    case DType::float64:
      return Loop<F, Byte, double>::pick(isa);
    case DType::complex64:
      return Loop<F, Byte, Complex<float>>::pick(isa);
    case DType::complex128:
      return Loop<F, Byte, Complex<double>>::pick(isa);
    default:
      return nullptr;
  }
}

TileKernel where_kernel(DType dtype, Isa isa) {
  switch (itemsize(dtype)) {
    case 1:
      return Loop<Where, std::uint8_t, Byte, std::uint8_t, std::uint8_t>::pick(isa);
    case 2:
      return Loop<Where, std::uint16_t, Byte, std::uint16_t, std::uint16_t>::pick(isa);
    case 4:
      return Loop<Where, std::uint32_t, Byte, std::uint32_t, std::uint32_t>::pick(isa);
    case 8:
      return Loop<Where, std::uint64_t, Byte, std::uint64_t, std::uint64_t>::pick(isa);
    default: {
      using C = Complex<double>;
      return Loop<Where, C, Byte, C, C>::pick(isa);
    }
  }
}

TileKernel boolean_kernel(Operation operation, Isa isa) {
  switch (operation) {
    case Operation::logical_and:
      return Loop<And, Byte, Byte, Byte>::pick(isa);
    case Operation::logical_or:
      return Loop<Or, Byte, Byte, Byte>::pick(isa);
    case Operation::logical_xor:
      return Loop<Xor, Byte, Byte, Byte>::pick(isa);
    case Operation::logical_not:
      return Loop<Not, Byte, Byte>::pick(isa);
    default:
      return nullptr;
  }
}

}  // namespace

TileKernel compare_kernel(Operation operation, DType dtype, Isa isa) {
  switch (operation) {
    case Operation::equal:
      return equality<Equal>(dtype, isa);
    case Operation::not_equal:
      return equality<NotEqual>(dtype, isa);
    case Operation::less:
      return ordering<Less>(dtype, isa);
    case Operation::less_equal:
      return ordering<LessEqual>(dtype, isa);
    case Operation::maximum:
      return extremum<Maximum>(dtype, isa);
    case Operation::minimum:
      return extremum<Minimum>(dtype, isa);
    case Operation::where:
      return where_kernel(dtype, isa);
    case Operation::isnan:
      return question<IsNan>(dtype, isa);
    case Operation::isinf:
      return question<IsInf>(dtype, isa);
    case Operation::isfinite:
      return question<IsFinite>(dtype, isa);
    default:
      return is_boolean(dtype) ? boolean_kernel(operation, isa) : nullptr;
  }
}

}  // namespace tartan::array
