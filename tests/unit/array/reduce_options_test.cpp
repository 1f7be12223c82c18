#include <cmath>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

namespace {

const double kNan = std::nan("");

Array with_nan() {
  const Doubles elements{1, kNan, 3, kNan, kNan, kNan, 7, 2, 9};
  return from_chunk(make_chunk<double>({3, 3}, elements), {2, 2});
}

}  // namespace

TEST_CASE("a mask, a dtype and an initial value go into reductions") {
  Inline run;
  const auto x = counting({3, 4}, {2, 3}, DType::int32);
  const auto odd = x % 2 == 1;
  CHECK(values<std::int64_t>(sum(x, 1, {.where = odd})) == Ints{4, 12, 20});
  CHECK(values<std::int64_t>(sum(x, 0, {.initial = 100})) == Ints{112, 115, 118, 121});
  CHECK(values<double>(mean(x, 1, {.where = odd})) == Doubles{2, 6, 10});
  CHECK(values<std::int8_t>(sum(x, {}, {.dtype = DType::int8})) == std::vector<std::int8_t>{66});
  CHECK(values<std::int32_t>(max(x, 1, {.initial = 5, .where = odd})) ==
        std::vector<std::int32_t>{5, 7, 11});
  CHECK(count_nonzero(x, {}, {.where = odd}).item<std::int64_t>() == 6);
  CHECK(values<double>(stddev(x, 1, {.where = odd})) == Doubles{1, 1, 1});
}

TEST_CASE("an initial value stands in for a minimum of no elements") {
  Inline run;
  const auto none = zeros({2, 0}, {.dtype = DType::int64});
  CHECK(values<std::int64_t>(min(none, 1, {.initial = 7})) == Ints{7, 7});
  CHECK(max(none, {}, {.initial = 7}).item<std::int64_t>() == 7);
  CHECK_THROWS_AS(min(none, 1), ValueError);
}

TEST_CASE("NaN is passed over, and comes out where there is nothing else") {
  Inline run;
  const auto x = with_nan();
  CHECK(values<double>(nansum(x, 1)) == Doubles{4, 0, 18});
  CHECK(values<double>(nanprod(x, 1)) == Doubles{3, 1, 126});
  CHECK(nanmean(x).item<double>() == Approx(22.0 / 5));
  const auto least = values<double>(nanmin(x, 1));
  CHECK(least[0] == 1);
  CHECK(std::isnan(least[1]));
  CHECK(values<double>(nanmax(x, 0)) == Doubles{7, 2, 9});
  CHECK(values<std::int64_t>(nanargmax(x, 1)) == Ints{2, -1, 2});
  CHECK(values<std::int64_t>(nanargmin(x, 1)) == Ints{0, -1, 1});
  CHECK(nanvar(x, 0, {.ddof = 1}).shape() == Shape{3});
  CHECK(std::isnan(values<double>(nanstd(x, 1))[1]));
  CHECK(nansum(x, {}, {.initial = 1, .where = x < 5}).item<double>() == 7);
}

TEST_CASE("reductions without NaN share the pass over the elements") {
  const auto plan = nansum(with_nan() * 2).explain();
  CHECK_THAT(plan, Contains("fused") && Contains("isnan") && Contains("multiply"));
}

TEST_CASE("reductions without NaN are one pass over the array") {
  Inline run;
  const auto x = with_nan() * 2;
  for (const auto& result : {nanmean(x), nanvar(x), nanstd(x, 0), nanmin(x), nanmax(x, 1)}) {
    const auto plan = result.explain();
    CHECK(plan.find("-partial") != std::string::npos);
    CHECK(plan.find("-partial") == plan.rfind("-partial"));
  }
  CHECK_THROWS_AS(nanvar(x, {}, {.where = zeros({7}) == 0}), ValueError);
  CHECK_THROWS_WITH(var(x, {}, {.where = zeros({7}) == 0}), Contains("var: where has shape"));
}

TEST_CASE("a part of a mean under a mask is the mean of a part, also under a mask that broadcasts") {
  Inline run;
  const auto x = (arange(120).reshape({12, 10}) * 1.0).rechunk({5, 4}).persist();
  const auto rows = (arange(12) % 3 != 0).reshape({12, 1});
  for (const auto& mask : {x % 7 != 1, rows}) {
    const auto whole = mean(x, 0, {.where = mask});
    const auto part = whole.slice({{2, 7}});
    const auto expected = values<double>(whole.persist());
    const auto got = values<double>(part);
    REQUIRE(got.size() == 5);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(expected[i + 2]));
  }
}

TEST_CASE("reductions without NaN of elements chosen by a mask do not wait for their number") {
  Inline run;
  const auto x = with_nan().flatten();
  const auto chosen = x[x != 3.0];
  CHECK(nansum(chosen).item<double>() == 19);
  CHECK(nanmean(chosen).item<double>() == 19.0 / 4);
  CHECK(nanmax(chosen).item<double>() == 9);
  CHECK_THAT(chosen.to_string(), Contains("?"));
}

TEST_CASE("averages weigh elements, and ptp is the distance between extremes") {
  Inline run;
  const auto x = counting({2, 3}, {1, 2});
  const auto weights = from_chunk(make_chunk<double>({3}, Doubles{1, 0, 3}));
  CHECK(values<double>(average(x, {.axes = 1, .weights = weights})) == Doubles{1.5, 4.5});
  CHECK(average(x).item<double>() == 2.5);
  CHECK(average(x, {.weights = x, .keepdims = true}).shape() == Shape{1, 1});
  CHECK(values<double>(ptp(x, 0)) == Doubles{3, 3, 3});
}

TEST_CASE("reductions refuse options that they do not have or that do not fit") {
  const auto x = zeros({3, 4});
  const auto mask = ones({4}, {.dtype = DType::boolean});
  CHECK_THROWS_WITH(argmin(x, 0, {.where = mask}), Contains("argmin") && Contains("where"));
  CHECK_THROWS_WITH(any(x, 0, {.initial = true}), Contains("any") && Contains("initial"));
  CHECK_THROWS_WITH(max(x, 0, {.dtype = DType::int8}), Contains("max") && Contains("dtype"));
  CHECK_THROWS_WITH(ptp(x, 0, {.initial = 3}), Contains("ptp") && Contains("keepdims"));
  CHECK_THROWS_WITH(median(x, 0, {.where = mask}), Contains("median") && Contains("keepdims"));
  CHECK_THROWS_WITH(nanmedian(x, 0, {.initial = 3}), Contains("nanmedian"));
  CHECK_THROWS_WITH(min(x, 0, {.where = mask}), Contains("min") && Contains("initial"));
  CHECK_THROWS_WITH(sum(x, 0, {.where = zeros({3})}), Contains("(3,)") && Contains("(3, 4)"));
  CHECK_THROWS_WITH(var(x, 0, {.where = zeros({5, 1, 4})}), Contains("(5, 1, 4)"));
  CHECK_THROWS_WITH(sum(x.astype<int>(), 0, {.initial = 2.5}),
                    Contains("2.5") && Contains("int64") && Contains("astype"));
  CHECK_THROWS_AS(sum(x.astype<int>(), 0, {.initial = 2.5}), TypeError);
  CHECK_THROWS_WITH(average(x, {.axes = 0, .weights = zeros({4})}),
                    Contains("(4,)") && Contains("(3, 4)"));
  CHECK_THROWS_AS(average(x, {.weights = zeros({4})}), ValueError);
  CHECK_THROWS_WITH(nansum(x, 2), Contains("axis 2"));
  CHECK_THROWS_AS(nanmax(zeros({0})), ValueError);
}
