#include <cmath>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

namespace {
using Counts = std::vector<std::int64_t>;

template <class T>
Array array_of(const std::vector<T>& elements, const ChunkSpec& chunks = {-1}) {
  return from_chunk(make_chunk<T>({static_cast<std::int64_t>(elements.size())}, elements), chunks);
}
}  // namespace

TEST_CASE("numbers on the edges of ranges count as NumPy counts them") {
  Inline run;
  // The edges 3 * 0.1 and 7 * 0.1 are above 0.3 and 0.7.
  const auto x =
      array_of<double>({0, 0.1, 0.2, 0.3, 0.1 * 3, 0.7, 1.0, 1.0000001, -1e-9, NAN}, {3});
  const auto result = histogram(x, Bins(10, 0.0, 1.0));
  CHECK(values<std::int64_t>(result.counts) == Counts{1, 1, 2, 1, 0, 0, 1, 0, 0, 1});
  CHECK(result.edges.shape() == Shape{11});
}

TEST_CASE("a histogram is the same for any chunks, and lazy") {
  Inline run;
  const auto x = random::normal({10'000}, {.chunks = {10'000}, .seed = 5});
  const auto whole = values<std::int64_t>(histogram(x, 50).counts);
  CHECK(values<std::int64_t>(histogram(x.rechunk({333}), 50).counts) == whole);
  const auto weights = full({10'000}, 2.5, {.chunks = {77}});
  const auto weighted = histogram(x.rechunk({500}), 50, {.weights = weights});
  CHECK_THAT(weighted.counts.explain(), Contains("histogram-block") && Contains("histogram-add"));
  const auto sums = values<double>(weighted.counts);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    CHECK(sums[i] == 2.5 * static_cast<double>(whole[i]));
  }
}

TEST_CASE("elements without a range and integers beyond minlength fail when they are counted") {
  Inline run;
  CHECK_THROWS_WITH(histogram(array_of<double>({1, NAN})).counts.compute_chunk(),
                    Contains("nan") && Contains("low and high"));
  CHECK_THROWS_WITH(bincount(array_of<std::int64_t>({1, 7}), {.minlength = 5}).compute_chunk(),
                    Contains("7") && Contains("minlength"));
  CHECK_THROWS_WITH(bincount(array_of<std::int64_t>({-2}), {.minlength = 5}).compute_chunk(),
                    Contains("-2"));
  CHECK_THROWS_WITH(histogram(zeros({3}), Bins(array_of<double>({0, 2, 1}))).counts.compute_chunk(),
                    Contains("edges descend"));
}

TEST_CASE("counts and histograms that cannot be are refused") {
  const auto x = zeros({4});
  const auto integers = arange(4);
  CHECK_THROWS_WITH(bincount(integers, {.minlength = -1}), Contains("minlength = -1"));
  CHECK_THROWS_WITH(bincount(x, {.minlength = 3}), Contains("float64") && Contains("integers"));
  CHECK_THROWS_WITH(bincount(zeros({2, 2}), {.minlength = 3}), Contains("(2, 2)"));
  CHECK_THROWS_WITH(bincount(integers, {.weights = zeros({3}), .minlength = 3}),
                    Contains("(3,)") && Contains("(4,)"));
  CHECK_THROWS_WITH(histogram(x, 0), Contains("0 ranges"));
  CHECK_THROWS_WITH(histogram(x, Bins(std::int64_t{1} << 30, 0.0, 1.0)), Contains("fewer than"));
  CHECK_THROWS_WITH(histogram(x, Bins(3, 2.0, 1.0)), Contains("from 2 to 1"));
  CHECK_THROWS_WITH(histogram(x, Bins(3, 0.0, INFINITY)), Contains("inf"));
  CHECK_THROWS_WITH(histogram(x, Bins(zeros({2, 2}))), Contains("(2, 2)"));
  CHECK_THROWS_WITH(histogram(x, Bins(std::vector<double>{1, 0})), Contains("descend"));
  CHECK_THROWS_AS(histogram(x.astype(DType::complex64)), TypeError);
  CHECK_THROWS_AS(histogram(x, 3, {.weights = x.astype(DType::boolean)}), TypeError);
  CHECK_THROWS_WITH(histogram(x, 3, {.weights = zeros({3})}), Contains("(3,)"));
  CHECK_THROWS_WITH(histogramdd({x}, {3, 3}), Contains("1 coordinates and 2"));
  CHECK_THROWS_WITH(histogram2d(x, zeros({3})), Contains("(4,)") && Contains("(3,)"));
}

