#pragma once

// Elementwise operations. Chains of them run as one task per block.
//
// Shapes: operands broadcast, which is a ValueError when they cannot. Chunks need not agree: the
// smaller operands are cut like the largest one, whose chunks the result has. What is chosen by one
// mask goes together without its length being known.
// dtypes: arrays are promoted as the Array API says, so int64 beside uint64 is a TypeError; a
// number takes the dtype of the array beside it when its kind allows. A dtype that a function is
// not defined for is a TypeError that names both; cast with astype.

#include <tartan/array/array.hpp>

namespace tartan {

/// An argument that may be an array or a number.
class Operand {
 public:
  Operand(Array array) : array_(std::move(array)), is_array_(true) {}  // NOLINT
  Operand(const Scalar& scalar) : scalar_(scalar) {}                   // NOLINT
  template <class T>
    requires std::is_arithmetic_v<T>
  Operand(T number) : scalar_(number) {}  // NOLINT
  template <std::floating_point T>
  Operand(std::complex<T> number) : scalar_(number) {}  // NOLINT

  bool is_array() const { return is_array_; }
  const Array& array() const { return array_; }
  const Scalar& scalar() const { return scalar_; }

 private:
  Array array_;
  Scalar scalar_;
  bool is_array_ = false;
};

// ---- operators --------------------------------------------------------------------------------
// Division of integers gives float64, as in NumPy; % has the sign of the divisor. & | ^ and ~ work
// on bits of integers and on bools; ! is logical for every dtype. Comparisons give bool; < and its
// like are not defined for complex numbers, nor is - for bools. x += y makes x another array.

#define TARTAN_BINARY_OPERATOR(op)               \
  Array operator op(const Array&, const Array&); \
  Array operator op(const Array&, const Scalar&); \
  Array operator op(const Scalar&, const Array&);
TARTAN_BINARY_OPERATOR(+)
TARTAN_BINARY_OPERATOR(-)
TARTAN_BINARY_OPERATOR(*)
TARTAN_BINARY_OPERATOR(/)
TARTAN_BINARY_OPERATOR(%)
TARTAN_BINARY_OPERATOR(==)
TARTAN_BINARY_OPERATOR(!=)
TARTAN_BINARY_OPERATOR(<)
TARTAN_BINARY_OPERATOR(<=)
TARTAN_BINARY_OPERATOR(>)
TARTAN_BINARY_OPERATOR(>=)
TARTAN_BINARY_OPERATOR(&)
TARTAN_BINARY_OPERATOR(|)
TARTAN_BINARY_OPERATOR(^)
#undef TARTAN_BINARY_OPERATOR
Array operator-(const Array& x);
Array operator+(const Array& x);
Array operator~(const Array& x);
Array operator!(const Array& x);
Array& operator+=(Array& x, const Operand& y);
Array& operator-=(Array& x, const Operand& y);
Array& operator*=(Array& x, const Operand& y);
Array& operator/=(Array& x, const Operand& y);

// ---- of one array -----------------------------------------------------------------------------
// Shape and chunks stay. Functions of analysis (roots, exponentials, logarithms, circular and
// hyperbolic functions) turn integers and bools into float64 and are NaN outside their domain;
// floor, ceil, trunc and round leave integers as they are. isnan, isinf, isfinite, signbit and
// logical_not give bool; abs, real and imag of complex numbers are real. Complex numbers are not
// rounded down, up or towards zero, and have no signbit.

Array abs(const Array& x);
Array sign(const Array& x);
Array square(const Array& x);
Array reciprocal(const Array& x);
Array sqrt(const Array& x);
Array exp(const Array& x);
Array expm1(const Array& x);
Array log(const Array& x);
Array log1p(const Array& x);
Array log2(const Array& x);
Array log10(const Array& x);
Array sin(const Array& x);
Array cos(const Array& x);
Array tan(const Array& x);
Array asin(const Array& x);
Array acos(const Array& x);
Array atan(const Array& x);
Array sinh(const Array& x);
Array cosh(const Array& x);
Array tanh(const Array& x);
Array asinh(const Array& x);
Array acosh(const Array& x);
Array atanh(const Array& x);
Array floor(const Array& x);
Array ceil(const Array& x);
Array trunc(const Array& x);
/// Halves go to the even neighbour.
Array round(const Array& x);
Array isnan(const Array& x);
Array isinf(const Array& x);
Array isfinite(const Array& x);
Array signbit(const Array& x);
Array real(const Array& x);
Array imag(const Array& x);
Array conj(const Array& x);
Array logical_not(const Array& x);
Array bitwise_invert(const Array& x);
Array negative(const Array& x);
Array positive(const Array& x);

// ---- of two -----------------------------------------------------------------------------------
// In the promoted dtype of both, but for these: divide, atan2, hypot, logaddexp, copysign and
// nextafter give floating-point numbers, comparisons and logical functions bool. maximum and minimum
// are NaN where one operand is. Bitwise functions want integers or bools, shifts integers.

Array add(const Operand& x, const Operand& y);
Array subtract(const Operand& x, const Operand& y);
Array multiply(const Operand& x, const Operand& y);
Array divide(const Operand& x, const Operand& y);
Array floor_divide(const Operand& x, const Operand& y);
Array remainder(const Operand& x, const Operand& y);
Array pow(const Operand& x, const Operand& y);
Array maximum(const Operand& x, const Operand& y);
Array minimum(const Operand& x, const Operand& y);
Array atan2(const Operand& x, const Operand& y);
Array hypot(const Operand& x, const Operand& y);
Array logaddexp(const Operand& x, const Operand& y);
Array copysign(const Operand& x, const Operand& y);
Array nextafter(const Operand& x, const Operand& y);
Array equal(const Operand& x, const Operand& y);
Array not_equal(const Operand& x, const Operand& y);
Array less(const Operand& x, const Operand& y);
Array less_equal(const Operand& x, const Operand& y);
Array greater(const Operand& x, const Operand& y);
Array greater_equal(const Operand& x, const Operand& y);
Array logical_and(const Operand& x, const Operand& y);
Array logical_or(const Operand& x, const Operand& y);
Array logical_xor(const Operand& x, const Operand& y);
Array bitwise_and(const Operand& x, const Operand& y);
Array bitwise_or(const Operand& x, const Operand& y);
Array bitwise_xor(const Operand& x, const Operand& y);
Array bitwise_left_shift(const Operand& x, const Operand& y);
Array bitwise_right_shift(const Operand& x, const Operand& y);

// ---- of three ---------------------------------------------------------------------------------

/// x where the condition holds, else y, in the promoted dtype of both. All three broadcast, and the
/// condition is taken as bool.
Array where(const Array& condition, const Operand& x, const Operand& y);
/// x within [low, high], which broadcast; NaN stays, and where low is above high it is high.
Array clip(const Array& x, const Operand& low, const Operand& high);

}  // namespace tartan
