// Selections held against sorted rows.

#include <array/kernels/keep_between.hpp>
#include <array/kernels/quantile.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>

#include "kernels_support.hpp"

using namespace tartan;
using namespace tartan::array;
using namespace tartan::array::test;

namespace {

constexpr std::int64_t kLong = 5003;

/// Rows that samples say little of: sorted, constant, with a period, with few values, with tails.
std::vector<double> row_of(int kind, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> row(kLong);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto place = static_cast<double>(i);
    switch (kind) {
      case 0:
        row[i] = random.uniform();
        break;
      case 1:
        row[i] = place;
        break;
      case 2:
        row[i] = -place;
        break;
      case 3:
        row[i] = 7;
        break;
      case 4:
        row[i] = static_cast<double>(i % 13);
        break;
      case 5:
        row[i] = std::floor(3 * random.uniform());
        break;
      case 6:
        row[i] = std::pow(random.uniform(), -8);
        break;
      case 7:
        row[i] = i == 99 ? -1 : 5;
        break;
      case 8:
        row[i] = random.uniform() < 0.5 ? -0.0 : 0.0;
        break;
      default:
        row[i] = random.uniform() < 0.2 ? INFINITY : -INFINITY;
    }
  }
  return row;
}

Chunk cast(const std::vector<double>& row, DType dtype) {
  return astype(chunk_of<double>({1, static_cast<std::int64_t>(row.size())}, row), dtype);
}

}  // namespace

TEST_CASE("quantiles of long rows are elements of the sorted rows, on all instruction sets") {
  const auto kind = GENERATE(range(0, 10));
  const auto dtype =
      GENERATE(DType::float64, DType::float32, DType::int64, DType::int32, DType::uint8);
  if (kind == 9 && is_integer(dtype)) return;
  const auto chunk = cast(row_of(kind, 11), dtype);
  auto sorted = values_of<double>(astype(chunk, DType::float64));
  std::sort(sorted.begin(), sorted.end());
  const std::vector<double> few{0, 1, 0.5, 0.001, 0.9};
  std::vector<double> many(40);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i) / 39;
  CAPTURE(kind, dtype);
  for (const auto& q : {few, many}) {
    const QuantileRule rule{.method = QuantileMethod::lower, .q = q};
    std::optional<Chunk> before;
    at_every_isa([&](Isa isa) {
      CAPTURE(name(isa));
      const auto result = row_quantiles(chunk, rule);
      const auto got = values_of<double>(astype(result, DType::float64));
      for (std::size_t i = 0; i < q.size(); ++i) {
        CHECK(got[i] == sorted[static_cast<std::size_t>(std::floor(q[i] * (kLong - 1)))]);
      }
      if (before) CHECK(same_bits(result, *before));
      before = result;
    });
  }
}

TEST_CASE("medians of long rows leave NaN out or hand it on") {
  auto row = row_of(0, 5);
  for (std::size_t i = 0; i < row.size(); i += 3) row[i] = NAN;
  std::vector<double> numbers;
  std::copy_if(row.begin(), row.end(), std::back_inserter(numbers),
               [](double x) { return !std::isnan(x); });
  std::sort(numbers.begin(), numbers.end());
  const auto n = numbers.size();
  const double middle = (numbers[(n - 1) / 2] + numbers[n / 2]) / 2;
  at_every_isa([&](Isa) {
    const auto chunk = cast(row, DType::float64);
    CHECK(values_of<double>(row_quantiles(chunk, {.median = true, .skip_nan = true}))[0] == middle);
    CHECK(std::isnan(values_of<double>(row_quantiles(chunk, {.median = true}))[0]));
  });
}

TEST_CASE("what lies between two elements is kept in order and the rest is counted") {
  Random random(2);
  for (const std::size_t n : {0, 1, 7, 8, 9, 127, 128, 129, 1000}) {
    std::vector<double> in(n), out(n);
    for (auto& x : in) x = random.uniform() < 0.1 ? NAN : std::floor(10 * random.uniform());
    at_every_isa([&](Isa) {
      std::fill(out.begin(), out.end(), -1);
      const auto kept = keep_between(in.data(), n, 3.0, 6.0, out.data());
      std::vector<double> wanted;
      std::copy_if(in.begin(), in.end(), std::back_inserter(wanted),
                   [](double x) { return x >= 3 && x <= 6; });
      const auto count = [&](auto test) {
        return static_cast<std::size_t>(std::count_if(in.begin(), in.end(), test));
      };
      CHECK(kept.below == count([](double x) { return x < 3; }));
      CHECK(kept.above == count([](double x) { return x > 6; }));
      REQUIRE(kept.inside == wanted.size());
      out.resize(kept.inside);
      CHECK(out == wanted);
      out.resize(n);
    });
  }
}
