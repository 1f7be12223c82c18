// Moments, and the tests that are made of them.

#include <array/algorithms/special.hpp>
#include <array/expr/build.hpp>
#include <array/stats_samples.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <tartan/array/creation.hpp>
#include <tartan/array/special.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::stats {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The second central moment, another one, and whether the second is nothing but rounding errors.
struct Moments {
  Array second;
  Array other;
  Array flat;
};

Moments moments_of(std::string_view what, const Array& x, int order, const Axes& axes) {
  const auto numbers = numbers_of(what, x);
  const auto distances = from_mean(numbers, axes);
  const auto second = mean(square(distances), axes);
  const auto least = square(1e-15 * mean(numbers, axes));
  return {second, mean(power_of(distances, order), axes), second <= least};
}

double at_least(std::string_view what, const Array& x, const Axes& axes, double least) {
  const double n = length_of(what, x, axes);
  if (n < least) {
    throw ValueError(fmt::format("{}: a sample of {} elements in shape {}; give at least {}", what,
                                 n, to_string(x.shape()), least));
  }
  return n;
}

}  // namespace

Array numbers_of(std::string_view what, const Array& x) {
  if (is_complex(x.dtype())) {
    throw TypeError(
        fmt::format("{}: not defined for {}; take real() or abs() first", what, name(x.dtype())));
  }
  return x.astype(DType::float64);
}

double length_of(std::string_view what, const Array& x, const Axes& axes) {
  if (!axes.list()) return static_cast<double>(x.size());
  double length = 1;
  for (const auto axis : *axes.list()) {
    length *= static_cast<double>(x.shape(array::normal_axis(axis, x.ndim(), what)));
  }
  return length;
}

Array from_mean(const Array& numbers, const Axes& axes) {
  return numbers - mean(numbers, axes, {.keepdims = true});
}

Array power_of(const Array& x, int power) {
  if (power == 1) return x;
  const auto half = square(power_of(x, power / 2));
  return power % 2 == 0 ? half : half * x;
}

Array is_constant(const Array& x, const Axes& axes, bool keepdims) {
  return max(x, axes, {.keepdims = keepdims}) == min(x, axes, {.keepdims = keepdims});
}

TestResult normal_result(const Array& statistic) {
  return {statistic, special::erfc(abs(statistic) * std::sqrt(0.5))};
}

TestResult chi2_of_two_result(const Array& statistic) { return {statistic, exp(statistic * -0.5)}; }

Array moment(const Array& x, int order, const Axes& axes) {
  if (order < 0) throw ValueError(fmt::format("moment: order {}; give 0 or more", order));
  const auto numbers = numbers_of("moment", x);
  if (length_of("moment", x, axes) == 0) return mean(numbers, axes);
  if (order < 2) return where(any(isnan(numbers), axes), kNan, order == 0 ? 1.0 : 0.0);
  return mean(power_of(from_mean(numbers, axes), order), axes);
}

Array skew(const Array& x, const ShapeOptions& options) {
  const auto [second, third, flat] = moments_of("skew", x, 3, options.axes);
  const double n = length_of("skew", x, options.axes);
  const double correction = options.bias || n <= 2 ? 1 : std::sqrt((n - 1) * n) / (n - 2);
  return where(flat, kNan, correction * third / pow(second, 1.5));
}

Array kurtosis(const Array& x, const ShapeOptions& options) {
  const auto [second, fourth, flat] = moments_of("kurtosis", x, 4, options.axes);
  const double n = length_of("kurtosis", x, options.axes);
  auto value = fourth / square(second);
  if (!options.bias && n > 3) {
    value = 1 / (n - 2) / (n - 3) * ((n * n - 1) * value - 3 * (n - 1) * (n - 1)) + 3.0;
  }
  value = where(flat, kNan, value);
  return options.fisher ? value - 3.0 : value;
}

Array zscore(const Array& x, const ZScoreOptions& options) {
  const auto numbers = numbers_of("zscore", x);
  const auto distances = from_mean(numbers, options.axes);
  if (x.size() == 0) return distances;
  const auto scale = stddev(numbers, options.axes, {.ddof = options.ddof, .keepdims = true});
  return where(is_constant(numbers, options.axes, true), kNan, distances / scale);
}

// D'Agostino (1970), Transformation to normality of the null distribution of g1.
TestResult skewtest(const Array& x, const Axes& axes) {
  const double n = at_least("skewtest", x, axes, 8);
  const auto scaled = skew(x, {.axes = axes}) * std::sqrt((n + 1) * (n + 3) / (6 * (n - 2)));
  const double beta2 =
      3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
  const double w2 = -1 + std::sqrt(2 * (beta2 - 1));
  const double delta = 1 / std::sqrt(0.5 * std::log(w2));
  const double alpha = std::sqrt(2 / (w2 - 1));
  // As in SciPy, a skewness of exactly 0 counts as if the scaled one were 1.
  return normal_result(delta * asinh(where(scaled == 0.0, 1.0, scaled) / alpha));
}

// Anscombe and Glynn (1983), Distribution of the kurtosis statistic b2 for normal samples; the
// numbers of the equations are theirs.
TestResult kurtosistest(const Array& x, const Axes& axes) {
  const double n = at_least("kurtosistest", x, axes, 5);
  const auto b2 = kurtosis(x, {.axes = axes, .fisher = false});
  const double expected = 3 * (n - 1) / (n + 1);
  const double variance =
      24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5));  // (1)
  const auto standard = (b2 - expected) / std::sqrt(variance);               // (4)
  const double skewness = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) *
                          std::sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)));  // (2)
  const double a =
      6 + 8 / skewness * (2 / skewness + std::sqrt(1 + 4 / (skewness * skewness)));  // (3)
  const auto divisor = 1 + standard * std::sqrt(2 / (a - 4));
  const auto root =
      sign(divisor) * where(divisor == 0.0, kNan, pow((1 - 2 / a) / abs(divisor), 1 / 3.0));
  return normal_result((1 - 2 / (9 * a) - root) / std::sqrt(2 / (9 * a)));  // (5)
}

TestResult normaltest(const Array& x, const Axes& axes) {
  at_least("normaltest", x, axes, 8);
  return chi2_of_two_result(square(skewtest(x, axes).statistic) +
                            square(kurtosistest(x, axes).statistic));
}

TestResult jarque_bera(const Array& x, const Axes& axes) {
  const double n = at_least("jarque_bera", x, axes, 1);
  const auto distances = from_mean(numbers_of("jarque_bera", x), axes);
  const ShapeOptions options{.axes = axes};
  return chi2_of_two_result(
      n / 6 * (square(skew(distances, options)) + square(kurtosis(distances, options)) / 4));
}

}  // namespace tartan::stats
