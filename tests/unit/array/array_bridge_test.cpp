#include "array_support.hpp"
#include <xtensor/xbuilder.hpp>
#include <xtensor/xio.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

namespace array_bridge {

xt::xarray<double> doubled(const xt::xarray<double>& block) { return 2.0 * block; }
xt::xarray<std::int64_t> shifted(const xt::xarray<double>& block, std::int64_t by) {
  return xt::cast<std::int64_t>(block) + by;
}
xt::xarray<double> row_sums(const xt::xarray<double>& block, const xt::xarray<double>& weights) {
  return xt::sum(block * weights, {1}, xt::keep_dims);
}
Chunk same(const Chunk& block) { return block; }
xt::xarray<double> make_rows(int start) {
  return xt::arange<double>(start, start + 6).reshape({3, 2});
}
xt::xtensor<float, 1> make_vector(int count) { return xt::ones<float>({count}); }
Chunk make_one_chunk(int count) {
  const std::vector<double> ones(static_cast<std::size_t>(count), 1.0);
  return make_chunk<double>({count}, ones);
}
/// Arrays inside a task: the current client is an inline executor there.
double sum_inside(int count) { return sum(arange(count)).item<double>(); }

}  // namespace array_bridge

using namespace array_bridge;

TEST_CASE("elements go from xtensor into an array and back unchanged") {
  Inline run;
  const xt::xarray<float> small = xt::arange<float>(12).reshape({3, 4});
  const auto x = from_xtensor(small, {2, 3});
  CHECK(x.dtype() == DType::float32);
  CHECK(x.chunks() == Chunks{{2, 1}, {3, 1}});
  CHECK((x.compute<float>() == small));
  const auto view = from_xtensor(xt::view(small, xt::all(), xt::range(1, 3)) * 2.0f);
  CHECK(values<float>(view) == std::vector<float>{2, 4, 10, 12, 18, 20});
}

TEST_CASE("large literals are sent once and again after their client has gone") {
  const xt::xarray<double> large = xt::arange<double>(40'000);
  const auto x = from_xtensor(large, {10'000});
  for (int time = 0; time < 2; ++time) {
    Inline run;
    CHECK(sum(x).item<double>() == 799'980'000);
    CHECK(x.slice({{9'999, 10'001}}).compute<double>()(1) == 10'000);
  }
}

TEST_CASE("map_blocks runs a typed function on aligned blocks") {
  Inline run;
  const auto x = counting({4, 6}, {3, 6});
  CHECK(values<double>(map_blocks<&doubled>(x)) == values<double>(x * 2));
  const auto y = map_blocks<&shifted>(x, 10);
  CHECK(y.dtype() == DType::int64);
  CHECK(values<std::int64_t>(y) == values<std::int64_t>(x.astype<std::int64_t>() + 10));
  const auto sums = map_blocks<&row_sums>(MapBlocksOptions{.chunks = Chunks{{3, 1}, {1}}}, x,
                                          ones({6}));
  CHECK(values<double>(sums) == values<double>(sum(x, 1)));
  const auto raw = map_blocks<&same>(MapBlocksOptions{.dtype = DType::float64}, x);
  CHECK(values<double>(raw) == values<double>(x));
}

TEST_CASE("map_blocks names broken promises") {
  Inline run;
  const auto x = counting({4, 6}, {3, 6});
  CHECK_THROWS_WITH(map_blocks<&row_sums>(x, ones({6})).compute_chunk(),
                    Contains("(3, 1)") && Contains("(3, 6)"));
  CHECK_THROWS_WITH(map_blocks<&doubled>(x.astype<float>()).compute_chunk(),
                    Contains("float32") && Contains("float64"));
  CHECK_THROWS_AS(map_blocks<&same>(x), ValueError);
  CHECK_THROWS_AS(map_blocks<&doubled>(MapBlocksOptions{.chunks = Chunks{{2, 2}, {3, 3}}}, x),
                  ValueError);
}

TEST_CASE("results of tasks become arrays of one block") {
  Inline run;
  std::vector<Array> blocks;
  for (int i = 0; i < 4; ++i) {
    blocks.push_back(from_delayed(delayed<&make_rows>(6 * i), {3, 2}));
  }
  const auto x = concatenate(blocks);
  CHECK(x.chunks() == Chunks{{3, 3, 3, 3}, {2}});
  CHECK(all(x == arange(24).reshape({12, 2})).item<bool>());
  CHECK(from_delayed(run.client.submit<&make_vector>(3), {3}).dtype() == DType::float32);
  const auto chunk = from_delayed(delayed<&make_one_chunk>(3), {3}, DType::float64);
  CHECK(sum(chunk).item<double>() == 3);
  CHECK_THROWS_WITH(from_delayed(delayed<&make_one_chunk>(3), {4}, DType::float64).compute_chunk(),
                    Contains("(3,)") && Contains("(4,)"));
  CHECK_THROWS_AS(from_delayed(delayed<&make_rows>(0), {3, -2}), ValueError);
}

TEST_CASE("a persisted array holds its blocks' futures") {
  Inline run;
  const auto x = (counting({10}, {4}) + 1).persist();
  x.wait();
  const auto futures = x.futures();
  REQUIRE(futures.size() == 3);
  CHECK(futures[2].get_value().get<Chunk>().shape == Shape{2});
  const auto again = from_futures(futures, {10}, DType::float64, {4});
  CHECK(sum(again).item<double>() == 55);
  CHECK(sum(x).key() == sum(again).key());
  const auto one = x.slice({{0, 4}}).futures();
  CHECK(one[0].key() == futures[0].key());
  CHECK_THROWS_AS(from_futures(futures, {10}, DType::float64, {5}), ValueError);
}

TEST_CASE("arrays work inside tasks") {
  Inline run;
  CHECK(run.client.submit<&sum_inside>(10).get() == 45);
}

TEST_CASE("the embedded cluster gives the same bits as the inline executor") {
  const auto x = random::normal({2000, 5}, {.chunks = {100, 5}, .seed = 9});
  const auto z = (x - mean(x, 0)) / stddev(x, 0);
  const auto y = matmul(z.T(), z);
  std::vector<double> expected;
  {
    Inline run;
    expected = values<double>(y);
  }
  Client client;
  CHECK(values<double>(y) == expected);
}
