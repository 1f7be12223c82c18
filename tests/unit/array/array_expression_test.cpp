#include "array_support.hpp"
#include <array/expr/plan.hpp>
#include <sstream>
#include <tartan/client/local_cluster.hpp>

using namespace tartan;
using namespace tartan::test;

namespace {

/// The steps that will have tasks: constants are steps nobody reads.
std::vector<std::string> groups(const Array& x) {
  const auto node = x.node();
  const auto plan = array::make_plan(std::span(&node, 1));
  std::vector<std::string> names;
  for (const auto& step : plan.steps) {
    if (step.node->as<array::FullNode>() == nullptr) names.push_back(step.group);
  }
  return names;
}

}  // namespace

TEST_CASE("an array knows dtype, shape and chunks without computing anything") {
  const auto x = zeros({10, 4}, {.dtype = DType::float32, .chunks = {3, -1}});
  const auto y = (x + 1) / 2;
  CHECK(y.dtype() == DType::float32);
  CHECK(y.shape() == Shape{10, 4});
  CHECK(y.chunks() == Chunks{{3, 3, 3, 1}, {4}});
  CHECK(y.nbytes() == 160);
  CHECK(y.num_chunks() == 4);
  std::ostringstream text;
  text << y;
  CHECK(text.str() == "Array(shape=(10, 4), dtype=float32, chunks=(3 x 3 + 1, 4))");
}

TEST_CASE("a chain of elementwise operations is one step, through where, casts and comparisons") {
  const auto x = random::normal({100}, {.chunks = {10}, .seed = 1});
  const auto y = where(x > 0, exp(x), -x).astype(DType::float32) * 2;
  CHECK(groups(y).size() == 1);
}

TEST_CASE("a reduction takes the elementwise chain before it in") {
  const auto x = random::normal({100}, {.chunks = {10}, .seed = 1});
  CHECK(groups(sum(square(x - 1))) == std::vector<std::string>{"subtract-square-sum"});
}

TEST_CASE("what two steps need is computed once and not fused into either") {
  const auto x = random::normal({100, 3}, {.chunks = {10, 3}, .seed = 1});
  const auto y = exp(x);
  const auto z = (y - mean(y, 0)) / stddev(y, 0);
  CHECK(groups(z) == std::vector<std::string>{"exp", "mean", "stddev", "subtract-divide"});
}

TEST_CASE("a small operand that broadcasts is computed once, not per element") {
  const auto x = random::normal({100, 3}, {.chunks = {10, 3}, .seed = 1});
  const auto v = sqrt(random::uniform({3}, {.seed = 2}));
  CHECK(groups(x / v) == std::vector<std::string>{"sqrt", "divide"});
}

TEST_CASE("equal expressions written twice are one") {
  const auto make = [] {
    const auto x = random::normal({100}, {.chunks = {10}, .seed = 1});
    return sum(exp(x)) + sum(exp(x));
  };
  CHECK(make().key() == make().key());
  CHECK(groups(make()) == std::vector<std::string>{"exp-sum", "add"});
}

TEST_CASE("a task reads a bounded number of arrays however long the sum is") {
  std::vector<Array> parts;
  auto total = zeros({8});
  for (int i = 0; i < 100; ++i) {
    total = total + sum(random::uniform({8, 8}, {.seed = static_cast<std::uint64_t>(i)}), 0);
  }
  const auto node = total.node();
  const auto plan = array::make_plan(std::span(&node, 1));
  for (const auto& step : plan.steps) CHECK(step.sources.size() <= array::kMostSources);
}

TEST_CASE("a slice of an elementwise result computes the slice only") {
  Inline run;
  const auto x = counting({100, 10}, {10, 10}).persist();
  const auto y = (exp(x * 0.01) + ones({10})).slice({{25, 35}, 3});
  const auto node = y.node();
  const auto plan = array::make_plan(std::span(&node, 1));
  CHECK(plan.steps.back().node->as<array::SliceNode>() == nullptr);
  const auto whole = (exp(x * 0.01) + ones({10})).persist();
  CHECK(values<double>(y) == values<double>(whole.slice({{25, 35}, 3})));
}

