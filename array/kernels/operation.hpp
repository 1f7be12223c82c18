#pragma once

// The elementwise operations that programs are made of, what they are called, how many operands
// they take and which dtypes go in and come out. Semantics are NumPy's: integer floor_divide
// rounds towards minus infinity and yields 0 for a divisor of 0, remainder has the divisor's
// sign, maximum and minimum hand on NaN, round goes to even, shifts by the width or more give 0
// (-1 for negative numbers shifted right), divide and the functions of analysis turn integers
// into float64. The numbers of the enum travel on the wire: they never change meaning.

#include <cstdint>
#include <span>
#include <string_view>
#include <tartan/array/dtype.hpp>

namespace tartan::array {

// X(name, arity)
#define TARTAN_ARRAY_OPERATIONS(X)                                                                 \
  X(cast, 1)                                                                                       \
  X(where, 3) X(clip, 3) X(add, 2) X(subtract, 2) X(multiply, 2) X(divide, 2) X(floor_divide, 2)   \
      X(remainder, 2) X(pow, 2) X(maximum, 2) X(minimum, 2) X(negative, 1) X(positive, 1)          \
          X(abs, 1) X(sign, 1) X(square, 1) X(reciprocal, 1) X(sqrt, 1) X(exp, 1) X(expm1, 1)      \
              X(log, 1) X(log1p, 1) X(log2, 1) X(log10, 1) X(sin, 1) X(cos, 1) X(tan, 1)           \
                  X(asin, 1) X(acos, 1) X(atan, 1) X(sinh, 1) X(cosh, 1) X(tanh, 1) X(asinh, 1)    \
                      X(acosh, 1) X(atanh, 1) X(atan2, 2) X(hypot, 2) X(logaddexp, 2)              \
                          X(copysign, 2) X(nextafter, 2) X(floor, 1) X(ceil, 1) X(trunc, 1)        \
                              X(round, 1) X(isnan, 1) X(isinf, 1) X(isfinite, 1) X(signbit, 1)     \
                                  X(equal, 2) X(not_equal, 2) X(less, 2) X(less_equal, 2)          \
                                      X(greater, 2) X(greater_equal, 2) X(logical_and, 2)          \
                                          X(logical_or, 2) X(logical_xor, 2) X(logical_not, 1)     \
                                              X(bitwise_and, 2) X(bitwise_or, 2) X(bitwise_xor, 2) \
                                                  X(bitwise_invert, 1) X(bitwise_left_shift, 2)    \
                                                      X(bitwise_right_shift, 2) X(real, 1)         \
                                                          X(imag, 1) X(conj, 1) X(cbrt, 1)         \
                                                              X(i0, 1) X(exponent, 1) X(ldexp, 2)  \
                                                                  X(gcd, 2) X(lcm, 2)

enum class Operation : std::uint8_t {
#define TARTAN_X(name, arity) name,
  TARTAN_ARRAY_OPERATIONS(TARTAN_X)
#undef TARTAN_X
};
#define TARTAN_X(name, arity) +1
inline constexpr std::size_t kOperationCount = 0 TARTAN_ARRAY_OPERATIONS(TARTAN_X);
#undef TARTAN_X

std::string_view name(Operation operation);
int arity(Operation operation);
constexpr bool is_operation(std::uint8_t number) { return number < kOperationCount; }

/// What an operation does with operands of given dtypes.
struct Signature {
  DType operand;  ///< what operands are cast to first (of where: the two choices)
  DType result;
};
/// Throws TypeError naming the operation and the dtypes when NumPy would refuse them. For cast
/// use the dtype wanted; its signature is not asked here.
Signature signature_of(Operation operation, std::span<const DType> operands);

}  // namespace tartan::array
