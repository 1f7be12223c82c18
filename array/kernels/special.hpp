#pragma once

// Special functions and the tail probabilities of tests, in float64, by Boost.Math. NaN in, NaN
// out; outside a function's domain NaN too.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tartan::array {

/// The numbers travel on the wire: they never change meaning.
enum class SpecialOp : std::uint8_t {
  erf,            ///< of x
  erfc,           ///< of x
  gammaln,        ///< of x: log |gamma|
  gammainc,       ///< of a, x: regularised lower incomplete gamma
  gammaincc,      ///< of a, x: regularised upper incomplete gamma
  betainc,        ///< of a, b, x: regularised incomplete beta
  student_tails,  ///< of t, degrees of freedom: P(|T| > |t|)
  chi2_tail,      ///< of x, degrees of freedom: P(X > x)
  f_tail,         ///< of x, both degrees of freedom: P(X > x)
  pearson_tails,  ///< of r, the number of pairs: P(|R| > |r|) of uncorrelated normal samples
};
inline constexpr std::size_t kSpecialOpCount = 10;
inline constexpr std::size_t kSpecialOperands = 3;

std::size_t operand_count(SpecialOp op);

/// An operand: numbers in a row (step 1) or one for all (step 0).
struct SpecialOperand {
  const double* data = nullptr;
  std::size_t step = 1;
};

/// out[i] = op of the operands' elements i.
void special(SpecialOp op, const std::array<SpecialOperand, kSpecialOperands>& operands,
             std::span<double> out);

}  // namespace tartan::array
