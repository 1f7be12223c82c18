// Tests of means and frequencies.

#include <array/algorithms/special.hpp>
#include <array/expr/build.hpp>
#include <array/stats_samples.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <tartan/array/creation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::stats {
namespace {

using array::special_function;
using array::SpecialOp;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TestResult student_result(const Array& statistic, const Operand& degrees) {
  return {statistic,
          special_function(SpecialOp::student_tails, "student_tails", {statistic, degrees})};
}

/// The sample variance.
Array spread(const Array& numbers, const Axes& axes) { return var(numbers, axes, {.ddof = 1}); }

/// x log y, and 0 where x is.
Array xlogy(const Array& x, const Array& y) {
  return where((x == 0.0) & !isnan(y), 0.0, x * log(y));
}

Array divergence(const Array& observed, const Array& expected, double lambda) {
  if (lambda == 1) return square(observed - expected) / expected;
  if (lambda == 0) return 2 * xlogy(observed, observed / expected);
  if (lambda == -1) return 2 * xlogy(expected, expected / observed);
  return observed * (pow(observed / expected, lambda) - 1) / (0.5 * lambda * (lambda + 1));
}

TestResult divergence_test(std::string_view what, const Array& observed,
                           const DivergenceOptions& options, double lambda) {
  const auto counts = numbers_of(what, observed);
  static_cast<void>(length_of(what, observed, options.axes));
  const auto expected = options.expected.valid() ? numbers_of(what, options.expected)
                                                 : mean(counts, options.axes, {.keepdims = true});
  const auto terms = divergence(counts, expected, lambda);
  const double degrees = length_of(what, terms, options.axes) - 1 - options.ddof;
  const auto statistic = sum(terms, options.axes);
  return {statistic, special_function(SpecialOp::chi2_tail, what, {statistic, degrees})};
}

/// What f_oneway wants to know of each sample and of all together.
struct Groups {
  Array mean;     ///< of all elements
  Array between;  ///< sums of squares
  Array within;
  Array each_constant;  ///< within its sample
  Array all_constant;
};

Groups groups_of(const std::vector<Array>& samples, const Axes& axes, double total) {
  Groups groups;
  for (const auto& sample : samples) {
    const auto part = sum(sample, axes) / total;
    groups.mean = groups.mean.valid() ? groups.mean + part : part;
  }
  Array least;
  Array most;
  for (const auto& sample : samples) {
    const double n = length_of("f_oneway", sample, axes);
    const auto between = n * square(mean(sample, axes) - groups.mean);
    const auto within = n * var(sample, axes);
    const auto low = min(sample, axes);
    const auto high = max(sample, axes);
    const bool first = !least.valid();
    groups.between = first ? between : groups.between + between;
    groups.within = first ? within : groups.within + within;
    groups.each_constant = first ? low == high : groups.each_constant & (low == high);
    least = first ? low : minimum(least, low);
    most = first ? high : maximum(most, high);
  }
  groups.all_constant = least == most;
  return groups;
}

void check_samples(const std::vector<Array>& samples, const Axes& axes) {
  if (samples.size() < 2) {
    throw ValueError(fmt::format("f_oneway: {} samples; give two or more", samples.size()));
  }
  const auto shape = any(samples.front(), axes).shape();
  for (const auto& sample : samples) {
    if (any(sample, axes).shape() == shape) continue;
    throw ValueError(
        fmt::format("f_oneway: samples of shapes {} and {}; only the axes that are "
                    "tested along may differ",
                    to_string(samples.front().shape()), to_string(sample.shape())));
  }
}

}  // namespace

TestResult ttest_1samp(const Array& a, const Operand& popmean, const Axes& axes) {
  const auto numbers = numbers_of("ttest_1samp", a);
  const double n = length_of("ttest_1samp", a, axes);
  const auto distance = subtract(mean(numbers, axes), popmean);
  return student_result(distance / sqrt(spread(numbers, axes) / n), n - 1);
}

