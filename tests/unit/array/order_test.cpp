#include <array/algorithms/order.hpp>
#include <array/algorithms/sort_plan.hpp>
#include <array/expr/lower.hpp>
#include <array/kernels/sort.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

namespace {

template <class T>
Array array_of(const std::vector<T>& elements, const ChunkSpec& chunks = {-1}) {
  return from_chunk(make_chunk<T>({static_cast<std::int64_t>(elements.size())}, elements), chunks);
}

std::vector<double> numbers(std::size_t count, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> list(count);
  for (auto& x : list) x = normal(engine);
  return list;
}

Array exchanged(const Array& x, bool positions, bool descending = false) {
  return Array(array::sort_node(
      x.node(), 0, {.descending = descending, .positions = positions, .whole_bytes = 0}));
}

/// The positions of a stable sort.
template <class T>
std::vector<std::int64_t> stable_order(const std::vector<T>& list) {
  std::vector<std::int64_t> order(list.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return list[static_cast<std::size_t>(a)] < list[static_cast<std::size_t>(b)];
  });
  return order;
}

const ChunkSpec kUneven{{997, 1, 250, 2000, 3, 749, 1000}};

}  // namespace

TEST_CASE("an exchange between chunks sorts stably and keeps the chunk sizes") {
  Inline run;
  std::vector<std::int64_t> list;
  std::mt19937 engine(3);
  for (int i = 0; i < 5000; ++i) list.push_back(static_cast<std::int64_t>(engine() % 50));
  const auto x = array_of(list, kUneven);
  const auto order = exchanged(x, true);
  CHECK(order.chunks() == x.chunks());
  CHECK(values<std::int64_t>(order) == stable_order(list));
  auto sorted = list;
  std::sort(sorted.begin(), sorted.end());
  CHECK(values<std::int64_t>(exchanged(x, false)) == sorted);
}

TEST_CASE("a sort gives the same elements whatever the chunks and however it is done") {
  Inline run;
  auto list = numbers(5000, 7);
  list[17] = list[4000] = NAN;
  list[40] = -INFINITY;
  list[41] = list[42] = list[2];
  const auto whole = values<std::int64_t>(argsort(array_of(list)));
  for (const auto& chunks : {kUneven, ChunkSpec{100}, ChunkSpec{5000}, ChunkSpec{1250}}) {
    CHECK(values<std::int64_t>(exchanged(array_of(list, chunks), true)) == whole);
    CHECK(values<std::int64_t>(argsort(array_of(list, chunks))) == whole);
  }
}

TEST_CASE("equal elements everywhere do not unbalance an exchange") {
  Inline run;
  const auto x = full({3000}, 7.0, {.chunks = {300}});
  std::vector<std::int64_t> expected(3000);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(values<std::int64_t>(exchanged(x, true)) == expected);
  CHECK(values<std::int64_t>(exchanged(x, true, true)) == expected);
}

TEST_CASE("one block of an exchanged sort needs few of its buckets") {
  const auto x = random::uniform({6400}, {.chunks = {100}, .seed = 1});
  const auto all = exchanged(x, false).explain();
  const auto one = exchanged(x, false).slice({{0, 100}}).explain();
  CHECK_THAT(all, Contains("sort-bucket"));
  CHECK(all != one);
}

TEST_CASE("the ranks of splitters lie within the bounds that are known beforehand") {
  std::mt19937 engine(11);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::int64_t> sizes;
    for (auto count = 2 + engine() % 9; count > 0; --count) sizes.push_back(engine() % 400);
    sizes.push_back(300);
    const auto plan = array::plan_sort(sizes);
    std::vector<Chunk> runs, samples;
    for (const auto& part : plan.runs) {
      std::vector<std::int32_t> list(static_cast<std::size_t>(part.size));
      for (auto& x : list) x = static_cast<std::int32_t>(engine() % 40);
      runs.push_back(
          array::sort_run(make_chunk<std::int32_t>({part.size}, list), 0, false, false)[0]);
      samples.push_back(array::sample_run(runs.back(), plan.step));
    }
    const auto splitters = array::choose_splitters(samples, plan.step, plan.ranks, false, false);
    std::vector<std::int64_t> ranks(plan.ranks.size(), 0);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto cuts =
          array::cut_run(runs[r], static_cast<std::int64_t>(r), splitters, false, false);
      for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i] += cuts.view<std::int64_t>()[i];
    }
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      CHECK(ranks[i] >= plan.earliest[i + 1]);
      CHECK(ranks[i] <= plan.latest[i + 1]);
    }
  }
}

