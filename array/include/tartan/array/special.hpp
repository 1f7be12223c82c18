#pragma once

// Special functions under scipy.special's names. Operands broadcast; results are float64, those of
// float32 arrays float32. NaN outside the domain. TypeError for complex arrays, ValueError when no
// operand is an array.

#include <tartan/array/functions.hpp>

namespace tartan::special {

/// The error function and its complement, each exact to the last places.
Array erf(const Array& x);
Array erfc(const Array& x);
/// log |gamma(x)|.
Array gammaln(const Array& x);
/// The regularised incomplete gamma functions, lower and upper: a >= 0, x >= 0.
Array gammainc(const Operand& a, const Operand& x);
Array gammaincc(const Operand& a, const Operand& x);
/// The regularised incomplete beta function: a, b > 0, x in [0, 1].
Array betainc(const Operand& a, const Operand& b, const Operand& x);

}  // namespace tartan::special
