#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

namespace {

// So many that blocks are larger than their sketches.
constexpr std::int64_t kCount = 1'200'000;
constexpr std::int64_t kBlock = 300'000;

/// Numbers as they are hard for summaries: in order, equal, with long tails, of both signs, tiny.
std::vector<double> numbers_of(int kind) {
  std::vector<double> list(kCount);
  std::mt19937_64 engine(7);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = static_cast<double>(i);
    switch (kind) {
      case 0:
        list[i] = uniform(engine);
        break;
      case 1:
        list[i] = place;
        break;
      case 2:
        list[i] = -place;
        break;
      case 3:
        list[i] = -7.25;
        break;
      case 4:
        list[i] = std::pow(uniform(engine), -10);
        break;
      case 5:
        list[i] = normal(engine);
        break;
      case 6:
        list[i] = i % 3 == 0 ? -INFINITY : i % 3 == 1 ? 0.0 : INFINITY;
        break;
      default:
        list[i] = normal(engine) * 1e-305;
    }
  }
  return list;
}

Array array_of(const std::vector<double>& list, std::int64_t chunk) {
  return from_chunk(make_chunk<double>({static_cast<std::int64_t>(list.size())}, list), {chunk});
}

const std::vector<double> kQ{0, 0.001, 0.25, 0.5, 0.77, 0.999, 1};

}  // namespace

TEST_CASE("an approximate quantile is within its error of the element, for any distribution") {
  Inline run;
  const auto kind = GENERATE(range(0, 8));
  const auto list = numbers_of(kind);
  auto sorted = list;
  std::sort(sorted.begin(), sorted.end());
  const auto x = array_of(list, kBlock);
  CAPTURE(kind);
  for (const double error : {0.01, 0.05}) {
    const auto sketch = approx_quantile(x, kQ, {.error = error});
    CHECK_THAT(sketch.explain(), Contains("sketch-quantile"));
    const auto got = values<double>(sketch);
    for (std::size_t i = 0; i < kQ.size(); ++i) {
      const double exact = sorted[static_cast<std::size_t>(std::floor(kQ[i] * (kCount - 1)))];
      CAPTURE(kQ[i], exact, got[i]);
      const double allowed = std::max(error * std::abs(exact), std::numeric_limits<double>::min());
      CHECK((got[i] == exact || std::abs(got[i] - exact) <= allowed));
    }
    CHECK(values<double>(approx_quantile(x.rechunk({400'000}), kQ, {.error = error})) == got);
  }
}

TEST_CASE("sketches of float32 and integers keep their error, and small arrays are exact") {
  Inline run;
  const auto x = array_of(numbers_of(5), kBlock) * 1000;
  const auto narrow = x.astype(DType::float32);
  const auto whole = x.astype(DType::int64);
  const auto exact = quantile(narrow, 0.9, {}, {.method = QuantileMethod::lower}).item<float>();
  const auto close = approx_quantile(narrow, 0.9, {.error = 0.01});
  CHECK(close.dtype() == DType::float64);
  CHECK(close.ndim() == 0);
  CHECK(std::abs(close.item<double>() - exact) <= 0.01 * std::abs(exact));
  const auto number = quantile(whole, 0.9).item<double>();
  CHECK(std::abs(approx_quantile(whole, 0.9).item<double>() - number) <= 0.01 * number);
  CHECK(approx_median(arange(11).rechunk({4})).item<double>() == 5);
  CHECK(std::isnan(approx_median(zeros({0})).item<double>()));
}

TEST_CASE("a NaN decides an approximate quantile unless NaNs are skipped") {
  Inline run;
  auto list = numbers_of(3);
  list[100] = NAN;
  const auto x = array_of(list, kBlock);
  CHECK(std::isnan(approx_median(x).item<double>()));
  CHECK(std::abs(approx_median(x, {.skip_nan = true}).item<double>() + 7.25) <= 0.0725);
  const auto chosen = x[isnan(x)];
  CHECK(std::isnan(approx_median(chosen, {.skip_nan = true}).item<double>()));
}

TEST_CASE("an approximate count of distinct elements is within four standard errors") {
  Inline run;
  for (const std::int64_t distinct : {1, 10, 1000, 20'000, 300'000, 1'000'000}) {
    const auto x = arange(kCount).rechunk({kBlock}) % distinct;
    const auto got = approx_count_distinct(x).item<std::int64_t>();
    const auto allowed = std::max(1.0, 4 * 0.0081 * static_cast<double>(distinct));
    CAPTURE(distinct, got);
    CHECK(std::abs(static_cast<double>(got - distinct)) <= allowed);
    CHECK(approx_count_distinct(x.rechunk({777'777})).item<std::int64_t>() == got);
    const auto more = x.astype(DType::complex128);
    const auto of_complex = approx_count_distinct(more).item<std::int64_t>();
    CHECK(std::abs(static_cast<double>(of_complex - distinct)) <= allowed);
  }
  const auto few = array_of({0.0, -0.0, NAN, -NAN, 5, 5}, 2);
  CHECK(approx_count_distinct(few).item<std::int64_t>() == 3);
  CHECK(approx_count_distinct(zeros({0})).item<std::int64_t>() == 0);
  CHECK(approx_count_distinct(few[few > 1]).item<std::int64_t>() == 1);
}

TEST_CASE("sketches that cannot be are refused") {
  const auto x = zeros({4});
  CHECK_THROWS_WITH(approx_quantile(x, 1.5), Contains("q = 1.5"));
  CHECK_THROWS_WITH(approx_quantile(x, std::vector<double>{NAN}), Contains("0 to 1"));
  CHECK_THROWS_WITH(approx_median(x, {.error = 1e-4}), Contains("quantile()"));
  CHECK_THROWS_AS(approx_median(x, {.error = NAN}), ValueError);
  CHECK_THROWS_AS(approx_median(x.astype(DType::complex64)), TypeError);
}
