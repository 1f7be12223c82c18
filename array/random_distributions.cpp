// Distributions that are functions of uniform, normal and gamma numbers are written as such, and
// are computed block by block in one task with whatever follows. The others are the kernel's.

#include <array/expr/random_node.hpp>
#include <fmt/format.h>
#include <numbers>
#include <tartan/array/functions.hpp>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan::random {
namespace {

using array::Distribution;

using array::check_finite;
using array::check_not_negative;
using array::check_positive;
using array::Source;

VariateOptions derived(const VariateOptions& options, Source source) {
  return {options.chunks, array::derived_seed(options.seed, source), DType::float64};
}

/// In (0, 1).
Array open_uniform(const Shape& shape, const VariateOptions& options, Source source) {
  const auto from = derived(options, source);
  return uniform(shape, {.chunks = from.chunks, .seed = from.seed, .low = 0x1p-54});
}
Array standard_normal(const Shape& shape, const VariateOptions& options, Source source) {
  const auto from = derived(options, source);
  return normal(shape, {.chunks = from.chunks, .seed = from.seed});
}
/// Density exp(-x).
Array standard_exponential(const Shape& shape, const VariateOptions& options, Source source) {
  return -log(open_uniform(shape, options, source));
}
Array finished(const Array& x, const VariateOptions& options) {
  return x.dtype() == options.dtype ? x : x.astype(options.dtype);
}

Array drawn(Distribution distribution, std::vector<Scalar> parameters, const Shape& shape,
            const VariateOptions& options) {
  return Array(array::random_node(distribution, std::move(parameters), shape, options.dtype,
                                  options.chunks, options.seed));
}
}  // namespace

Array exponential(double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "exponential");
  check_not_negative("exponential", {"scale", scale});
  return finished(scale * standard_exponential(shape, options, Source::exponential), options);
}

Array standard_gamma(double k, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "standard_gamma");
  check_not_negative("standard_gamma", {"k", k});
  return drawn(Distribution::gamma, {k}, shape, options);
}
Array gamma(double k, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "gamma");
  check_not_negative("gamma", {"k", k});
  check_not_negative("gamma", {"scale", scale});
  return scale * standard_gamma(k, shape, options);
}

Array beta(double a, double b, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "beta");
  check_positive("beta", {"a", a});
  check_positive("beta", {"b", b});
  return drawn(Distribution::beta, {a, b}, shape, options);
}

Array chisquare(double df, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "chisquare");
  check_positive("chisquare", {"df", df});
  return 2 * standard_gamma(df / 2, shape, options);
}
Array noncentral_chisquare(double df, double nonc, const Shape& shape,
                           const VariateOptions& options) {
  array::check_random_floating(options.dtype, "noncentral_chisquare");
  check_positive("noncentral_chisquare", {"df", df});
  check_not_negative("noncentral_chisquare", {"nonc", nonc});
  return drawn(Distribution::noncentral_chisquare, {df, nonc}, shape, options);
}

Array f(double dfnum, double dfden, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "f");
  check_positive("f", {"dfnum", dfnum});
  check_positive("f", {"dfden", dfden});
  return finished(chisquare(dfnum, shape, derived(options, Source::numerator)) / dfnum /
                      (chisquare(dfden, shape, derived(options, Source::denominator)) / dfden),
                  options);
}
Array noncentral_f(double dfnum, double dfden, double nonc, const Shape& shape,
                   const VariateOptions& options) {
  array::check_random_floating(options.dtype, "noncentral_f");
  check_positive("noncentral_f", {"dfnum", dfnum});
  check_positive("noncentral_f", {"dfden", dfden});
  check_not_negative("noncentral_f", {"nonc", nonc});
  return finished(noncentral_chisquare(dfnum, nonc, shape, derived(options, Source::numerator)) /
                      dfnum /
                      (chisquare(dfden, shape, derived(options, Source::denominator)) / dfden),
                  options);
}

