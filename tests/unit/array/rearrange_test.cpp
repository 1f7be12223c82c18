#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;

TEST_CASE("axes, shifts and places that do not fit are refused") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(swapaxes(x, 0, 2), Contains("swapaxes") && Contains("axis 2"));
  CHECK_THROWS_WITH(rollaxis(x, 0, 3), Contains("start 3"));
  CHECK_THROWS_WITH(moveaxis(x, {0, 1}, std::vector<std::int64_t>{0}), Contains("2 axes to 1"));
  CHECK_THROWS_WITH(moveaxis(x, {0, -2}, {0, 1}), Contains("twice"));
  CHECK_THROWS_WITH(expand_dims(x, {0, 0}), Contains("twice"));
  CHECK_THROWS_WITH(squeeze(x, {0, 1}), Contains("axis 0") && Contains("3"));
  CHECK_THROWS_WITH(flip(x, {0, 2}), Contains("flip"));
  CHECK_THROWS_WITH(rot90(x, 1, {1, 1}), Contains("rot90") && Contains("twice"));
  CHECK_THROWS_AS(fliplr(zeros({3})), ValueError);
  CHECK_THROWS_WITH(roll(x, {1, 2, 3}, {0, 1}), Contains("3 shifts for 2 axes"));
  CHECK_THROWS_WITH(split(x, 2, 0), Contains("array_split"));
  CHECK_THROWS_WITH(array_split(x, 0, 0), Contains("0 parts"));
  CHECK_THROWS_WITH(insert(x, {4}, x, 0), Contains("insert: position 4") && Contains("3"));
  CHECK_THROWS_WITH(delete_(x, {0, -4}, 0), Contains("delete_: position -4"));
  CHECK_THROWS_AS(hstack({}), ValueError);
}

TEST_CASE("padding that cannot be is refused") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(pad(x, {{1, 1}, {1, 1}, {1, 1}}), Contains("3 pairs") && Contains("2 axes"));
  CHECK_THROWS_WITH(pad(x, {{0, -1}}), Contains("(0, -1)") && Contains("axis 0"));
  CHECK_THROWS_WITH(pad(zeros({0}), {{0, 1}}, PadMode::edge), Contains("no elements"));
  CHECK_THROWS_WITH(pad(x, {{1, 1}}, PadMode::mean, {.stat_length = 0}), Contains("stat_length"));
}

TEST_CASE("wrapped and mirrored padding goes round as often as it must") {
  Inline run;
  const auto x = counting({3}, {2});
  CHECK(values<double>(pad(x, {{4, 5}}, PadMode::wrap)) ==
        Doubles{2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1});
  CHECK(values<double>(pad(x, {{5, 6}}, PadMode::reflect)) ==
        Doubles{1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0});
  CHECK(values<double>(pad(x, {{4, 4}}, PadMode::symmetric)) ==
        Doubles{2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0});
  CHECK(values<double>(pad(x, {{1, 0}}, PadMode::empty)) == Doubles{0, 0, 1, 2});
}

TEST_CASE("blocks reshaped where they are keep their order and their number") {
  Inline run;
  const auto x = counting({4, 6}, {2, 6});
  const auto y = reshape_blockwise(x, {{12, 12}});
  CHECK(values<double>(y) == values<double>(x));
  CHECK_THROWS_WITH(reshape_blockwise(x, {{24}}), Contains("as many"));
  CHECK_THROWS_AS(reshape_blockwise(x, {{10, 14}}), ValueError);
}

TEST_CASE("chunks are unified where arrays broadcast") {
  const auto parts = unify_chunks({zeros({6, 4}, {.chunks = {4, 2}}), zeros({4}, {.chunks = {1}})});
  CHECK(parts[0].chunks() == Chunks{{4, 2}, {2, 2}});
  CHECK(parts[1].chunks() == Chunks{{2, 2}});
  CHECK(broadcast_shapes({{3, 1}, {4}, {1, 1, 1}}) == Shape{1, 3, 4});
}

TEST_CASE("dtypes tell their limits and kinds") {
  CHECK(finfo(DType::float32).eps == std::numeric_limits<float>::epsilon());
  CHECK(finfo(DType::complex128).bits == 64);
  CHECK(finfo(DType::float64).min == std::numeric_limits<double>::lowest());
  CHECK(iinfo(DType::int8).min == -128);
  CHECK(iinfo(DType::uint64).max == std::numeric_limits<std::uint64_t>::max());
  CHECK(iinfo(DType::int64).min == std::numeric_limits<std::int64_t>::min());
  CHECK_THROWS_WITH(finfo(DType::int8), Contains("int8") && Contains("iinfo"));
  CHECK_THROWS_WITH(iinfo(DType::boolean), Contains("bool"));
  CHECK(isdtype(DType::uint8, "integral"));
  CHECK_FALSE(isdtype(DType::boolean, "numeric"));
  CHECK(isdtype(DType::float32, "float32"));
  CHECK(isdtype(DType::complex64, "complex floating"));
  CHECK_THROWS_WITH(isdtype(DType::int8, "number"), Contains("number") && Contains("numeric"));
  CHECK(result_type({DType::int8, DType::uint8, DType::float32}) == DType::float32);
  CHECK_THROWS_AS(result_type(std::vector<DType>{}), ValueError);
}

TEST_CASE("arrays cannot be constructed from what makes none") {
  CHECK_THROWS_WITH(geomspace(-1, 2, 5), Contains("-1") && Contains("positive"));
  CHECK_THROWS_AS(logspace(0, 1, -1), ValueError);
  CHECK_THROWS_WITH(diag(zeros({2, 2, 2})), Contains("(2, 2, 2)"));
  CHECK_THROWS_WITH(vander(zeros({2, 2})), Contains("(2, 2)"));
  CHECK_THROWS_AS(indices({2, -1}), ValueError);
  CHECK_THROWS_AS(tri(-1), ValueError);
}

TEST_CASE("elementwise functions refuse the dtypes NumPy refuses") {
  const auto z = zeros({2}, {.dtype = DType::complex64});
  const auto x = zeros({2});
  for (const auto f : {fabs, cbrt, i0, spacing, degrees, radians, isposinf, isneginf}) {
    CHECK_THROWS_AS(f(z), TypeError);
  }
  CHECK_THROWS_AS(modf(z), TypeError);
  CHECK_THROWS_AS(heaviside(z, 1), TypeError);
  CHECK_THROWS_AS(gcd(x, 2), TypeError);
  CHECK_THROWS_WITH(ldexp(x, 0.5), Contains("ldexp") && Contains("integer"));
  CHECK_THROWS_WITH(ldexp(x, x), Contains("float64"));
  CHECK_THROWS_WITH(select({}, {}), Contains("select"));
  CHECK_THROWS_WITH(select({x > 0}, {1, 2}), Contains("1 conditions and 2 choices"));
  CHECK_THROWS_WITH(piecewise(x, {x > 0}, {}), Contains("0 pieces for 1"));
}

TEST_CASE("greatest common divisors hold for the lowest numbers too") {
  Inline run;
  const auto low = full({1}, -128, {.dtype = DType::int8});
  CHECK(values<std::int8_t>(gcd(low, 96)) == std::vector<std::int8_t>{32});
  CHECK(values<std::int8_t>(gcd(low, 0)) == std::vector<std::int8_t>{-128});
  CHECK(values<std::int64_t>(lcm(asarray(4), -6)) == std::vector<std::int64_t>{12});
  CHECK(values<std::int64_t>(fmod(asarray(-7), 3)) == std::vector<std::int64_t>{-1});
}
