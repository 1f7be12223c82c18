#pragma once

// More elementwise functions, most of them written in those of functions.hpp, with which they fuse:
// a chain of them is one task per block. Operands broadcast; numbers beside arrays are weak.
// Functions of analysis turn integers into float64 and refuse complex numbers where NumPy does
// (TypeError).

#include <functional>
#include <tartan/array/functions.hpp>
#include <utility>
#include <vector>

namespace tartan {

// ---- of one array -----------------------------------------------------------------------------

Array fabs(const Array& x);
Array rint(const Array& x);
/// To that many decimals, or to tens, hundreds, ... for negative ones; halves go to the even
/// neighbour. Integers stay integers.
Array around(const Array& x, int decimals);
/// Towards zero.
Array fix(const Array& x);
Array cbrt(const Array& x);
Array exp2(const Array& x);
/// sin(pi x) / (pi x), 1 at 0.
Array sinc(const Array& x);
/// The modified Bessel function of order zero.
Array i0(const Array& x);
/// The distance to the next number of the dtype away from zero.
Array spacing(const Array& x);
Array degrees(const Array& x);
Array radians(const Array& x);
inline Array rad2deg(const Array& x) { return degrees(x); }
inline Array deg2rad(const Array& x) { return radians(x); }
/// The angle of complex numbers in (-pi, pi], or in degrees.
Array angle(const Array& x, bool in_degrees = false);
/// Whether it is not NaN; dask.array's opposite of isnull, which is isnan.
Array notnull(const Array& x);
Array isneginf(const Array& x);
Array isposinf(const Array& x);
/// Whether the imaginary part is 0, and whether it is not.
Array isreal(const Array& x);
Array iscomplex(const Array& x);

struct NanToNumOptions {
  double nan = 0;
  std::optional<double> posinf = {};  ///< none: the largest number of the dtype
  std::optional<double> neginf = {};  ///< none: the lowest
};
/// NaN and infinities replaced, in both parts of complex numbers.
Array nan_to_num(const Array& x, const NanToNumOptions& options = {});

/// The fractional and the integral part, both with the sign of x.
std::pair<Array, Array> modf(const Array& x);
/// x = fraction * 2^exponent; the fraction is in [0.5, 1) or 0, the exponent int32.
std::pair<Array, Array> frexp(const Array& x);

// ---- of two -----------------------------------------------------------------------------------

/// The other one where one is NaN.
Array fmax(const Operand& x, const Operand& y);
Array fmin(const Operand& x, const Operand& y);
/// The remainder with the sign of x.
Array fmod(const Operand& x, const Operand& y);
/// pow in float64 at least.
Array float_power(const Operand& x, const Operand& y);
/// 0 where x is negative, y where it is 0, else 1.
Array heaviside(const Operand& x, const Operand& y);
/// log2(2^x + 2^y).
Array logaddexp2(const Operand& x, const Operand& y);
/// x * 2^exponent, whose dtype is an integer one (TypeError).
Array ldexp(const Array& x, const Operand& exponent);
/// Of integers: the greatest common divisor and the least common multiple, not negative.
Array gcd(const Operand& x, const Operand& y);
Array lcm(const Operand& x, const Operand& y);
/// floor_divide and remainder.
std::pair<Array, Array> divmod(const Operand& x, const Operand& y);

struct CloseOptions {
  double rtol = 1e-5;
  double atol = 1e-8;
  bool equal_nan = false;
};
/// |x - y| <= atol + rtol |y|, or equal infinities.
Array isclose(const Operand& x, const Operand& y, const CloseOptions& options = {});
/// Whether all are: a 0-d bool.
Array allclose(const Operand& x, const Operand& y, const CloseOptions& options = {});

// ---- of several -------------------------------------------------------------------------------

/// What becomes of an index outside.
enum class OutOfRange {
  raise,  ///< its task fails with ValueError
  wrap,   ///< counted round
  clip,   ///< the nearest index there is
};
/// Element i of the result is element i of choices[index[i]]. Index and choices broadcast.
/// ValueError without choices, TypeError when the index is no integer array.
Array choose(const Array& index, const std::vector<Operand>& choices,
             OutOfRange mode = OutOfRange::raise);
/// The choice of the first condition that holds, or `otherwise`. ValueError when there are not as
/// many of both, or none.
Array select(const std::vector<Array>& conditions, const std::vector<Operand>& choices,
             const Operand& otherwise = 0);

/// A number, or a function of the array, for the places where a condition holds.
class Piecewise {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Piecewise(T number)
      : function_([number](const Array&) { return Operand(number); }) {}  // NOLINT
  template <class F>
  requires std::is_invocable_r_v<Array, F, const Array&> Piecewise(F function)
      : function_(std::move(function)) {}  // NOLINT

  Operand operator()(const Array& x) const { return function_(x); }

 private:
  std::function<Operand(const Array&)> function_;
};
/// Every piece where its condition holds, of several the last; one more piece is for elsewhere,
/// which is 0 without. The dtype is x's.
Array piecewise(const Array& x, const std::vector<Array>& conditions,
                const std::vector<Piecewise>& pieces);

}  // namespace tartan