TEST_CASE("searches that cannot be are refused") {
  Inline run;
  const auto x = zeros({4});
  CHECK_THROWS_WITH(searchsorted(zeros({2, 2}), x), Contains("x1") && Contains("(2, 2)"));
  CHECK_THROWS_WITH(searchsorted(x, x, {.sorter = arange(3)}), Contains("3 elements"));
  CHECK_THROWS_WITH(searchsorted(x, x, {.sorter = x}), Contains("float64"));
  CHECK_THROWS_WITH(searchsorted(x, x, {.sorter = arange(4) + 1}).compute_chunk(),
                    Contains("index 4"));
  CHECK_THROWS_WITH(digitize(x, zeros({2, 2})), Contains("bins") && Contains("(2, 2)"));
  CHECK_THROWS_AS(digitize(x.astype(DType::complex64), x), TypeError);
  CHECK_THROWS_WITH(digitize(x, array_of<double>({0, 2, 1})).compute_chunk(),
                    Contains("neither ascend nor descend"));
  CHECK_THROWS_AS(isin(arange(3).astype(DType::uint64), arange(3)), TypeError);
}

TEST_CASE("distinct elements stay unknown in number until somebody asks") {
  Inline run;
  const auto x = array_of<double>({3, 1, NAN, 3, NAN, 1, 1}, {2});
  const auto all = unique_all(x);
  CHECK_THAT(all.values.to_string(), Contains("?"));
  CHECK(values<std::int64_t>(all.counts) == Counts{3, 2, 1, 1});
  CHECK(values<std::int64_t>(all.indices) == Counts{1, 0, 2, 4});
  CHECK(values<std::int64_t>(all.inverse_indices) == Counts{1, 0, 2, 1, 3, 0, 0});
  CHECK(all.values.shape() == Shape{4});
  CHECK(unique(x).shape() == Shape{3});
  CHECK(unique(zeros({0})).shape() == Shape{0});
  CHECK(values<std::int64_t>(sum(all.counts * 2)) == Counts{14});
  CHECK(values<double>(sum(unique_counts(x[x > 2]).values)) == std::vector<double>{3});
}

TEST_CASE("sets are found without waiting for the number of their elements") {
  Inline run;
  const auto x = arange(10).rechunk({3});
  const auto y = arange(5, 15).rechunk({4});
  const auto both = intersect1d(x, y);
  CHECK_THAT(both.to_string(), Contains("?"));
  CHECK(values<std::int64_t>(both) == Counts{5, 6, 7, 8, 9});
  CHECK(values<std::int64_t>(setdiff1d(x, y)) == Counts{0, 1, 2, 3, 4});
  CHECK(union1d(x, y).shape() == Shape{15});
}

TEST_CASE("what a mask chooses is counted, searched and halved in the graph that chooses it") {
  Inline run;
  const auto x = arange(100).rechunk({7});
  const auto chosen = x[x > 49];
  const auto unasked = [](const Array& y) { return y.explain().find("select") != std::string::npos; };
  const auto middle = median(chosen);
  const auto counts = histogram(chosen, Bins(5, 0, 100), {.weights = chosen}).counts;
  const auto found = isin(chosen, arange(60));
  CHECK(unasked(middle));
  CHECK(unasked(counts));
  CHECK_THAT(found.to_string(), Contains("?"));
  CHECK(middle.item<double>() == 74.5);
  CHECK(values<std::int64_t>(counts) == Counts{0, 0, 545, 1390, 1790});
  CHECK(values<std::int64_t>(count_nonzero(found)) == Counts{10});
  CHECK(values<std::int64_t>(bincount(chosen, {.minlength = 100}))[99] == 1);
  CHECK(median(full({}, 3.0)).item<double>() == 3);
}
