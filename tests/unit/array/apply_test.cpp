#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;

namespace {

double total(const xt::xtensor<double, 1>& row) {
  double sum = 0;
  for (const auto value : row) sum += value;
  return sum;
}
xt::xtensor<double, 1> halves(const xt::xtensor<double, 1>& row) {
  xt::xtensor<double, 1> out = xt::zeros<double>({row.size() / 2});
  for (std::size_t i = 0; i < out.size(); ++i) out(i) = row(i);
  return out;
}
double product(const xt::xtensor<double, 2>& a, const xt::xtensor<double, 1>& b) {
  return total(b) * a(0, 0);
}
std::tuple<double, xt::xtensor<double, 1>> first_and_rest(const xt::xtensor<double, 1>& row) {
  auto rest = row;
  for (auto& value : rest) value -= row(0);
  return {row(0), rest};
}
double times(double a, double b) { return a * b; }
double times_places(std::int64_t i, std::int64_t j) { return static_cast<double>(i * j); }

/// A running count of elements and their sum.
using Moments = std::vector<double>;
Moments first(const xt::xarray<double>& block, const std::vector<std::int64_t>&) {
  double sum = 0;
  for (const auto value : block) sum += value;
  return {static_cast<double>(block.size()), sum, 1};
}
Moments merge(const std::vector<Moments>& partials) {
  Moments all(3, 0.0);
  REQUIRE(partials.size() <= 16);
  for (const auto& one : partials) {
    for (std::size_t i = 0; i < 3; ++i) all[i] += one[i];
  }
  return all;
}
xt::xarray<double> last(const Moments& moments) {
  xt::xarray<double> mean = xt::zeros<double>({1});
  mean(0) = moments[1] / moments[0];
  return mean;
}
xt::xarray<double> two(const Moments&) { return xt::zeros<double>({2}); }

}  // namespace

TEST_CASE("functions of a whole axis see it whole, however the array is cut") {
  Inline run;
  const auto x = counting({4, 6}, {3, 2});
  CHECK(values<double>(apply_along_axis<&total>(1, x)) == Doubles{15, 51, 87, 123});
  CHECK(values<double>(apply_along_axis<&total>(-2, x)) == Doubles{36, 40, 44, 48, 52, 56});
  const auto half = apply_along_axis<&halves>(0, x, {.name = {}, .length = 2});
  CHECK(half.shape() == Shape{2, 6});
  CHECK(values<double>(half)[7] == 7);
  CHECK(values<double>(apply_gufunc<&times>("(),()->()", x, x.slice({0}))) ==
        values<double>(x * x.slice({0})));
}

TEST_CASE("signatures that do not fit are refused when they are written") {
  const auto x = zeros({4, 6});
  const auto y = zeros({6});
  CHECK_THROWS_WITH(apply_gufunc<&total>("(i)", x), Contains("\"(i)\"") && Contains("like"));
  CHECK_THROWS_AS(apply_gufunc<&total>("i->()", x), ValueError);
  CHECK_THROWS_AS(apply_gufunc<&total>("(i,)->()", x), ValueError);
  CHECK_THROWS_WITH(apply_gufunc<&total>("(i)->(),()", x),
                    Contains("2 results, and the function returns 1"));
  CHECK_THROWS_WITH(apply_gufunc<&total>("(i),(i)->()", x), Contains("2 inputs"));
  CHECK_THROWS_WITH(apply_gufunc<&total>("(i,j)->()", x), Contains("2 axes"));
  CHECK_THROWS_WITH(apply_gufunc<&product>("(i,j),(j)->()", x, zeros({5})),
                    Contains("axis j") && Contains("5"));
  CHECK_THROWS_WITH(apply_gufunc<&product>("(i,j),(j)->()", y, y), Contains("the array has 1"));
  CHECK_THROWS_WITH(apply_gufunc<&total>("(i)->(i)", x), Contains("returns 0"));
  CHECK_THROWS_WITH(apply_gufunc<&halves>("(i)->(k)", x),
                    Contains("axis k") && Contains("output_sizes"));
  CHECK_THROWS_WITH(apply_gufunc<&total>("(i)->()", x > 0), Contains("bool") && Contains("astype"));
  CHECK_THROWS_WITH(fromfunction<&times_places>({3}), Contains("2 indices"));
  CHECK_THROWS_AS(apply_over_axes(&sum, x, {2}), ValueError);
}

TEST_CASE("a function that returns several results makes several arrays in one task per block") {
  Inline run;
  const auto x = counting({4, 6}, {3, 2});
  const auto both = apply_gufunc<&first_and_rest>("(i)->(),(i)", x);
  REQUIRE(both.size() == 2);
  CHECK(values<double>(both[0]) == Doubles{0, 6, 12, 18});
  CHECK(values<double>(both[1]) == values<double>(x - x.slice({all_of_axis, {0, 1}})));
  CHECK_THAT(explain(both), Contains("first_and_rest              2 "));
}

TEST_CASE("a part of another shape than promised fails its task") {
  Inline run;
  CHECK_THROWS_WITH(apply_along_axis<&halves>(0, zeros({4, 6})).compute_chunk(),
                    Contains("(2,)") && Contains("(4,)"));
}

TEST_CASE("a reduction of one's own merges sixteen partial results at a time") {
  Inline run;
  const auto x = counting({300}, {1});
  const auto mean = reduction<&first, &merge, &last>(x);
  CHECK(mean.shape().empty());
  CHECK(mean.item<double>() == 149.5);
  const auto rows =
      reduction<&first, &merge, &last>(counting({3, 4}, {1, 3}), 1, {.keepdims = true});
  CHECK(rows.shape() == Shape{3, 1});
  CHECK(values<double>(rows) == Doubles{1.5, 5.5, 9.5});
}

TEST_CASE("reductions of one's own check what they take and give") {
  Inline run;
  const auto x = counting({6}, {2});
  using F = Array (*)(const Array&, const Axes&, const ReductionOptions&);
  const F mean = &reduction<&first, &merge, &last>;
  CHECK_THROWS_WITH(mean(x > 1, {}, {}), Contains("bool") && Contains("astype"));
  CHECK_THROWS_WITH(mean(x, 1, {}), Contains("axis 1"));
  CHECK_THROWS_WITH(mean(x, {}, {.partial_bytes = -1}), Contains("partial_bytes"));
  const F wrong = &reduction<&first, &merge, &two>;
  CHECK_THROWS_WITH(wrong(x, {}, {}).compute_chunk(), Contains("(2,)") && Contains("()"));
}
