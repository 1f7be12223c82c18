#include <algorithm>
#include <array/kernels/permutation.hpp>
#include <array/kernels/random_draws.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <tests/unit/array/kernels_support.hpp>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

namespace {

struct Named {
  const char* name;
  std::function<Array(const Shape&, const ChunkSpec&, std::uint64_t)> make;
};

#define TARTAN_REAL(call, ...)                                                             \
  {                                                                                        \
#call " " #__VA_ARGS__,                                                                \
        [](const Shape& s, const ChunkSpec& c,                                             \
           std::uint64_t                                                                   \
               seed) { return random::call(__VA_ARGS__, s, {.chunks = c, .seed = seed}); } \
  }

const std::vector<Named> kAll = {
    TARTAN_REAL(exponential, 2.0),
    TARTAN_REAL(standard_gamma, 0.3),
    TARTAN_REAL(standard_gamma, 4.5),
    TARTAN_REAL(gamma, 2.0, 3.0),
    TARTAN_REAL(beta, 0.3, 0.6),
    TARTAN_REAL(beta, 2.0, 0.5),
    TARTAN_REAL(chisquare, 3.0),
    TARTAN_REAL(noncentral_chisquare, 3.0, 2.0),
    TARTAN_REAL(noncentral_chisquare, 0.5, 2.0),
    TARTAN_REAL(f, 3.0, 5.0),
    TARTAN_REAL(noncentral_f, 3.0, 5.0, 1.0),
    TARTAN_REAL(standard_t, 4.0),
    TARTAN_REAL(laplace, 1.0, 2.0),
    TARTAN_REAL(logistic, 1.0, 2.0),
    TARTAN_REAL(gumbel, 1.0, 2.0),
    TARTAN_REAL(lognormal, 0.0, 1.0),
    TARTAN_REAL(pareto, 3.0),
    TARTAN_REAL(power, 3.0),
    TARTAN_REAL(rayleigh, 2.0),
    TARTAN_REAL(wald, 2.0, 3.0),
    TARTAN_REAL(weibull, 1.5),
    TARTAN_REAL(triangular, -1.0, 0.0, 3.0),
    TARTAN_REAL(vonmises, 1.0, 2.0),
    TARTAN_REAL(poisson, 3.0),
    TARTAN_REAL(poisson, 300.0),
    TARTAN_REAL(binomial, 20, 0.2),
    TARTAN_REAL(binomial, 1000, 0.7),
    TARTAN_REAL(negative_binomial, 3.5, 0.2),
    TARTAN_REAL(geometric, 0.2),
    TARTAN_REAL(hypergeometric, 20, 30, 8),
    TARTAN_REAL(hypergeometric, 200, 300, 80),
    TARTAN_REAL(logseries, 0.9),
    TARTAN_REAL(zipf, 2.5),
    {"standard_cauchy",
     [](const Shape& s, const ChunkSpec& c, std::uint64_t seed) {
       return random::standard_cauchy(s, {.chunks = c, .seed = seed});
     }},
    {"choice",
     [](const Shape& s, const ChunkSpec& c, std::uint64_t seed) {
       return random::choice(4, s, {.p = {0.1, 0.2, 0.3, 0.4}, .chunks = c, .seed = seed});
     }},
    {"choice without replacement",
     [](const Shape& s, const ChunkSpec& c, std::uint64_t seed) {
       return random::choice(100000, s, {.replace = false, .chunks = c, .seed = seed});
     }},
};

}  // namespace

