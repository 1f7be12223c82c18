// Distributions that are functions of uniform, normal and gamma numbers are written as such, and
// are computed block by block in one task with whatever follows. The others are the kernel's.

#include <array/expr/random_node.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <tartan/array/functions.hpp>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan::random {
namespace {

using array::Distribution;

struct Parameter {
  const char* name;
  double value;
};

[[noreturn]] void refuse(const char* who, const Parameter& parameter, const char* wanted) {
  throw ValueError(
      fmt::format("random::{}: {} is {}; give {}", who, parameter.name, parameter.value, wanted));
}
void check_finite(const char* who, const Parameter& parameter) {
  if (!std::isfinite(parameter.value)) refuse(who, parameter, "a finite number");
}
void check_positive(const char* who, const Parameter& parameter) {
  check_finite(who, parameter);
  if (!(parameter.value > 0)) refuse(who, parameter, "a number above 0");
}
void check_not_negative(const char* who, const Parameter& parameter) {
  check_finite(who, parameter);
  if (!(parameter.value >= 0)) refuse(who, parameter, "0 or more");
}
void check_probability(const char* who, const Parameter& parameter) {
  if (!(parameter.value >= 0 && parameter.value <= 1)) {
    refuse(who, parameter, "a probability, from 0 to 1");
  }
}
void check_sum(const char* who, const std::vector<double>& p) {
  double sum = 0;
  for (const double one : p) {
    check_probability(who, {"p", one});
    sum += one;
  }
  if (!(std::abs(sum - 1) <= 1e-8)) {
    throw ValueError(
        fmt::format("random::{}: the probabilities p sum to {}; divide them by it", who, sum));
  }
}

/// Several sources of one array, or arrays of several distributions, share a seed and must not
/// share numbers.
VariateOptions derived(const VariateOptions& options, std::uint64_t number) {
  // The finaliser of SplitMix64.
  std::uint64_t z = (options.seed ? *options.seed : entropy()) + number * 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return {options.chunks, z ^ z >> 31, DType::float64};
}

// The numbers that derived() is given: one per source of a distribution, for ever.
enum Source : std::uint64_t {
  kExponential = 1,
  kCauchy,
  kLaplace,
  kLogistic,
  kGumbel,
  kLognormal,
  kPareto,
  kPower,
  kRayleigh,
  kWaldNormal,
  kWaldUniform,
  kWeibull,
  kTriangular,
  kGeometric,
  kStudentNormal,
  kStudentGamma,
  kNumerator,
  kDenominator,
};

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
Array counted(Distribution distribution, std::vector<Scalar> parameters, const Shape& shape,
              const IntegerOptions& options, const char* who) {
  array::check_random_integer(options.dtype, who);
  return Array(array::random_node(distribution, std::move(parameters), shape, options.dtype,
                                  options.chunks, options.seed));
}

}  // namespace

Array exponential(double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "exponential");
  check_not_negative("exponential", {"scale", scale});
  return finished(scale * standard_exponential(shape, options, kExponential), options);
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
  return finished(chisquare(dfnum, shape, derived(options, kNumerator)) / dfnum /
                      (chisquare(dfden, shape, derived(options, kDenominator)) / dfden),
                  options);
}
Array noncentral_f(double dfnum, double dfden, double nonc, const Shape& shape,
                   const VariateOptions& options) {
  array::check_random_floating(options.dtype, "noncentral_f");
  check_positive("noncentral_f", {"dfnum", dfnum});
  check_positive("noncentral_f", {"dfden", dfden});
  check_not_negative("noncentral_f", {"nonc", nonc});
  return finished(noncentral_chisquare(dfnum, nonc, shape, derived(options, kNumerator)) / dfnum /
                      (chisquare(dfden, shape, derived(options, kDenominator)) / dfden),
                  options);
}

Array standard_t(double df, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "standard_t");
  check_positive("standard_t", {"df", df});
  return finished(
      standard_normal(shape, options, kStudentNormal) /
          sqrt(standard_gamma(df / 2, shape, derived(options, kStudentGamma)) / (df / 2)),
      options);
}

Array standard_cauchy(const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "standard_cauchy");
  return finished(tan(std::numbers::pi * (open_uniform(shape, options, kCauchy) - 0.5)), options);
}

