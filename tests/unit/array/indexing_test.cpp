#include <algorithm>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Ints = std::vector<std::int64_t>;
using Doubles = std::vector<double>;

namespace {

/// A task that must not run.
double refuse(const xt::xtensor<double, 1>&) {
  throw std::runtime_error("this block is not needed");
}
xt::xarray<double> fails(const xt::xarray<double>& block) {
  if (block.size() != 0) throw std::runtime_error("this block is not needed");
  return block;
}

}  // namespace

TEST_CASE("taking by a list reads only the blocks the indices lie in") {
  Inline run;
  const auto good = counting({10}, {5});
  const auto bad = map_blocks<&fails>(counting({90}, {10}));
  const auto x = concatenate({good, bad});
  CHECK(values<double>(take(x, {9, 0, -100}, 0)) == Doubles{9, 0, 0});
  CHECK(values<double>(vindex(x, {{3, 4}})) == Doubles{3, 4});
  CHECK(values<double>(set_item(x, {{8, 10}}, -1).slice({{7, 10}})) == Doubles{7, -1, -1});
  CHECK_THROWS(values<double>(take(x, {0, 50}, 0)));
}

TEST_CASE("taking gives chunks as large as the array's, and groups give theirs") {
  const auto x = counting({12, 4}, {3, 2});
  const auto taken = take(x, Ints(8, 5), 0);
  CHECK(taken.chunks() == Chunks{{3, 3, 2}, {2, 2}});
  CHECK(shuffle(x, {{0, 1, 2, 3, 4}, {}, {7}}).chunks() == Chunks{{5, 1}, {2, 2}});
  const auto lazy = arange(6) + 0;
  CHECK(take(x, lazy.rechunk({4}), 0).chunks() == Chunks{{4, 2}, {2, 2}});
}