TEST_CASE("every distribution has the same bits however the array is cut") {
  Inline run;
  for (const auto& one : kAll) {
    INFO(one.name);
    const auto whole = one.make({12, 7}, {12, 7}, 3).compute_chunk();
    for (const ChunkSpec& chunks : {ChunkSpec{5, 3}, ChunkSpec{{{1, 11}, {7}}}, ChunkSpec{12, 1}}) {
      CHECK(array::test::same_bits(one.make({12, 7}, chunks, 3).compute_chunk(), whole));
    }
    const auto part = one.make({12, 7}, {4, 4}, 3).slice({{2, 9}, {1, 6}});
    const auto same = one.make({12, 7}, {12, 7}, 3).rechunk({3, 2}).slice({{2, 9}, {1, 6}});
    CHECK(array::test::same_bits(part.compute_chunk(), same.compute_chunk()));
    CHECK_FALSE(array::test::same_bits(one.make({12, 7}, {12, 7}, 4).compute_chunk(), whole));
  }
}

TEST_CASE(
    "multinomial counts add up and do not depend on chunks, those of the categories included") {
  Inline run;
  const std::vector<double> p{0.1, 0.0, 0.4, 0.5};
  const auto counts = [&p](const ChunkSpec& chunks) {
    return random::multinomial(20, p, {9, 5}, {.chunks = chunks, .seed = 1});
  };
  const auto whole = counts({9, 5, 4});
  CHECK(whole.shape() == Shape{9, 5, 4});
  CHECK(values<bool>(all(sum(whole, -1) == 20)).at(0));
  CHECK(values<bool>(all(whole.slice({ellipsis, 1}) == 0)).at(0));
  CHECK(values<std::int64_t>(counts({4, 2, 3})) == values<std::int64_t>(whole));
  CHECK(values<std::int64_t>(random::multinomial(7, {1.0}, {}, {.seed = 1})) ==
        std::vector<std::int64_t>{7});
}

