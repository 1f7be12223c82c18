// Rechunks and chunk sizes: the numbers of the plan, and what explain() says of a run.

#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/chunk_bytes.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/rechunk_plan.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <tartan/array.hpp>
#include <tartan/base/buffer.hpp>
#include <tartan/client/local_cluster.hpp>
#include <thread>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::array;
using namespace tartan::test;

namespace {

Chunks even(std::int64_t rows, std::int64_t row_blocks, std::int64_t columns,
            std::int64_t column_blocks) {
  return {cut_axis(rows, rows / row_blocks), cut_axis(columns, columns / column_blocks)};
}

RechunkCost cost_of(const Chunks& from, const std::vector<Chunks>& steps, std::size_t item_bytes) {
  RechunkCost total;
  const Chunks* last = &from;
  for (const auto& step : steps) {
    const auto cost = rechunk_cost(*last, step, item_bytes);
    total.pieces += cost.pieces;
    total.blocks += cost.blocks;
    total.bytes += cost.bytes;
    last = &step;
  }
  return total;
}

double largest_bytes(const Chunks& chunks) {
  double bytes = 8;
  for (const auto& axis : chunks) {
    bytes *= static_cast<double>(*std::max_element(axis.begin(), axis.end()));
  }
  return bytes;
}

}  // namespace