Array standard_t(double df, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "standard_t");
  check_positive("standard_t", {"df", df});
  return finished(
      standard_normal(shape, options, Source::student_normal) /
          sqrt(standard_gamma(df / 2, shape, derived(options, Source::student_gamma)) / (df / 2)),
      options);
}

Array standard_cauchy(const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "standard_cauchy");
  return finished(tan(std::numbers::pi * (open_uniform(shape, options, Source::cauchy) - 0.5)),
                  options);
}

Array laplace(double loc, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "laplace");
  check_finite("laplace", {"loc", loc});
  check_not_negative("laplace", {"scale", scale});
  const auto u = open_uniform(shape, options, Source::laplace);
  return finished(loc + scale * where(u < 0.5, log(u + u), -log(2.0 - u - u)), options);
}

Array logistic(double loc, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "logistic");
  check_finite("logistic", {"loc", loc});
  check_not_negative("logistic", {"scale", scale});
  const auto u = open_uniform(shape, options, Source::logistic);
  return finished(loc + scale * log(u / (1.0 - u)), options);
}

Array gumbel(double loc, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "gumbel");
  check_finite("gumbel", {"loc", loc});
  check_not_negative("gumbel", {"scale", scale});
  return finished(loc - scale * log(standard_exponential(shape, options, Source::gumbel)), options);
}

Array lognormal(double mean, double sigma, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "lognormal");
  check_finite("lognormal", {"mean", mean});
  check_not_negative("lognormal", {"sigma", sigma});
  return finished(exp(mean + sigma * standard_normal(shape, options, Source::lognormal)), options);
}

Array pareto(double a, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "pareto");
  check_positive("pareto", {"a", a});
  return finished(expm1(standard_exponential(shape, options, Source::pareto) / a), options);
}

Array power(double a, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "power");
  check_positive("power", {"a", a});
  return finished(pow(open_uniform(shape, options, Source::power), 1 / a), options);
}

Array rayleigh(double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "rayleigh");
  check_not_negative("rayleigh", {"scale", scale});
  return finished(scale * sqrt(2.0 * standard_exponential(shape, options, Source::rayleigh)),
                  options);
}

// Michael, Schucany and Haas (1976).
Array wald(double mean, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "wald");
  check_positive("wald", {"mean", mean});
  check_positive("wald", {"scale", scale});
  const auto y = mean * square(standard_normal(shape, options, Source::wald_normal));
  // mean + mean / (2 scale) (y - sqrt(4 scale y + y^2)) without its cancellation.
  const auto x = 4 * mean * scale / square(sqrt(4 * scale + y) + sqrt(y));
  const auto u = open_uniform(shape, options, Source::wald_uniform);
  return finished(where(u <= mean / (mean + x), x, mean * mean / x), options);
}

Array weibull(double a, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "weibull");
  check_positive("weibull", {"a", a});
  return finished(pow(standard_exponential(shape, options, Source::weibull), 1 / a), options);
}

Array triangular(double left, double mode, double right, const Shape& shape,
                 const VariateOptions& options) {
  array::check_random_floating(options.dtype, "triangular");
  check_finite("triangular", {"left", left});
  check_finite("triangular", {"right", right});
  if (!(left <= mode && mode <= right && left < right)) {
    throw ValueError(
        fmt::format("random::triangular: left {}, mode {} and right {}; give them in "
                    "this order, left below right",
                    left, mode, right));
  }
  const double base = right - left;
  const auto u = open_uniform(shape, options, Source::triangular);
  return finished(where(u <= (mode - left) / base, left + sqrt(u * ((mode - left) * base)),
                        right - sqrt((1.0 - u) * ((right - mode) * base))),
                  options);
}

Array vonmises(double mu, double kappa, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "vonmises");
  check_finite("vonmises", {"mu", mu});
  check_not_negative("vonmises", {"kappa", kappa});
  return drawn(Distribution::vonmises, {mu, kappa}, shape, options);
}

}  // namespace tartan::random