Array laplace(double loc, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "laplace");
  check_finite("laplace", {"loc", loc});
  check_not_negative("laplace", {"scale", scale});
  const auto u = open_uniform(shape, options, kLaplace);
  return finished(loc + scale * where(u < 0.5, log(u + u), -log(2.0 - u - u)), options);
}

Array logistic(double loc, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "logistic");
  check_finite("logistic", {"loc", loc});
  check_not_negative("logistic", {"scale", scale});
  const auto u = open_uniform(shape, options, kLogistic);
  return finished(loc + scale * log(u / (1.0 - u)), options);
}

Array gumbel(double loc, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "gumbel");
  check_finite("gumbel", {"loc", loc});
  check_not_negative("gumbel", {"scale", scale});
  return finished(loc - scale * log(standard_exponential(shape, options, kGumbel)), options);
}

Array lognormal(double mean, double sigma, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "lognormal");
  check_finite("lognormal", {"mean", mean});
  check_not_negative("lognormal", {"sigma", sigma});
  return finished(exp(mean + sigma * standard_normal(shape, options, kLognormal)), options);
}

Array pareto(double a, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "pareto");
  check_positive("pareto", {"a", a});
  return finished(expm1(standard_exponential(shape, options, kPareto) / a), options);
}

Array power(double a, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "power");
  check_positive("power", {"a", a});
  return finished(pow(open_uniform(shape, options, kPower), 1 / a), options);
}

Array rayleigh(double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "rayleigh");
  check_not_negative("rayleigh", {"scale", scale});
  return finished(scale * sqrt(2.0 * standard_exponential(shape, options, kRayleigh)), options);
}

// Michael, Schucany and Haas (1976).
Array wald(double mean, double scale, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "wald");
  check_positive("wald", {"mean", mean});
  check_positive("wald", {"scale", scale});
  const auto y = mean * square(standard_normal(shape, options, kWaldNormal));
  // mean + mean / (2 scale) (y - sqrt(4 scale y + y^2)) without its cancellation.
  const auto x = 4 * mean * scale / square(sqrt(4 * scale + y) + sqrt(y));
  const auto u = open_uniform(shape, options, kWaldUniform);
  return finished(where(u <= mean / (mean + x), x, mean * mean / x), options);
}

Array weibull(double a, const Shape& shape, const VariateOptions& options) {
  array::check_random_floating(options.dtype, "weibull");
  check_positive("weibull", {"a", a});
  return finished(pow(standard_exponential(shape, options, kWeibull), 1 / a), options);
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
  const auto u = open_uniform(shape, options, kTriangular);
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

Array poisson(double lam, const Shape& shape, const IntegerOptions& options) {
  check_not_negative("poisson", {"lam", lam});
  if (lam > 9.2e18) refuse("poisson", {"lam", lam}, "a mean that int64 holds");
  return counted(Distribution::poisson, {lam}, shape, options, "poisson");
}

Array binomial(std::int64_t n, double p, const Shape& shape, const IntegerOptions& options) {
  check_not_negative("binomial", {"n", static_cast<double>(n)});
  check_probability("binomial", {"p", p});
  return counted(Distribution::binomial, {n, p}, shape, options, "binomial");
}

Array negative_binomial(double n, double p, const Shape& shape, const IntegerOptions& options) {
  check_positive("negative_binomial", {"n", n});
  check_probability("negative_binomial", {"p", p});
  if (n * (1 - p) / p > 1e17) refuse("negative_binomial", {"p", p}, "one whose mean int64 holds");
  return counted(Distribution::negative_binomial, {n, p}, shape, options, "negative_binomial");
}

Array geometric(double p, const Shape& shape, const IntegerOptions& options) {
  array::check_random_integer(options.dtype, "geometric");
  check_probability("geometric", {"p", p});
  check_positive("geometric", {"p", p});
  const VariateOptions from{options.chunks, options.seed};
  const auto trials = ceil(standard_exponential(shape, from, kGeometric) / -std::log1p(-p));
  const double most = options.dtype == DType::uint64 ? 0x1p64 - 2048 : 0x1p63 - 1024;
  const double bound = itemsize(options.dtype) == 8
                           ? most
                           : std::ldexp(1.0, static_cast<int>(8 * itemsize(options.dtype)) -
                                                 (is_signed_integer(options.dtype) ? 1 : 0)) -
                                 1;
  return clip(trials, 1.0, bound).astype(options.dtype);
}

Array hypergeometric(std::int64_t ngood, std::int64_t nbad, std::int64_t nsample,
                     const Shape& shape, const IntegerOptions& options) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const auto check = [](const char* name, std::int64_t value) {
    check_not_negative("hypergeometric", {name, static_cast<double>(value)});
    if (value > kMost) {
      refuse("hypergeometric", {name, static_cast<double>(value)}, "10^9 at most");
    }
  };
  check("ngood", ngood);
  check("nbad", nbad);
  check_not_negative("hypergeometric", {"nsample", static_cast<double>(nsample)});
  if (nsample > ngood + nbad) {
    throw ValueError(
        fmt::format("random::hypergeometric: nsample {} is more than ngood + nbad = {}", nsample,
                    ngood + nbad));
  }
  return counted(Distribution::hypergeometric, {ngood, nbad, nsample}, shape, options,
                 "hypergeometric");
}