TestResult ttest_ind(const Array& a, const Array& b, const IndependentOptions& options) {
  const auto& axes = options.axes;
  const auto x = numbers_of("ttest_ind", a);
  const auto y = numbers_of("ttest_ind", b);
  const double n = length_of("ttest_ind", a, axes);
  const double m = length_of("ttest_ind", b, axes);
  const auto distance = mean(x, axes) - mean(y, axes);
  if (options.equal_var) {
    const double degrees = n + m - 2;
    const auto pooled = ((n - 1) * spread(x, axes) + (m - 1) * spread(y, axes)) / degrees;
    return student_result(distance / sqrt(pooled * (1 / n + 1 / m)), degrees);
  }
  const auto u = spread(x, axes) / n;
  const auto v = spread(y, axes) / m;
  const auto degrees = square(u + v) / (square(u) / (n - 1) + square(v) / (m - 1));
  // Without any variance the degrees do not matter, but must be a number.
  return student_result(distance / sqrt(u + v), where(isnan(degrees), 1.0, degrees));
}

TestResult ttest_rel(const Array& a, const Array& b, const Axes& axes) {
  const double n = length_of("ttest_rel", a, axes);
  if (length_of("ttest_rel", b, axes) != n) {
    throw ValueError(
        fmt::format("ttest_rel: shapes {} and {} make no pairs along the axes tested; "
                    "give equally many elements",
                    to_string(a.shape()), to_string(b.shape())));
  }
  const auto pairs = numbers_of("ttest_rel", a) - numbers_of("ttest_rel", b);
  return student_result(mean(pairs, axes) / sqrt(spread(pairs, axes) / n), n - 1);
}

TestResult power_divergence(const Array& observed, const DivergenceOptions& options) {
  return divergence_test("power_divergence", observed, options, options.lambda);
}

TestResult chisquare(const Array& observed, const DivergenceOptions& options) {
  return divergence_test("chisquare", observed, options, 1);
}

TestResult f_oneway(const std::vector<Array>& samples, const Axes& axes) {
  check_samples(samples, axes);
  std::vector<Array> numbers;
  double total = 0;
  bool several = false;
  bool empty = false;
  for (const auto& sample : samples) {
    numbers.push_back(numbers_of("f_oneway", sample));
    const double n = length_of("f_oneway", sample, axes);
    total += n;
    several = several || n > 1;
    empty = empty || n == 0;
  }
  if (empty || !several) {
    const auto undefined = full_like(sum(numbers.front(), axes), kNan);
    return {undefined, undefined};
  }
  const auto groups = groups_of(numbers, axes, total);
  const double above = static_cast<double>(samples.size()) - 1;
  const double below = total - static_cast<double>(samples.size());
  const auto settled = [&groups](const Array& value, double none_within) {
    return where(groups.all_constant, kNan, where(groups.each_constant, none_within, value));
  };
  const auto f = (groups.between / above) / (groups.within / below);
  const auto tail = special_function(SpecialOp::f_tail, "f_oneway", {f, above, below});
  return {settled(f, kInfinity), settled(tail, 0.0)};
}

TestResult pearsonr(const Array& x, const Array& y) {
  if (x.ndim() != 1 || x.shape() != y.shape() || x.size() < 2) {
    throw ValueError(
        fmt::format("pearsonr: shapes {} and {}; give two 1-d arrays of one length, 2 "
                    "or more",
                    to_string(x.shape()), to_string(y.shape())));
  }
  const auto a = from_mean(numbers_of("pearsonr", x), 0);
  const auto b = from_mean(numbers_of("pearsonr", y), 0);
  const auto together = sum(a * b) / (sqrt(sum(square(a))) * sqrt(sum(square(b))));
  const auto undefined = is_constant(x, 0) | is_constant(y, 0);
  const auto r = where(undefined, kNan, clip(together, -1.0, 1.0));
  const auto n = static_cast<double>(x.size());
  return {r, special_function(SpecialOp::pearson_tails, "pearsonr", {r, n})};
}

}  // namespace tartan::stats
