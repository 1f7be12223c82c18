#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;

namespace {

/// Every element and its two neighbours, as far as the block has them.
xt::xtensor<double, 1> smooth(const xt::xtensor<double, 1>& block) {
  auto out = block;
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (i > 0) out(i) += block(i - 1);
    if (i + 1 < block.size()) out(i) += block(i + 1);
  }
  return out;
}
/// The same, without the ends.
xt::xtensor<double, 1> smooth_inside(const xt::xtensor<double, 1>& block) {
  xt::xtensor<double, 1> out = xt::zeros<double>({block.size() - 2});
  for (std::size_t i = 0; i < out.size(); ++i) out(i) = block(i) + block(i + 1) + block(i + 2);
  return out;
}
xt::xtensor<double, 1> weighted(const xt::xtensor<double, 1>& a, double factor,
                                const xt::xtensor<double, 1>& b) {
  return smooth(a) * factor + b;
}

}  // namespace

TEST_CASE(
    "a function of neighbours gives the same whatever the chunks, even those below the depth") {
  Inline run;
  const auto whole = counting({9}, {9});
  const auto row = Doubles{1, 3, 6, 9, 12, 15, 18, 21, 15};
  for (const ChunkSpec& chunks :
       {ChunkSpec{9}, ChunkSpec{4}, ChunkSpec{1}, ChunkSpec{{5, 1, 1, 2}}}) {
    const auto x = whole.rechunk(chunks);
    const auto y = map_overlap<&smooth>({.depth = {1}}, x);
    CHECK(values<double>(y) == row);
    CHECK(y.chunks() == x.chunks());
    CHECK(values<double>(map_overlap<&smooth>({.depth = {{3, 2}}}, x)) == row);
    auto ring = row;
    ring.front() += 8;
    CHECK(values<double>(map_overlap<&smooth>({.depth = {1}, .boundary = {Boundary::periodic}},
                                              x))[0] == ring.front());
    CHECK(values<double>(
              map_overlap<&smooth>({.depth = {1}, .boundary = {Boundary::value(5)}}, x))[0] == 6);
  }
}

TEST_CASE("functions that trim themselves say so, and several arrays are extended together") {
  Inline run;
  const auto x = counting({6}, {4});
  const MapOverlapOptions options{.depth = {1},
                                  .boundary = {Boundary::nearest},
                                  .trim = false,
                                  .blocks = {.chunks = Chunks{{4, 2}}}};
  CHECK(values<double>(map_overlap<&smooth_inside>(options, x)) == Doubles{1, 3, 6, 9, 12, 14});
  const auto y = map_overlap<&weighted>({.depth = {1}}, x, 10.0, x.rechunk({3}));
  CHECK(values<double>(y) == Doubles{10, 31, 62, 93, 124, 95});
}

TEST_CASE("an overlap is the neighbours' elements, and is trimmed away again") {
  Inline run;
  const auto x = counting({5}, {{2, 3}});
  const OverlapOptions options{.depth = {{2, 1}}};
  const auto wide = overlap(x, options);
  CHECK(wide.chunks() == Chunks{{3, 5}});
  CHECK(values<double>(wide) == Doubles{0, 1, 2, 0, 1, 2, 3, 4});
  CHECK(values<double>(trim_overlap(wide, x.chunks(), options)) == Doubles{0, 1, 2, 3, 4});
  CHECK(overlap(x, {}).key() == x.key());
}

TEST_CASE("depths, boundaries and windows that cannot be are refused") {
  const auto x = zeros({4, 3});
  CHECK_THROWS_WITH(overlap(x, {.depth = {-1}}), Contains("axis 0") && Contains("(-1, -1)"));
  CHECK_THROWS_WITH(overlap(x, {.depth = {1, 1, 1}}), Contains("3 depths") && Contains("2 axes"));
  CHECK_THROWS_WITH(overlap(x, {.boundary = {Boundary::none, Boundary::none, Boundary::none}}),
                    Contains("3 boundaries"));
  CHECK_THROWS_WITH(overlap(zeros({0}), {.depth = {1}, .boundary = {Boundary::reflect}}),
                    Contains("no elements"));
  CHECK_THROWS_WITH(trim_overlap(x, {{4}, {3}}, {.depth = {1}, .boundary = {Boundary::nearest}}),
                    Contains("6"));
  CHECK_THROWS_WITH(sliding_window_view(x, {5}, 0),
                    Contains("window of 5") && Contains("length 4"));
  CHECK_THROWS_WITH(sliding_window_view(x, {0}, 0), Contains("window of 0"));
  CHECK_THROWS_WITH(sliding_window_view(x, {2}), Contains("1 windows for 2 axes"));
  CHECK_THROWS_WITH(gradient(x, 1, {.edge_order = 3}), Contains("edge_order 3"));
  CHECK_THROWS_WITH(gradient(zeros({1}), 0), Contains("length 1") && Contains("2 elements"));
  CHECK_THROWS_WITH(gradient(x, 0, {.spacing = {arange(3)}}), Contains("(3,)"));
  CHECK_THROWS_WITH(gradient(x, {.spacing = {1, 2, 3}}), Contains("3 spacings"));
  CHECK_THROWS_AS(gradient(x > 0, 0), TypeError);
  CHECK_THROWS_WITH(coarsen(&sum, x, {{1, 2}}), Contains("axis 1") && Contains("trim_excess"));
}

TEST_CASE("blocks of windows are cut until they are no larger than they should be") {
  const auto x = zeros({2'000'000}, {.chunks = {2'000'000}});
  const auto windows = sliding_window_view(x, {100});
  std::int64_t longest = 0;
  for (const auto size : windows.chunks()[0]) longest = std::max(longest, size);
  CHECK(longest * 100 * 8 <= std::max<std::int64_t>(kDefaultChunkBytes, x.nbytes()));
  CHECK(longest * 100 * 8 > kDefaultChunkBytes / 4);
}
