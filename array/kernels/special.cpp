#include <algorithm>
#include <array/kernels/special.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

namespace tartan::array {
namespace {

namespace policies = boost::math::policies;
/// Errors come out as NaN or infinity, not as exceptions.
using Quiet = policies::policy<policies::domain_error<policies::ignore_error>,
                               policies::pole_error<policies::ignore_error>,
                               policies::overflow_error<policies::ignore_error>,
                               policies::evaluation_error<policies::ignore_error>>;
constexpr Quiet kQuiet;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);  // lgamma() writes a global
}

/// P and Q of the incomplete gamma functions.
double gamma_part(bool upper, double a, double x) {
  if (a < 0 || x < 0) return kNan;
  if (a == 0 || x == kInfinity) {
    if (a == kInfinity || (a == 0 && x == 0)) return kNan;
    return upper ? 0 : 1;
  }
  if (a == kInfinity) return upper ? 1 : 0;
  return upper ? boost::math::gamma_q(a, x, kQuiet) : boost::math::gamma_p(a, x, kQuiet);
}

double beta_part(double a, double b, double x) {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1) || (a == kInfinity && b == kInfinity)) return kNan;
  if (a == kInfinity) return x < 1 ? 0 : 1;
  if (b == kInfinity) return x > 0 ? 1 : 0;
  return boost::math::ibeta(a, b, x, kQuiet);
}

/// The part of a beta distribution above x / (x + rest): from the side where nothing is cancelled.
double beta_above(double a, double b, double x, double rest) {
  if (x == kInfinity) return 0;
  return x < rest ? boost::math::ibetac(a, b, x / (x + rest), kQuiet)
                  : boost::math::ibeta(b, a, rest / (x + rest), kQuiet);
}

double student_tails(double t, double df) {
  if (!(df > 0)) return kNan;
  if (df == kInfinity) return std::erfc(std::fabs(t) / std::sqrt(2.0));
  return beta_above(0.5, df / 2, t * t, df);
}

double chi2_tail(double x, double df) {
  if (!(df > 0)) return kNan;
  return x <= 0 ? 1 : gamma_part(true, df / 2, x / 2);
}

double f_tail(double x, double above, double below) {
  if (!(above > 0 && below > 0)) return kNan;
  return x <= 0 ? 1 : beta_above(above / 2, below / 2, above * x, below);
}

/// r is distributed as 2 B - 1 with B of a beta distribution whose parameters are both n / 2 - 1.
double pearson_tails(double r, double n) {
  const double shape = n / 2 - 1;
  if (shape < 0) return kNan;
  if (shape == 0) return 1;
  return 2 * boost::math::ibeta(shape, shape, (1 - std::min(std::fabs(r), 1.0)) / 2, kQuiet);
}

double value_of(SpecialOp op, double a, double b, double c) {
  switch (op) {
    case SpecialOp::erf: return std::erf(a);
    case SpecialOp::erfc: return std::erfc(a);
    case SpecialOp::gammaln: return log_gamma(a);
    case SpecialOp::gammainc: return gamma_part(false, a, b);
    case SpecialOp::gammaincc: return gamma_part(true, a, b);
    case SpecialOp::betainc: return beta_part(a, b, c);
    case SpecialOp::student_tails: return student_tails(a, b);
    case SpecialOp::chi2_tail: return chi2_tail(a, b);
    case SpecialOp::f_tail: return f_tail(a, b, c);
    case SpecialOp::pearson_tails: return pearson_tails(a, b);
  }
  return kNan;
}

}  // namespace

std::size_t operand_count(SpecialOp op) {
  constexpr std::size_t kCounts[kSpecialOpCount] = {1, 1, 1, 2, 2, 3, 2, 2, 3, 2};
  return kCounts[static_cast<std::size_t>(op)];
}

void special(SpecialOp op, const std::array<SpecialOperand, kSpecialOperands>& operands,
             std::span<double> out) {
  const auto& [first, second, third] = operands;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double a = first.data[i * first.step];
    const double b = second.data[i * second.step];
    const double c = third.data[i * third.step];
    const bool numbers = !std::isnan(a) && !std::isnan(b) && !std::isnan(c);
    out[i] = numbers ? value_of(op, a, b, c) : kNan;
  }
}

}  // namespace tartan::array