Array logseries(double p, const Shape& shape, const IntegerOptions& options) {
  check_probability("logseries", {"p", p});
  if (p == 1) refuse("logseries", {"p", p}, "a number below 1");
  return counted(Distribution::logseries, {p}, shape, options, "logseries");
}

Array zipf(double a, const Shape& shape, const IntegerOptions& options) {
  check_finite("zipf", {"a", a});
  if (!(a > 1)) refuse("zipf", {"a", a}, "a number above 1");
  return counted(Distribution::zipf, {a}, shape, options, "zipf");
}

Array multinomial(std::int64_t n, const std::vector<double>& p, const Shape& shape,
                  const IntegerOptions& options) {
  if (options.dtype != DType::int64) {
    throw TypeError(
        fmt::format("random::multinomial: dtype {} given; it counts in int64, cast the "
                    "result with astype",
                    name(options.dtype)));
  }
  check_not_negative("multinomial", {"n", static_cast<double>(n)});
  check_sum("multinomial", p);
  auto whole = shape;
  whole.push_back(static_cast<std::int64_t>(p.size()));
  std::vector<Scalar> parameters{n};
  parameters.insert(parameters.end(), p.begin(), p.end());
  return Array(array::random_node(Distribution::multinomial, std::move(parameters), whole,
                                  DType::int64, options.chunks, options.seed));
}

Array choice(std::int64_t n, const Shape& shape, const ChoiceOptions& options) {
  const IntegerOptions from{options.chunks, options.seed};
  if (n < 1) {
    throw ValueError(fmt::format("random::choice: of {} numbers; there is nothing to choose", n));
  }
  if (!options.replace) {
    const auto count = element_count(shape);
    if (!options.p.empty()) {
      throw ValueError("random::choice: p without replacement; leave one of the two out");
    }
    if (count > n) {
      throw ValueError(
          fmt::format("random::choice: {} different ones of {}; allow replacement", count, n));
    }
    if (shape.size() != 1) {
      return choice(n, {count}, {.replace = false, .seed = options.seed})
          .reshape(shape, options.chunks);
    }
    return counted(Distribution::permutation, {n}, shape, from, "choice");
  }
  if (options.p.empty()) return integers(0, n, shape, from);
  if (static_cast<std::int64_t>(options.p.size()) != n) {
    throw ValueError(
        fmt::format("random::choice: {} probabilities p for {} numbers", options.p.size(), n));
  }
  check_sum("choice", options.p);
  std::vector<Scalar> sums;
  double sum = 0;
  for (const double one : options.p) sums.emplace_back(sum += one);
  return counted(Distribution::weighted, std::move(sums), shape, from, "choice");
}

Array permutation(std::int64_t n, const PermutationOptions& options) {
  check_not_negative("permutation", {"n", static_cast<double>(n)});
  return counted(Distribution::permutation, {n}, {n}, {options.chunks, options.seed},
                 "permutation");
}

}  // namespace tartan::random