TEST_CASE("multivariate hypergeometric counts are of what the urn holds, whatever the chunks") {
  Inline run;
  const std::vector<std::int64_t> colors{10, 0, 25, 15};
  const auto counts = [&colors](const ChunkSpec& chunks) {
    return random::multivariate_hypergeometric(colors, 20, {2000, 5}, {.chunks = chunks, .seed = 1});
  };
  const auto whole = counts({2000, 5, 4});
  CHECK(whole.shape() == Shape{2000, 5, 4});
  CHECK(all(sum(whole, -1) == 20).item<bool>());
  CHECK(all((whole >= 0) & (whole <= asarray(colors))).item<bool>());
  CHECK(values<std::int64_t>(counts({700, 2, 3})) == values<std::int64_t>(whole));
  // Mean n c / N and variance n c/N (1 - c/N) (N - n)/(N - 1), of 10,000 draws.
  const auto means = values<double>(mean(whole.astype<double>(), {0, 1}));
  const auto variances = values<double>(var(whole.astype<double>(), {0, 1}));
  for (std::size_t i = 0; i < colors.size(); ++i) {
    const double part = static_cast<double>(colors[i]) / 50;
    const double variance = 20 * part * (1 - part) * 30 / 49;
    CHECK(std::abs(means[i] - 20 * part) < 5 * std::sqrt(variance / 10'000) + 1e-12);
    CHECK(std::abs(variances[i] - variance) <= 0.1 * variance);
  }
  const auto all_of_it = random::multivariate_hypergeometric(colors, 50, {}, {.seed = 3});
  CHECK(values<std::int64_t>(all_of_it) == colors);
}

TEST_CASE("one Philox block is the one of a batch") {
  static array::PhiloxBatch batch;
  array::philox(batch, 0xFFFFFFFFULL, 3, 42, 0x500000007ULL);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto block = array::philox(0xFFFFFFFFULL + i, 42, 0x500000007ULL);
    for (std::size_t w = 0; w < 4; ++w) CHECK(block[w] == batch.word[w][i]);
  }
}

TEST_CASE("logarithms and exponentials of samplers are the C library's to the last places") {
  const auto off = [](double got, double wanted) {
    return std::abs(got - wanted) / std::max(std::abs(wanted) * 0x1p-52, 0x1p-1074);
  };
  double worst_log = 0;
  double worst_exp = 0;
  for (int i = 1; i < 200000; ++i) {
    const double x = std::ldexp(1 + i * 0x1.234567p-18, i % 2000 - 1000);
    worst_log = std::max(worst_log, off(array::exact::log(x), std::log(x)));
    worst_log = std::max(worst_log, off(array::exact::log(i * 0x1p-17), std::log(i * 0x1p-17)));
    const double y = (i - 100000) * 0.00699;
    worst_exp = std::max(worst_exp, off(array::exact::exp(y), std::exp(y)));
  }
  CHECK(worst_log < 2);
  CHECK(worst_exp < 2);
  CHECK(array::exact::log(0) == -std::numeric_limits<double>::infinity());
  CHECK(array::exact::log(1) == 0);
  CHECK(array::exact::exp(-1000) == 0);
  CHECK(array::exact::exp(0) == 1);
  CHECK(off(array::exact::log(0x1p-1070), std::log(0x1p-1070)) < 2);
}

TEST_CASE("a permutation has every number once, whichever way it is made") {
  Inline run;
  for (const std::int64_t n : {0, 1, 2, 1000, 16384, 16385, 70000}) {
    const auto p = random::permutation(n, {.chunks = {700}, .seed = 3});
    auto numbers = values<std::int64_t>(p);
    CHECK(numbers == values<std::int64_t>(random::permutation(n, {.seed = 3})));
    std::vector<std::int64_t> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::int64_t> wanted(static_cast<std::size_t>(n));
    std::iota(wanted.begin(), wanted.end(), 0);
    CHECK(sorted == wanted);
    if (n > 2) CHECK(numbers != wanted);
  }
}

TEST_CASE("all orders of four come up alike, and large permutations leave no trace of the order") {
  std::map<std::vector<std::int64_t>, int> seen;
  for (std::uint64_t seed = 0; seed < 24000; ++seed) {
    const array::Permutation p(4, seed);
    ++seen[{p(0), p(1), p(2), p(3)}];
  }
  CHECK(seen.size() == 24);
  for (const auto& [order, count] : seen) CHECK(std::abs(count - 1000) < 160);
  // The correlation of neighbours, and how many stay where they were or keep a distance of one.
  const std::int64_t n = 300000;
  const array::Permutation p(n, 7);
  double correlation = 0;
  int fixed = 0;
  int together = 0;
  const auto centre = static_cast<double>(n - 1) / 2;
  for (std::int64_t i = 0; i + 1 < n; ++i) {
    const auto here = static_cast<double>(p(i)) - centre;
    const auto next = static_cast<double>(p(i + 1)) - centre;
    correlation += here * next / (centre * centre / 3) / static_cast<double>(n);
    fixed += p(i) == i ? 1 : 0;
    together += next - here == 1 ? 1 : 0;
  }
  CHECK(std::abs(correlation) < 5 / std::sqrt(static_cast<double>(n)));
  CHECK(fixed < 10);
  CHECK(together < 10);
}

TEST_CASE("rows are permuted by the permutation of their number") {
  Inline run;
  const auto x = counting({50, 3}, {7, 2});
  const auto p = values<std::int64_t>(random::permutation(50, {.seed = 8}));
  std::vector<double> wanted(150);
  const auto from = values<double>(x);
  for (std::size_t i = 0; i < 50; ++i) {
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, wanted.begin() + 3 * p[i]);
  }
  CHECK(values<double>(random::permutation(x, {.seed = 8})) == wanted);
  CHECK(values<double>(random::permutation(x, {.chunks = {50, 1}, .seed = 8})) == wanted);
  CHECK(values<double>(random::permutation(x, {.chunks = {3, 3}, .seed = 8})) == wanted);
  const auto none = random::permutation(zeros({0, 4}), {.seed = 1});
  CHECK(none.compute_chunk().shape == Shape{0, 4});
}