TEST_CASE("blocks stay of a size whatever the indices' and vectors' chunks are") {
  const auto largest = [](const Array& x) {
    auto bytes = static_cast<std::int64_t>(itemsize(x.dtype()));
    for (const auto& axis : x.chunks()) bytes *= *std::max_element(axis.begin(), axis.end());
    return bytes;
  };
  const auto x = zeros({1000, 4096}, {.chunks = {100, 4096}});
  CHECK(largest(take(x, arange(1'000'000) % 1000, 0)) <= kDefaultChunkBytes);
  CHECK(largest(vindex(x, {arange(1'000'000) % 1000})) <= kDefaultChunkBytes);
  CHECK(largest(diag(zeros({100'000}))) <= kDefaultChunkBytes);
  CHECK(largest(vander(zeros({100'000}))) <= kDefaultChunkBytes);
}

TEST_CASE("indices outside are named: known ones at once, computed ones by their task") {
  Inline run;
  const auto x = counting({4, 6}, {2, 3});
  CHECK_THROWS_WITH(take(x, {0, 6}, 1),
                    Contains("take: index 6") && Contains("axis 1") && Contains("length 6"));
  CHECK_THROWS_WITH(take(x, asarray(Ints{0, -5}), 0), Contains("index -5") && Contains("length 4"));
  const auto lazy = take(x, arange(4) + 1, 0);
  CHECK_THROWS_WITH(lazy.compute_chunk(), Contains("take: index 4") && Contains("length 4"));
  const auto pointwise = vindex(x, {arange(3) + 4});
  CHECK_THROWS_WITH(pointwise.compute_chunk(), Contains("vindex: index 4"));
  CHECK_THROWS_WITH(vindex(x, {{1}, {7}}), Contains("index 7") && Contains("axis 1"));
  const auto along = take_along_axis(x, (arange(6) + 3).reshape({1, 6}), 0);
  CHECK_THROWS_WITH(along.compute_chunk(), Contains("take_along_axis: index 4"));
  CHECK_THROWS_WITH(choose(arange(3), {1.0, 2.0}).compute_chunk(), Contains("choose: index 2"));
}

TEST_CASE("what is no index is refused when it is written") {
  const auto x = zeros({4, 6});
  CHECK_THROWS_WITH(take(x, zeros({2}), 0), Contains("float64") && Contains("astype"));
  CHECK_THROWS_WITH(take(x, {0}, 2), Contains("take") && Contains("axis 2"));
  CHECK_THROWS_WITH(take_along_axis(x, arange(3), 0), Contains("(3,)") && Contains("(4, 6)"));
  CHECK_THROWS_AS(take_along_axis(x, arange(6).reshape({3, 2}), 0), ValueError);
  CHECK_THROWS_WITH(put_along_axis(zeros({1, 6}), arange(4).reshape({2, 2}), 1, 0),
                    Contains("broadcast"));
  CHECK_THROWS_WITH(vindex(x, {{0}, {0}, {0}}), Contains("3 lists") && Contains("2 axes"));
  CHECK_THROWS_WITH(vindex(x, {{0, 1}, {0, 1, 2}}), Contains("one length"));
  CHECK_THROWS_WITH(compress(std::vector<bool>(5), x, 0), Contains("5") && Contains("length 4"));
  CHECK_THROWS_WITH(choose(zeros({2}), {1.0}), Contains("choose") && Contains("float64"));
  CHECK_THROWS_WITH(choose(arange(2), {}), Contains("choices"));
}

TEST_CASE("assignments that cannot be are refused when they are written") {
  const auto x = zeros({4, 6});
  CHECK_THROWS_WITH(set_item(x, {{0, 2}}, zeros({3})), Contains("(3,)") && Contains("(2, 6)"));
  CHECK_THROWS_WITH(set_item(x, {newaxis}, 1), Contains("newaxis"));
  CHECK_THROWS_WITH(set_item(x, {4}, 1), Contains("index 4"));
  CHECK_THROWS_WITH(set_item(x, {0}, Scalar(std::complex<double>(0, 1))),
                    Contains("complex128") && Contains("real()"));
  CHECK_THROWS_WITH(set_item(x, zeros({4}), 1), Contains("mask of float64"));
  CHECK_THROWS_WITH(set_item(x, zeros({3}) > 0, 1), Contains("(3,)") && Contains("(4, 6)"));
  CHECK_THROWS_WITH(set_item(x, zeros({4}) > 0, zeros({5})), Contains("(5,)"));
}

TEST_CASE("an assignment leaves the array as it was and casts to its dtype") {
  Inline run;
  const auto x = counting({3, 4}, {2, 4}, DType::int32);
  const auto y = set_item(x, {1, {{}, {}, -2}}, asarray(Doubles{-7.9, -8.1}));
  CHECK(y.dtype() == DType::int32);
  CHECK(y.chunks() == x.chunks());
  CHECK(values<std::int32_t>(y) ==
        std::vector<std::int32_t>{0, 1, 2, 3, 4, -8, 6, -7, 8, 9, 10, 11});
  CHECK(values<std::int32_t>(x)[5] == 5);
  CHECK(set_item(x, {{2, 2}}, 1).key() == x.key());
  const auto all = set_item(set_item(x, {ellipsis}, 3), x > 5, 9);
  CHECK(values<std::int32_t>(all) == std::vector<std::int32_t>{3, 3, 3, 3, 3, 3, 9, 9, 9, 9, 9, 9});
}

TEST_CASE("large blocks are gathered in parts") {
  Inline run;
  const auto x = counting({64, 4096}, {16, 4096});
  const auto picked = take(x, {63, 1, 40, 2, 17}, 0);
  CHECK_THAT(picked.explain(), Contains("gather-pick"));
  const auto expected = Doubles{63, 1, 40, 2, 17};
  for (const auto& one : {picked, take(x, asarray(Ints{63, 1, 40, 2, 17}) + 0, 0),
                          vindex(x, {asarray(Ints{63, 1, 40, 2, 17}) + 0})}) {
    CHECK(values<double>(one.slice({all_of_axis, 0}) / 4096.0) == expected);
    CHECK(values<double>(one.slice({0, {4093, {}}})) == Doubles{262141, 262142, 262143});
  }
}

TEST_CASE("nothing is computed when it is written") {
  const auto x = map_blocks<&fails>(counting({40, 40}, {7, 11}));
  const auto indices = arange(5) + 0;
  CHECK(take(x, indices, 1).shape() == Shape{40, 5});
  CHECK(vindex(x, {indices, indices}).shape() == Shape{5});
  CHECK(set_item(x, {{3, 9}}, 1).shape() == Shape{40, 40});
  CHECK(pad(x, {{3, 3}}, PadMode::mean).shape() == Shape{46, 46});
  CHECK(overlap(x, {.depth = {2}}).shape() == Shape{60, 52});
  CHECK(sliding_window_view(x, {5}, 1).shape() == Shape{40, 36, 5});
  CHECK(apply_along_axis<&refuse>(0, x).shape() == Shape{40});
}