TEST_CASE("only the chunks a slice needs are computed") {
  const auto x = random::normal({1000}, {.chunks = {10}, .seed = 1});
  const auto few = cos(x.slice({{100, 120}})).explain();
  CHECK(few.find("random-normal         2") != std::string::npos);
}

TEST_CASE("explain counts tasks and bytes by group and says what is fused") {
  const auto x = random::normal({1000}, {.chunks = {100}, .seed = 1});
  const auto text = sum(x * x + 1).explain();
  CAPTURE(text);
  CHECK(text.find("multiply-add-sum-partial        10") != std::string::npos);
  CHECK(text.find("fused multiply-add-sum: add(multiply(in0, in0), 1)") != std::string::npos);
}

TEST_CASE("a chain of twenty thousand operations neither overflows nor fuses into one") {
  Inline run;
  auto x = arange(4).persist();
  for (int i = 0; i < 20'000; ++i) x = x + 1;
  CHECK(values<std::int64_t>(x) == std::vector<std::int64_t>{20'000, 20'001, 20'002, 20'003});
}

TEST_CASE("an array without a value says so") {
  const Array nothing;
  CHECK_FALSE(nothing.valid());
  CHECK_THROWS_AS(nothing.shape(), ValueError);
  CHECK_THROWS_AS(sum(nothing), ValueError);
  CHECK_THROWS_AS(nothing + 1, ValueError);
}

TEST_CASE("random numbers that two steps read are made again when they are too many to keep") {
  const auto anomaly = [](std::int64_t rows) {
    const auto x = random::normal({rows, 1000}, {.chunks = {1000, 1000}, .seed = 1});
    return groups(stddev(x - mean(x, 0)));
  };
  const auto has = [](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), "random-normal") != list.end();
  };
  CHECK(has(anomaly(10'000)));
  CHECK_FALSE(has(anomaly(100'000)));
}

TEST_CASE("what only a small part is taken of is computed for that part") {
  const auto x = counting({60, 40}, {10, 10}).persist();
  const auto y = counting({40, 50}, {10, 10}).persist();
  const std::vector<SliceItem> part{{12, 15}, {3, 30, 9}};
  Inline run;
  for (const auto& whole :
       {x.T().rechunk({7, 60}).transpose(), matmul(x, y), broadcast_to(x + 1, {2, 60, 40})[1],
        sum(stack({x, x * 2}), 0), (x * 2).rechunk({60, 3}), max(stack({x, -x}), 0)}) {
    CAPTURE(whole.explain());
    const auto kept = whole.persist();
    CHECK(values<double>(whole.slice(part)) == values<double>(kept.slice(part)));
    CHECK(values<double>(whole.slice({5, {1, 9}})) == values<double>(kept.slice({5, {1, 9}})));
    CHECK(values<double>(whole.slice({newaxis, {1, 9, 3}, -1})) ==
          values<double>(kept.slice({newaxis, {1, 9, 3}, -1})));
  }
}

TEST_CASE("a slice goes below products, transposes, rechunks and reductions") {
  Inline run;
  const auto x = counting({60, 40}, {10, 10}).persist();
  const auto tasks = [](const Array& a, const std::string& group) {
    std::istringstream lines(a.explain());
    std::string name;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::size_t count = 0;
      if (words >> name >> count && name == group) return count;
    }
    return std::size_t{0};
  };
  CHECK(tasks(matmul(x, x.T()), "matmul") == 36);
  CHECK(tasks(matmul(x, x.T()).slice({{0, 10}, {0, 10}}), "matmul") == 1);
  CHECK(tasks((x * 2).T().slice({{5, 10}, {0, 10}}), "multiply") == 1);
  CHECK(tasks((x * 2).rechunk({60, 5}).slice({{0, 5}, {0, 5}}), "multiply") == 1);
  CHECK(tasks(sum(x * 2, 0).slice({{0, 10}}), "multiply-sum-partial") == 6);
}

TEST_CASE("a reduction of what a mask chooses is one pass under the mask") {
  Inline run;
  const auto x = counting({100}, {10}).persist();
  const auto chosen = x[x > 49.5];
  for (const auto& total : {sum(chosen), mean(square(chosen) + 1), count_nonzero(chosen),
                            stddev(chosen), nanvar(chosen)}) {
    const auto plan = total.explain();
    CHECK(plan.find("select") == std::string::npos);
    CHECK(plan.find("-partial") != std::string::npos);
    CHECK(plan.find("-partial") == plan.rfind("-partial"));
  }
  CHECK(var(chosen).item<double>() == Approx((50 * 50 - 1) / 12.0));
  CHECK(nanvar(where(chosen == 60.0, NAN, chosen)).item<double>() ==
        Approx(var(x[(x > 49.5) & (x != 60.0)]).item<double>()));
  CHECK(sum(chosen).item<double>() == 3725);
  CHECK(mean(chosen).item<double>() == 74.5);
  // The mean is subtracted from what was chosen, which therefore has to be there.
  CHECK(sum(chosen - mean(chosen)).item<double>() == 0);
  CHECK(std::isnan(mean(x[x > 1000]).item<double>()));
}

TEST_CASE("products are multiplied in the cheapest order") {
  Inline run;
  const auto tall = counting({400, 10}, {100, 10}) / 4000.0;
  const auto wide = counting({10, 400}, {10, 100}) / 4000.0;
  const auto vector = counting({400}, {100}) / 400.0;
  const auto bytes = [](const Array& x) {
    const auto text = x.explain();
    return text.find("1.2 MiB") != std::string::npos;  // 400 x 400 of float64
  };
  const auto written = matmul(matmul(tall, wide), vector);
  CHECK_FALSE(bytes(written));
  const auto product = matmul(tall, wide);
  CHECK(bytes(product));
  const auto expected = values<double>(matmul(product.persist(), vector));
  const auto got = values<double>(written);
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(expected[i]));
  // A product that somebody else needs stays.
  CHECK(bytes(sum(matmul(product, vector)) + sum(product)));
  const auto chain = matmul(wide, matmul(tall, matmul(wide, matmul(tall, wide))));
  const auto squares = matmul(wide, tall).persist();
  const auto chained = values<double>(matmul(squares, matmul(squares, wide)));
  const auto got_chain = values<double>(chain);
  for (std::size_t i = 0; i < 50; ++i) CHECK(got_chain[i] == Approx(chained[i]));
  CHECK_FALSE(bytes(chain));
}

TEST_CASE("explain bounds what moves between workers and what memory it takes") {
  const auto x = random::normal({1 << 20}, {.chunks = {1 << 17}, .seed = 1});
  const auto streamed = sum(x * x).explain();
  CAPTURE(streamed);
  // Eight partials of 80 bytes, seven of which may come from elsewhere; a block of 1 MiB at a time.
  CHECK(streamed.find("moved between workers: at most 560 B") != std::string::npos);
  CHECK(streamed.find("memory: at most 2.0 MiB with one thread, 1.0 MiB more") !=
        std::string::npos);
  const auto kept = (x - mean(x)).explain();
  CAPTURE(kept);
  CHECK(kept.find("memory: at most 11.0 MiB with one thread") != std::string::npos);
}

TEST_CASE("what no worker can hold is refused before anything runs") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1, .memory_limit = "128MiB"});
  Client client(cluster.address());
  const auto x = ones({16, 1 << 20}, {.chunks = {1, -1}});
  CHECK_THROWS_WITH((x * 2).rechunk({-1, -1}).compute_chunk(),
                    Catch::Contains("\"rechunk\" needs 256") && Catch::Contains("128") &&
                        Catch::Contains("smaller chunks"));
  CHECK(sum(x * 2).item<double>() == 2.0 * 16 * (1 << 20));
}

TEST_CASE("a reduction of rechunked elements moves the results instead") {
  Inline run;
  const auto x = counting({40, 30}, {10, 30}).persist();
  const auto columns = x.rechunk({-1, 5});
  CHECK(groups(max(columns)) == std::vector<std::string>{"stored", "max"});
  const auto per_column = sum(columns, 0);
  CHECK(per_column.chunks() == Chunks{{5, 5, 5, 5, 5, 5}});
  CHECK(values<double>(per_column) == values<double>(sum(x, 0)));
  CHECK(values<std::int64_t>(argmax(-columns, 1)) == std::vector<std::int64_t>(40, 0));
  // Elements that others need too are moved anyway.
  CHECK(groups(columns - max(columns, 0))[1] == "rechunk");
}