TEST_CASE("parameters at the edge give what is certain") {
  Inline run;
  const auto constant = [](const Array& x, double value) {
    return all(x.astype<double>() == value).item<bool>();
  };
  const Shape shape{500};
  CHECK(constant(random::standard_gamma(0, shape), 0));
  CHECK(constant(random::exponential(0, shape), 0));
  CHECK(constant(random::poisson(0, shape), 0));
  CHECK(constant(random::binomial(0, 0.5, shape), 0));
  CHECK(constant(random::binomial(50, 0, shape), 0));
  CHECK(constant(random::binomial(50, 1, shape), 50));
  CHECK(constant(random::negative_binomial(5, 1, shape), 0));
  CHECK(constant(random::geometric(1, shape), 1));
  CHECK(constant(random::hypergeometric(7, 0, 3, shape), 3));
  CHECK(constant(random::hypergeometric(0, 7, 3, shape), 0));
  CHECK(constant(random::hypergeometric(70, 50, 120, shape), 70));
  CHECK(constant(random::logseries(0, shape), 1));
  CHECK(constant(random::laplace(3, 0, shape), 3));
  CHECK(constant(random::choice(3, shape, {.p = {0, 1, 0}}), 1));
  CHECK(constant(random::zipf(50, shape), 1));
  CHECK(min(random::poisson(1e18, shape)).item<double>() > 0.99e18);
  CHECK(max(random::geometric(1e-300, shape)).item<double>() > 9e18);
  CHECK(constant(random::poisson(1e6, shape, {.dtype = DType::int8}), 127));
  CHECK(all(isfinite(random::beta(1e-3, 1e-3, shape))).item<bool>());
}

TEST_CASE("float32 variates are the float64 ones, rounded") {
  Inline run;
  const VariateOptions narrow{.seed = 4, .dtype = DType::float32};
  for (const auto& make : {random::standard_cauchy}) {
    CHECK(values<float>(make({50}, narrow)) ==
          values<float>(make({50}, {.seed = 4}).astype<float>()));
  }
  CHECK(values<float>(random::beta(2, 3, {50}, narrow)) ==
        values<float>(random::beta(2, 3, {50}, {.seed = 4}).astype<float>()));
  CHECK(random::gamma(2, 3, {5}, narrow).dtype() == DType::float32);
  CHECK(random::f(2, 3, {5}, narrow).dtype() == DType::float32);
}