TEST_CASE("10,000 blocks of rows become 10,000 of columns by millions of pieces, not 10^8") {
  const std::int64_t side = 400'000;
  const auto tall = even(side, 10'000, side, 1);
  const auto wide = even(side, 1, side, 10'000);
  const auto direct = rechunk_cost(tall, wide, 8);
  CHECK(direct.pieces == 1e8);
  CHECK(direct.bytes == 8.0 * side * side);
  const auto steps = rechunk_steps(tall, wide, 8);
  REQUIRE(steps.size() == 2);
  CHECK(steps.back() == wide);
  CHECK(grid_of(steps.front()) == Shape{100, 100});
  const auto staged = cost_of(tall, steps, 8);
  CHECK(staged.pieces == 2e6);
  CHECK(staged.bytes == 2 * direct.bytes);
  CHECK(staged.seconds() < direct.seconds());
}

TEST_CASE("few large blocks are exchanged at once, many small ones in more steps than two") {
  CHECK(rechunk_steps(even(20'000, 20, 10'000, 1), even(20'000, 1, 10'000, 20), 8).size() == 1);
  // 8 KiB blocks: pieces cost more than bytes.
  const auto from = even(10'000, 10'000, 1'000, 1);
  CHECK(rechunk_steps(from, even(10'000, 1, 1'000, 1'000), 8).size() > 2);
}

TEST_CASE("pieces of what may not fit are large enough to go to disk") {
  const auto from = even(8192, 256, 8192, 1);
  const auto to = even(8192, 1, 8192, 256);
  CHECK(rechunk_cost(from, to, 8).pieces == 65536);  // of 8 KiB
  const auto steps = rechunk_steps(from, to, 8);
  REQUIRE(steps.size() == 2);
  CHECK(rechunk_cost(from, steps.front(), 8).pieces == 4096);
}

TEST_CASE("blocks in between cut only where one side does and are no larger than the largest") {
  Chunks from{{}, {9'000}};
  for (int i = 0; i < 900; ++i) from[0].push_back(1 + 7 * (i % 3));
  const auto rows = boundaries(from[0]).back();
  Chunks to{{rows}, {}};
  for (int i = 0; i < 600; ++i) to[1].push_back(i % 2 == 0 ? 11 : 19);
  const auto steps = rechunk_steps(from, to, 8);
  REQUIRE(steps.size() > 1);
  const auto largest =
      std::max({largest_bytes(from), largest_bytes(to), double(kDefaultChunkBytes)});
  for (const auto& step : steps) {
    CHECK(largest_bytes(step) <= 1.25 * largest);
    CHECK(shape_of(step) == Shape{rows, 9'000});
    const auto fine = boundaries(from[0]);
    for (auto cut : boundaries(step[0])) {
      CHECK(std::binary_search(fine.begin(), fine.end(), cut));
    }
  }
}

TEST_CASE("empty axes, axes without cuts and chunks of nothing are planned in one step") {
  CHECK(rechunk_steps({{0}}, {{0}}, 8).size() == 1);
  CHECK(rechunk_steps({{3, 0, 3}}, {{6}}, 8).size() == 1);
  CHECK(rechunk_steps({}, {}, 8).size() == 1);
  CHECK(rechunk_cost({{0}, {5}}, {{0}, {2, 3}}, 8).bytes == 0);
}

TEST_CASE("a rechunk in steps has the elements it had") {
  Inline run;
  const auto x = arange(900 * 600).astype<double>().reshape({900, 600}).rechunk({1, 600}).persist();
  const auto wide = x.rechunk({900, 1});
  CHECK(wide.explain().find("rechunk") != std::string::npos);
  REQUIRE(rechunk_steps(x.chunks(), wide.chunks(), 8).size() > 1);
  CHECK(values<double>(wide) == values<double>(x));
  CHECK(values<double>(wide.rechunk({7, 13})) == values<double>(x));
}

TEST_CASE("chunks are chosen by the array's bytes, never by who is connected") {
  CHECK(chunk_bytes(0) == 4 << 20);
  CHECK(chunk_bytes(512e6) == 8'000'000);
  CHECK(chunk_bytes(1e12) == kDefaultChunkBytes);
  CHECK(zeros({100, 100}).num_chunks() == 1);
  CHECK(zeros({8000, 8000}).num_chunks() == 64);
}

TEST_CASE("the environment sets the size of chunks that nobody names, and says when it cannot") {
  ::setenv("TARTAN_ARRAY__CHUNK_BYTES", "1KiB", 1);
  CHECK(zeros({1024}).chunks() == Chunks{std::vector<std::int64_t>(8, 128)});
  CHECK(zeros({1024}, {.chunks = {1024}}).num_chunks() == 1);
  ::setenv("TARTAN_ARRAY__CHUNK_BYTES", "many", 1);
  CHECK_THROWS_WITH(zeros({1024}),
                    Catch::Contains("TARTAN_ARRAY__CHUNK_BYTES") && Catch::Contains("many"));
  ::unsetenv("TARTAN_ARRAY__CHUNK_BYTES");
}

namespace {

/// The most bytes of the pool in use while it lives, above those at its beginning.
class MostInUse {
 public:
  MostInUse() : before_(pool_statistics().in_use), watcher_([this] { watch(); }) {}
  ~MostInUse() { stop(); }
  std::int64_t bytes() {
    stop();
    return static_cast<std::int64_t>(most_ - before_);
  }

 private:
  void watch() {
    while (!done_) {
      most_ = std::max(most_, pool_statistics().in_use);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
  void stop() {
    done_ = true;
    if (watcher_.joinable()) watcher_.join();
  }

  std::size_t before_;
  std::size_t most_ = 0;
  std::atomic<bool> done_ = false;
  std::thread watcher_;
};

/// What explain() says one thread needs at most.
std::int64_t bound_on_memory(const Array& x) {
  const auto node = x.lazy_node();
  const auto plan = make_plan({&node, 1});
  Lowering lowering(plan, nullptr);
  lowering.run();
  std::int64_t largest = 0;
  for (const auto& [group, cost] : lowering.costs()) largest = std::max(largest, cost.largest);
  return peak_bytes(lowering.graph()) + largest;
}

std::int64_t bytes_used(const Array& x) {
  MostInUse most;
  const auto result = x.persist();
  result.wait();
  return most.bytes();
}

}  // namespace

TEST_CASE("what explain() says of memory is never exceeded, nor four times what is used") {
  const LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  const auto x = random::uniform({2000, 2000}, {.chunks = {250, 2000}, .seed = 1}).persist();
  const auto line = random::uniform({2'000'000}, {.chunks = {250'000}, .seed = 2}).persist();
  x.wait();
  line.wait();
  const std::vector<std::pair<std::string, Array>> cases{
      {"rechunk", x.rechunk({2000, 250})},
      {"sum", sum(random::uniform({8000, 2000}, {.chunks = {2000, 2000}, .seed = 3}) * 2.0)},
      {"matmul", matmul(x.rechunk({500, 500}), x.rechunk({500, 500}))},
      {"sort", sort(line)}};
  for (const auto& [name, expression] : cases) {
    const auto bound = bound_on_memory(expression);
    // The watcher may miss the moment on a busy machine, so it may look again.
    std::int64_t used = 0;
    for (int look = 0; look < 20 && bound > 4 * used; ++look) {
      used = std::max(used, bytes_used(expression));
    }
    INFO(name << ": bound " << bound << ", used " << used);
    CHECK(used <= bound + (2 << 20));  // tiles and graphs are not counted
    CHECK(bound <= 4 * used);
  }
}
