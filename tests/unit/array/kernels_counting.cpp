// Counts by ranges, held against a walk over the edges.

#include <array/kernels/counting.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>

#include "kernels_support.hpp"

using namespace tartan;
using namespace tartan::array;
using namespace tartan::array::test;

namespace {

using Counts = std::vector<std::int64_t>;

/// The edges, the numbers next to them on both sides, and what lies outside, many times over.
std::vector<double> around(const std::vector<double>& edges) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> numbers{-kInfinity, kInfinity, NAN, -NAN, 0.0, -0.0};
  for (const double edge : edges) {
    numbers.insert(numbers.end(),
                   {edge, std::nextafter(edge, kInfinity), std::nextafter(edge, -kInfinity)});
  }
  Random random(3);
  const double width = edges.back() - edges.front();
  for (int i = 0; i < 3000; ++i) {
    numbers.push_back(edges.front() + width * (1.1 * random.uniform() - 0.05));
  }
  return numbers;
}

Counts counted_by_hand(const std::vector<double>& numbers, const std::vector<double>& edges) {
  Counts counts(edges.size() - 1);
  for (const double x : numbers) {
    for (std::size_t bin = counts.size(); bin-- > 0;) {
      const bool last = bin + 1 == counts.size();
      if (x >= edges[bin] && (x < edges[bin + 1] || (last && x == edges[bin + 1]))) {
        ++counts[bin];
        break;
      }
    }
  }
  return counts;
}

Counts histogram_of(const Chunk& numbers, const Chunk& edges, std::int64_t uniform) {
  return values_of<std::int64_t>(
      array::histogram({&numbers, 1}, {&edges, 1}, {&uniform, 1}, nullptr));
}

}  // namespace

TEST_CASE("numbers beside every edge are counted in their ranges on all instruction sets") {
  struct Range {
    double low, high;
    std::int64_t bins;
  };
  const auto range =
      GENERATE(Range{0, 1, 10}, Range{0, 1, 100}, Range{-0.3, 0.7, 7}, Range{1e15, 1e15 + 8, 100},
               Range{-1e-310, 1e-310, 33}, Range{0, 1e300, 3}, Range{0.1, 0.1 + 1e-15, 5},
               Range{0, 300, 300}, Range{0, 1, 1});
  const auto precision = GENERATE(DType::float64, DType::float32);
  const auto edges = uniform_edges(range.low, range.high, range.bins, precision, precision);
  const auto list = values_of<double>(astype(edges, DType::float64));
  if (!std::isfinite(list.back())) return;
  const auto numbers = around(list);
  const auto chunk = chunk_of<double>({static_cast<std::int64_t>(numbers.size())}, numbers);
  const auto narrow = astype(chunk, DType::float32);
  const auto widened = values_of<double>(astype(narrow, DType::float64));
  CAPTURE(range.low, range.high, range.bins, precision);
  at_every_isa([&](Isa isa) {
    CAPTURE(name(isa));
    for (const std::int64_t uniform : {0, 1}) {
      CHECK(histogram_of(chunk, edges, uniform) == counted_by_hand(numbers, list));
      CHECK(histogram_of(narrow, edges, uniform) == counted_by_hand(widened, list));
    }
    // By itself a number has no neighbour that makes the kernel look twice.
    for (std::size_t i = 0; i < 3 * list.size(); ++i) {
      const auto one = chunk_of<double>({1}, {numbers[i]});
      REQUIRE(histogram_of(one, edges, 1) == counted_by_hand({numbers[i]}, list));
    }
  });
}

TEST_CASE("ranges of any width, of none and without an end are searched for all numbers") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto list = GENERATE(std::vector<double>{0, 1, 1, 1, 10, 1000},
                             std::vector<double>{-kInfinity, -1, 0, 5, kInfinity},
                             std::vector<double>{2, 2}, std::vector<double>{-1, 0, 3});
  auto numbers = around({-1, 0, 1, 2, 3, 5, 10, 1000});
  const auto edges = chunk_of<double>({static_cast<std::int64_t>(list.size())}, list);
  const auto chunk = chunk_of<double>({static_cast<std::int64_t>(numbers.size())}, numbers);
  at_every_isa([&](Isa) {
    CHECK(histogram_of(chunk, edges, 0) == counted_by_hand(numbers, list));
    CHECK(histogram_of(chunk, edges, 1) == counted_by_hand(numbers, list));
  });
}