TEST_CASE("blocks of equal size meet their own bucket and those beside it") {
  for (const std::size_t count : {2U, 7U, 40U, 100U}) {
    const auto plan = array::plan_sort(std::vector<std::int64_t>(count, 10'000));
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = static_cast<std::int64_t>(i) * 10'000;
      const auto [first, last] = plan.meeting(begin, begin + 10'000);
      CHECK(first + 1 >= i);
      CHECK(last <= i + 2);
    }
    for (std::size_t b = 0; b < plan.buckets(); ++b) CHECK(plan.most(b) <= 15'000);
  }
}

TEST_CASE("long rows of every width sort like the standard library") {
  Inline run;
  std::mt19937_64 engine(5);
  std::vector<std::uint64_t> wide(20'000);
  std::vector<std::int16_t> narrow(20'000);
  std::vector<float> floats(20'000);
  for (std::size_t i = 0; i < wide.size(); ++i) {
    wide[i] = engine() >> (engine() % 64);
    narrow[i] = static_cast<std::int16_t>(engine());
    floats[i] =
        std::exp2(static_cast<float>(engine() % 200) - 100.0F) * (engine() % 2 == 0 ? 1 : -1);
  }
  const auto check = [](auto list) {
    const auto x = array_of(list);
    CHECK(values<std::int64_t>(argsort(x)) == stable_order(list));
    const auto sorted = values<typename decltype(list)::value_type>(sort(x));
    std::sort(list.begin(), list.end());
    CHECK(sorted == list);
  };
  check(wide);
  check(narrow);
  check(floats);
}

TEST_CASE("a descending sort puts NaN first and keeps equal elements in order") {
  Inline run;
  const auto x = array_of<double>({1, NAN, 3, 1, 3});
  CHECK(values<std::int64_t>(argsort(x, {.descending = true})) ==
        std::vector<std::int64_t>{1, 2, 4, 0, 3});
}

TEST_CASE("zeros of both signs are equal to argsort") {
  Inline run;
  CHECK(values<std::int64_t>(argsort(array_of<double>({0.0, -0.0, 0.0}))) ==
        std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("medians of many chunks are found without rechunking") {
  Inline run;
  auto list = numbers(4001, 9);
  const auto x = array_of(list, {300});
  const auto narrowed = [&x](const array::QuantileRule& rule) {
    return Array(array::quantile_node(x.node(), rule, {0}, 0));
  };
  const auto node = narrowed({.median = true});
  CHECK_THAT(node.explain(), Contains("quantile-count") && !Contains("rechunk"));
  std::nth_element(list.begin(), list.begin() + 2000, list.end());
  CHECK(values<double>(node) == std::vector<double>{list[2000]});
  CHECK(median(x).item<double>() == list[2000]);
}

TEST_CASE("a NaN decides a median unless NaNs are left out") {
  Inline run;
  const auto x = array_of<double>({1, NAN, 3, 5}, {2});
  const auto narrowed = [&x](bool skip) {
    return Array(array::quantile_node(x.node(), {.median = true, .skip_nan = skip}, {0}, 0));
  };
  CHECK(std::isnan(median(x).item<double>()));
  CHECK(nanmedian(x).item<double>() == 3);
  CHECK(std::isnan(values<double>(narrowed(false))[0]));
  CHECK(values<double>(narrowed(true)) == std::vector<double>{3});
  CHECK(std::isnan(nanmedian(full({5}, NAN, {.chunks = {2}})).item<double>()));
  CHECK(std::isnan(median(zeros({0})).item<double>()));
}

TEST_CASE("elements taken as quantiles keep their dtype and all their digits") {
  Inline run;
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  const auto x = array_of<std::int64_t>({5, large, -3});
  const auto high = quantile(x, 1.0, {}, {.method = QuantileMethod::higher});
  CHECK(high.dtype() == DType::int64);
  CHECK(high.item<std::int64_t>() == large);
  CHECK(quantile(x, 0.5).dtype() == DType::float64);
  CHECK(median(x.astype<float>()).dtype() == DType::float32);
}

TEST_CASE("sorts and quantiles that cannot be are refused") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(sort(x, {.axis = 2}), Contains("sort") && Contains("axis 2"));
  CHECK_THROWS_WITH(argsort(zeros({})), Contains("argsort") && Contains("0-d"));
  CHECK_THROWS_WITH(topk(x, 0), Contains("topk") && Contains("k = 0"));
  CHECK_THROWS_WITH(argtopk(x, 2, -3), Contains("argtopk") && Contains("axis -3"));
  CHECK_THROWS_WITH(quantile(x, 1.5), Contains("1.5") && Contains("0 to 1"));
  CHECK_THROWS_WITH(percentile(x, -1), Contains("-1") && Contains("0 to 100"));
  CHECK_THROWS_WITH(nanquantile(x, {0.5, NAN}), Contains("nan"));
  CHECK_THROWS_WITH(median(x, {0, -2}), Contains("median") && Contains("twice"));
  CHECK_THROWS_WITH(median(x, 5), Contains("median") && Contains("axis 5"));
  CHECK_THROWS_AS(median(x.astype(DType::complex64)), TypeError);
  CHECK_THROWS_WITH(
      quantile(zeros({0}, {.dtype = DType::int8}), 0.5, {}, {.method = QuantileMethod::lower}),
      Contains("no elements") && Contains("(0,)"));
}

TEST_CASE("the largest elements come in order from any chunks") {
  Inline run;
  const auto list = numbers(3000, 4);
  auto sorted = list;
  std::sort(sorted.begin(), sorted.end());
  const auto x = array_of(list, {100});
  CHECK(values<double>(topk(x, 3)) ==
        std::vector<double>{sorted[2999], sorted[2998], sorted[2997]});
  CHECK(values<double>(topk(x, -2)) == std::vector<double>{sorted[0], sorted[1]});
  CHECK(topk(x, 5000).shape() == Shape{3000});
  CHECK(values<std::int64_t>(argtopk(full({900}, 1, {.chunks = {100}}), 3)) ==
        std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("no task of a large sort or of large sets is declared larger than some of its chunks") {
  const auto x = random::normal({60'000'000}, {.chunks = {1'000'000}, .seed = 1});
  const std::int64_t chunk = 8'000'000;
  for (const auto& result : {sort(x), argsort(x), unique(x), median(x), topk(x, 1000)}) {
    const auto node = result.lazy_node();
    const auto plan = array::make_plan({&node, 1});
    array::Lowering lowering(plan, nullptr);
    lowering.run();
    for (const auto& [group, cost] : lowering.costs()) {
      INFO(group);
      CHECK(cost.least <= 27 * chunk);
    }
  }
}