TEST_CASE("parameters that a distribution does not have are refused when it is written") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Shape s{3};
  CHECK_THROWS_WITH(random::exponential(-1, s), Contains("exponential: scale is -1"));
  CHECK_THROWS_WITH(random::standard_gamma(nan, s), Contains("standard_gamma: k is nan"));
  CHECK_THROWS_WITH(random::gamma(1, -2, s), Contains("gamma: scale is -2"));
  CHECK_THROWS_WITH(random::beta(0, 1, s), Contains("beta: a is 0") && Contains("above 0"));
  CHECK_THROWS_WITH(random::chisquare(0, s), Contains("chisquare: df is 0"));
  CHECK_THROWS_WITH(random::noncentral_chisquare(1, -1, s), Contains("nonc is -1"));
  CHECK_THROWS_WITH(random::f(1, 0, s), Contains("f: dfden is 0"));
  CHECK_THROWS_WITH(random::noncentral_f(-1, 1, 1, s), Contains("noncentral_f: dfnum is -1"));
  CHECK_THROWS_WITH(random::standard_t(-3, s), Contains("standard_t: df is -3"));
  CHECK_THROWS_WITH(random::laplace(nan, 1, s), Contains("laplace: loc is nan"));
  CHECK_THROWS_WITH(random::logistic(0, -1, s), Contains("logistic: scale is -1"));
  CHECK_THROWS_WITH(random::gumbel(0, -1, s), Contains("gumbel: scale is -1"));
  CHECK_THROWS_WITH(random::lognormal(0, -1, s), Contains("lognormal: sigma is -1"));
  CHECK_THROWS_WITH(random::pareto(0, s), Contains("pareto: a is 0"));
  CHECK_THROWS_WITH(random::power(-1, s), Contains("power: a is -1"));
  CHECK_THROWS_WITH(random::rayleigh(-1, s), Contains("rayleigh: scale is -1"));
  CHECK_THROWS_WITH(random::wald(1, 0, s), Contains("wald: scale is 0"));
  CHECK_THROWS_WITH(random::weibull(0, s), Contains("weibull: a is 0"));
  CHECK_THROWS_WITH(random::triangular(0, 3, 2, s), Contains("mode 3") && Contains("order"));
  CHECK_THROWS_WITH(random::vonmises(0, -1, s), Contains("vonmises: kappa is -1"));
  CHECK_THROWS_WITH(random::poisson(-1, s), Contains("poisson: lam is -1"));
  CHECK_THROWS_WITH(random::binomial(-1, 0.5, s), Contains("binomial: n is -1"));
  CHECK_THROWS_WITH(random::binomial(1, 1.5, s), Contains("binomial: p is 1.5"));
  CHECK_THROWS_WITH(random::negative_binomial(1, 0, s), Contains("negative_binomial: p is 0"));
  CHECK_THROWS_WITH(random::geometric(0, s), Contains("geometric: p is 0"));
  CHECK_THROWS_WITH(random::hypergeometric(1, 2, 4, s), Contains("nsample 4") && Contains("= 3"));
  CHECK_THROWS_WITH(random::hypergeometric(-1, 2, 1, s), Contains("ngood is -1"));
  CHECK_THROWS_WITH(random::logseries(1, s), Contains("logseries: p is 1"));
  CHECK_THROWS_WITH(random::zipf(1, s), Contains("zipf: a is 1"));
  CHECK_THROWS_WITH(random::multinomial(3, {0.5, 0.4}, s), Contains("sum to 0.9"));
  CHECK_THROWS_WITH(random::multivariate_hypergeometric({3, -1}, 1, s), Contains("colors is -1"));
  CHECK_THROWS_WITH(random::multivariate_hypergeometric({}, 0, s), Contains("no colors"));
  CHECK_THROWS_WITH(random::multivariate_hypergeometric({3, 2}, 6, s),
                    Contains("nsample 6") && Contains("5"));
  CHECK_THROWS_WITH(random::multivariate_hypergeometric({3, 2}, -1, s), Contains("nsample is -1"));
  CHECK_THROWS_WITH(random::multivariate_hypergeometric({1'000'000'000, 1}, 1, s),
                    Contains("10^9"));
  CHECK_THROWS_AS(random::multivariate_hypergeometric({1}, 1, s, {.dtype = DType::int32}),
                  TypeError);
  CHECK_THROWS_WITH(random::choice(0, s), Contains("choice") && Contains("nothing"));
  CHECK_THROWS_WITH(random::choice(2, s, {.replace = false}), Contains("3 different ones of 2"));
  CHECK_THROWS_WITH(random::choice(2, s, {.p = {1.0}}), Contains("1 probabilities"));
  CHECK_THROWS_WITH(random::choice(5, s, {.replace = false, .p = {1.0}}), Contains("leave one"));
  CHECK_THROWS_WITH(random::permutation(-1), Contains("permutation: n is -1"));
  CHECK_THROWS_WITH(random::permutation(zeros({})), Contains("0-d"));
  CHECK_THROWS_AS(random::exponential(1, s, {.dtype = DType::int32}), TypeError);
  CHECK_THROWS_AS(random::beta(1, 1, s, {.dtype = DType::complex64}), TypeError);
  CHECK_THROWS_AS(random::poisson(1, s, {.dtype = DType::float64}), TypeError);
  CHECK_THROWS_AS(random::geometric(0.5, s, {.dtype = DType::float64}), TypeError);
  CHECK_THROWS_AS(random::multinomial(1, {1.0}, s, {.dtype = DType::int32}), TypeError);
}
