#include <array/kernels/isa.hpp>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

TEST_CASE("running sums follow the axis across chunks and keep the chunks") {
  Inline run;
  const auto x = counting({4, 5}, {{1, 3}, {2, 2, 1}});
  const auto down = cumulative_sum(x, {.axis = 0});
  CHECK(down.chunks() == x.chunks());
  CHECK(values<double>(down) ==
        Doubles{0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 18, 21, 24, 27, 30, 34, 38, 42, 46});
  CHECK(values<double>(cumsum(x, -1).slice({2})) == Doubles{10, 21, 33, 46, 60});
  CHECK(values<double>(cumsum(x)).back() == 190);
  CHECK(values<std::int64_t>(cumprod(arange(1, 8, 1, {.chunks = {2}}))) ==
        Ints{1, 2, 6, 24, 120, 720, 5040});
}

TEST_CASE("a scan is lazy and makes only the totals that the blocks asked for need") {
  const auto x = zeros({100, 4}, {.chunks = {10, 4}}) + 1;
  const auto all = cumulative_sum(x, {.axis = 0}).explain();
  CHECK_THAT(all, Contains("cumulative_sum-total"));
  const auto first = cumulative_sum(x, {.axis = 0}).slice({{0, 10}}).explain();
  CHECK_THAT(first, !Contains("cumulative_sum-total"));
}

TEST_CASE("the initial value comes first and has the result's dtype") {
  Inline run;
  const auto x = arange(3).astype(DType::int8);
  const auto sums = cumulative_sum(x, {.dtype = DType::int8, .include_initial = true});
  CHECK(sums.dtype() == DType::int8);
  CHECK(values<std::int8_t>(sums) == std::vector<std::int8_t>{0, 0, 1, 3});
  CHECK(values<std::int64_t>(cumulative_prod(x + 1, {.include_initial = true})) ==
        Ints{1, 1, 2, 6});
  CHECK(cumulative_sum(zeros({0, 2}), {.axis = 0, .include_initial = true}).shape() == Shape{1, 2});
  CHECK(cumulative_sum(full({}, 2)).shape() == Shape{1});
}

TEST_CASE("running sums of numbers that are not negative never go down where chunks meet") {
  Inline run;
  const auto x = random::uniform({50'000}, {.chunks = {97}, .seed = 4});
  const auto sums = values<double>(cumsum(where(x < 0.5, x, 0.0)));
  CHECK(std::is_sorted(sums.begin(), sums.end()));
  CHECK(sums.back() == Approx(6250).epsilon(0.05));
}

TEST_CASE("scans have the same bits on every instruction set and thread count") {
  const auto x = random::uniform({700, 33}, {.chunks = {9, 20}, .seed = 5});
  const auto scan = [&x](std::int64_t axis) {
    return values<double>(cumulative_sum(x * 1e3, {.axis = axis}));
  };
  Doubles expected[2];
  {
    Inline run;
    for (int axis = 0; axis < 2; ++axis) expected[axis] = scan(axis);
    const auto best = array::active_isa();
    array::force_isa(array::Isa::baseline);
    for (int axis = 0; axis < 2; ++axis) CHECK((scan(axis) == expected[axis]));
    array::force_isa(best);
  }
  Client embedded;
  for (int axis = 0; axis < 2; ++axis) CHECK((scan(axis) == expected[axis]));
}

TEST_CASE("NaN wins in running extremes and is passed over by nancumsum") {
  Inline run;
  const double nan = std::nan("");
  const auto x = from_chunk(make_chunk<double>({5}, Doubles{1, 3, nan, 2, 5}), {2});
  const auto largest = values<double>(maximum_accumulate(x));
  CHECK(largest[1] == 3);
  CHECK(std::isnan(largest[2]));
  CHECK(std::isnan(largest[4]));
  CHECK(values<double>(nancumsum(x)) == Doubles{1, 4, 4, 6, 11});
  CHECK(values<double>(nancumprod(x)) == Doubles{1, 3, 3, 6, 30});
  CHECK(values<std::int64_t>(minimum_accumulate(-arange(4))) == Ints{0, -1, -2, -3});
}

TEST_CASE("scans refuse axes and dtypes that cannot be, when they are written") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(cumulative_sum(x),
                    Contains("cumulative_sum") && Contains("(3, 4)") && Contains("axis"));
  CHECK_THROWS_WITH(cumulative_prod(x, {.axis = 2}),
                    Contains("cumulative_prod") && Contains("axis 2") && Contains("-2 to 1"));
  CHECK_THROWS_WITH(cumsum(x, -3), Contains("axis -3"));
  CHECK_THROWS_WITH(maximum_accumulate(x, 2), Contains("maximum_accumulate") && Contains("axis 2"));
  CHECK_THROWS_WITH(minimum_accumulate(full({}, 1)), Contains("0-d"));
  CHECK_THROWS_AS(maximum_accumulate(x.astype(DType::complex64)), TypeError);
  CHECK_THROWS_WITH(minimum_accumulate(x.astype(DType::complex128)),
                    Contains("minimum_accumulate") && Contains("complex128"));
}
