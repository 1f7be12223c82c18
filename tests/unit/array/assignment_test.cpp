#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Ints = std::vector<std::int64_t>;
using Doubles = std::vector<double>;

namespace {

xt::xarray<double> fails_if_read(const xt::xarray<double>& block) {
  if (block.size() != 0) throw std::runtime_error("this block is not needed");
  return block;
}

}  // namespace

TEST_CASE("a list of positions assigns to the blocks it meets, the last of equal ones winning") {
  Inline run;
  const auto bad = map_blocks<&fails_if_read>(counting({90}, {10}));
  const auto x = concatenate({counting({10}, {5}), bad});
  const auto y = set_item(x, {positions({8, -99, 8, 3})}, asarray(Doubles{-1, -2, -3, -4}));
  CHECK(values<double>(y.slice({{0, 10}})) == Doubles{0, -2, 2, -4, 4, 5, 6, 7, -3, 9});
  CHECK_THROWS(values<double>(y.slice({{50, 51}})));
  CHECK(set_item(x, {positions({})}, 1).key() == x.key());
}

TEST_CASE("an assignment at computed indices is not computed when it is written") {
  Inline run;
  const auto x = map_blocks<&fails_if_read>(counting({40, 4}, {7, 2}));
  const auto lazy = map_blocks<&fails_if_read>(arange(5) * 1.0).astype(DType::int64);
  CHECK(set_item(x, lazy, 1).shape() == Shape{40, 4});
  CHECK(x.slice({positions({3, 3}), 0}).shape() == Shape{2});
  const auto y = set_item(counting({4}, {3}), arange(4) % 2, asarray(Doubles{7, 8, 9, 10}));
  CHECK(y.chunks() == Chunks{{3, 1}});
  CHECK(values<double>(y) == Doubles{9, 10, 2, 3});
  CHECK_THROWS_WITH(set_item(counting({4}, {3}), arange(4) + 1, 0).compute_chunk(),
                    Contains("set_item: index 4") && Contains("length 4"));
}

TEST_CASE("lists that cannot be are refused when the slice is written") {
  const auto x = zeros({4, 6});
  const auto mask = [](std::size_t length) { return SliceItem(std::vector<bool>(length, true)); };
  CHECK_THROWS_WITH(x.slice({positions({0, 4})}),
                    Contains("slice: index 4") && Contains("axis 0") && Contains("length 4"));
  CHECK_THROWS_WITH(x.slice({mask(5)}), Contains("mask of 5") && Contains("length 4"));
  CHECK_THROWS_WITH(x.slice({positions({0}), positions({0})}),
                    Contains("2 lists") && Contains("vindex"));
  CHECK_THROWS_WITH(x.slice({0, 0, positions({0})}), Contains("3 axes"));
  CHECK_THROWS_WITH(set_item(x, {all_of_axis, positions({-7})}, 1),
                    Contains("set_item: index -7") && Contains("axis 1"));
  CHECK_THROWS_WITH(set_item(x, {positions({0, 1})}, zeros({3})),
                    Contains("(3,)") && Contains("(2, 6)"));
  CHECK_THROWS_WITH(set_item(x, arange(2), zeros({3})), Contains("(3,)") && Contains("(2, 6)"));
  CHECK_THROWS_WITH(set_item(x, asarray(Ints{0, 4}), 1), Contains("set_item: index 4"));
  CHECK_THROWS_WITH(set_item(zeros({}), arange(2), 1), Contains("0-d"));
}

TEST_CASE("flat indices that cannot be are refused, computed ones by their task") {
  Inline run;
  const Shape shape{3, 4};
  const auto at = [](Ints list) { return asarray(list); };
  CHECK_THROWS_WITH(unravel_index(at({12}), shape),
                    Contains("unravel_index: index 12") && Contains("length 12"));
  CHECK_THROWS_WITH(unravel_index(at({-1}), shape), Contains("index -1"));
  CHECK_THROWS_AS(unravel_index(zeros({2}), shape), TypeError);
  CHECK_THROWS_AS(unravel_index(at({0}), {-3}), ValueError);
  CHECK_THROWS_WITH(unravel_index(arange(13), shape)[0].compute_chunk(), Contains("index 12"));
  CHECK_THROWS_WITH(ravel_multi_index({at({0})}, shape),
                    Contains("1 arrays") && Contains("(3, 4)"));
  CHECK_THROWS_WITH(ravel_multi_index({at({0}), at({4})}, shape),
                    Contains("ravel_multi_index: index 4") && Contains("axis 1"));
  CHECK_THROWS_WITH(ravel_multi_index({at({0}), at({-1})}, shape), Contains("index -1"));
  CHECK_THROWS_AS(ravel_multi_index({zeros({1}), at({0})}, shape), TypeError);
  CHECK_THROWS_WITH(ravel_multi_index({at({0})}, {0}, OutOfRange::clip), Contains("no places"));
  CHECK(unravel_index(at({}), {}).empty());
}

TEST_CASE("an axis too long for one chunk is taken from block by block") {
  Inline run;
  const std::int64_t length = 3 << 20;
  const auto x = arange(0, length, 1, {.dtype = DType::float64, .chunks = {1 << 20}});
  const auto places = (arange(0, 100'000, 1, {.chunks = {30'000}}) * 7919) % length;
  const auto taken = take_along_axis(x, places, 0);
  CHECK(taken.chunks() == places.chunks());
  CHECK_THAT(taken.explain(), Contains("take-along-axis-part") && !Contains("rechunk"));
  CHECK(all(taken == places).item<bool>());
  const auto square = stack({x, -x}, 1);
  const auto both = take_along_axis(square, expand_dims(places, 1), 0);
  CHECK(all(both == stack({places, -places}, 1)).item<bool>());
  CHECK_THROWS_WITH(take_along_axis(x, places + length, 0).compute_chunk(),
                    Contains("take_along_axis: index"));
  CHECK_THAT(take_along_axis(counting({9}, {3}), arange(4), 0).explain(), !Contains("part"));
}

TEST_CASE("counts without a length are as long as the largest element needs") {
  Inline run;
  const auto x = asarray(Ints{3, 1, 1, 0, 9, 1}, {{4, 2}});
  const auto counts = bincount(x);
  CHECK(values<std::int64_t>(counts * 2) == Ints{2, 6, 0, 2, 0, 0, 0, 0, 0, 2});
  CHECK(counts.shape() == Shape{10});
  CHECK(bincount(x, {.weights = ones({6})}).shape() == Shape{10});
  CHECK(bincount(arange(0)).shape() == Shape{0});
  CHECK_THROWS_WITH(bincount(asarray(Ints{2, -4})).compute_chunk(), Contains("-4"));
}

TEST_CASE("complex numbers are operands like others") {
  Inline run;
  const std::complex<double> i(0, 1);
  const auto x = counting({3}, {2});
  CHECK(values<std::complex<double>>(where(x > 0, i, x))[1] == i);
  CHECK(values<std::complex<double>>(add(x, i) * i)[2] == std::complex<double>(-1, 2));
  CHECK(multiply(x.astype(DType::float32), std::complex<float>(0, 1)).dtype() == DType::complex64);
  CHECK(values<bool>(notnull(asarray(Doubles{1, NAN}))) == std::vector<bool>{true, false});
}
