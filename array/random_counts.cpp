// Distributions over integers, choices and permutations.

#include <array/expr/random_node.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/array/functions.hpp>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::random {
namespace {

using array::check_finite;
using array::check_not_negative;
using array::check_positive;
using array::check_probability;
using array::Distribution;
using array::refuse;

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

Array counted(Distribution distribution, std::vector<Scalar> parameters, const Shape& shape,
              const IntegerOptions& options, const char* who) {
  array::check_random_integer(options.dtype, who);
  return Array(array::random_node(distribution, std::move(parameters), shape, options.dtype,
                                  options.chunks, options.seed));
}

}  // namespace

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
  const VariateOptions from{options.chunks,
                            array::derived_seed(options.seed, array::Source::geometric)};
  const auto trials = ceil(exponential(1, shape, from) / -std::log1p(-p));
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

Array multivariate_hypergeometric(const std::vector<std::int64_t>& colors, std::int64_t nsample,
                                  const Shape& shape, const IntegerOptions& options) {
  constexpr const char* kWho = "multivariate_hypergeometric";
  constexpr std::int64_t kMost = 1'000'000'000;
  if (options.dtype != DType::int64) {
    throw TypeError(fmt::format("random::{}: dtype {} given; it counts in int64, cast the result "
                                "with astype",
                                kWho, name(options.dtype)));
  }
  if (colors.empty()) throw ValueError("random::multivariate_hypergeometric: there are no colors");
  std::int64_t total = 0;
  std::vector<Scalar> parameters{nsample};
  for (const auto color : colors) {
    check_not_negative(kWho, {"colors", static_cast<double>(color)});
    if (color > kMost - total) {
      refuse(kWho, {"colors", static_cast<double>(color)}, "colors whose sum is 10^9 at most");
    }
    total += color;
    parameters.emplace_back(color);
  }
  check_not_negative(kWho, {"nsample", static_cast<double>(nsample)});
  if (nsample > total) {
    throw ValueError(fmt::format("random::{}: nsample {} is more than the sum of colors, {}", kWho,
                                 nsample, total));
  }
  auto whole = shape;
  whole.push_back(static_cast<std::int64_t>(colors.size()));
  return Array(array::random_node(Distribution::multivariate_hypergeometric, std::move(parameters),
                                  whole, DType::int64, options.chunks, options.seed));
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
