#include <core/graph/order.hpp>
#include <numeric>
#include <tartan/base/random.hpp>

#include "graphs.hpp"

using namespace tartan;
using namespace tartan::test;
using Ref = GraphBuilder::Ref;

namespace {

const FunctionInfo kLoad = function_named("load");
const FunctionInfo kAdd = function_named("add");

/// Combines neighbours, `fan_in` at a time, until one is left.
Ref reduce(GraphBuilder& builder, std::vector<Ref> level, std::size_t fan_in) {
  while (level.size() > 1) {
    std::vector<Ref> next;
    for (std::size_t i = 0; i < level.size(); i += fan_in) {
      const auto end = std::min(i + fan_in, level.size());
      next.push_back(add_task(builder, kAdd,
                              {level.begin() + static_cast<std::ptrdiff_t>(i),
                               level.begin() + static_cast<std::ptrdiff_t>(end)}));
    }
    level = std::move(next);
  }
  return level.front();
}

std::vector<Ref> loads(GraphBuilder& builder, std::size_t count) {
  std::vector<Ref> refs;
  for (std::size_t i = 0; i < count; ++i) refs.push_back(add_task(builder, kLoad));
  return refs;
}

std::vector<std::uint32_t> rank_of(const std::vector<std::vector<std::uint32_t>>& dependencies) {
  std::vector<std::uint32_t> offsets{0};
  std::vector<std::uint32_t> deps;
  for (const auto& list : dependencies) {
    deps.insert(deps.end(), list.begin(), list.end());
    offsets.push_back(static_cast<std::uint32_t>(deps.size()));
  }
  auto rank = depth_first_rank(offsets, deps);
  REQUIRE(rank);
  return *rank;
}

}  // namespace

TEST_CASE("tasks without dependencies keep the order they were added in") {
  GraphBuilder builder;
  for (const Ref ref : loads(builder, 100)) builder.want(ref);
  const Graph graph = builder.build();
  std::vector<std::uint32_t> identity(100);
  std::iota(identity.begin(), identity.end(), 0);
  CHECK(graph.rank == identity);
}

TEST_CASE("a tree reduction holds as many results as the tree is deep, not wide") {
  GraphBuilder builder;
  builder.want(reduce(builder, loads(builder, 1024), 2));
  CHECK(most_alive(builder.build()) <= 12);
}

TEST_CASE("several reductions over the same chunks read each chunk once and drop it") {
  GraphBuilder builder;
  const auto chunks = loads(builder, 256);
  for (int reduction = 0; reduction < 3; ++reduction) {
    std::vector<Ref> parts;
    for (const Ref chunk : chunks) parts.push_back(add_task(builder, kAdd, {chunk}));
    builder.want(reduce(builder, parts, 4));
  }
  CHECK(most_alive(builder.build()) <= 50);  // 3 trees x depth 4 x fan-in 4; without care: 256
}

TEST_CASE("a result read by a later subtree dies with its last reader when that one can run") {
  // 0 feeds 1, on the way to the sink 3 together with leaf 2, and 4, which needs nothing else.
  const auto order = in_order(rank_of({{}, {0}, {}, {1, 2}, {0}}));
  CHECK(order == std::vector<std::uint32_t>{0, 1, 4, 2, 3});
}

TEST_CASE("a broadcast result does not run all its readers at once") {
  GraphBuilder builder;
  const Ref shared = add_task(builder, kLoad);
  std::vector<Ref> sums;
  for (int i = 0; i < 100; ++i) {
    const Ref scaled = add_task(builder, kAdd, {shared});
    const Ref chunk = add_task(builder, kLoad);
    sums.push_back(add_task(builder, kAdd, {scaled, chunk}));
  }
  builder.want(reduce(builder, sums, 2));
  CHECK(most_alive(builder.build()) <= 12);
}

TEST_CASE("the pieces of a block are cut while it is there, however many") {
  // Blocks 0..3, then for each its 8 pieces, then 8 results of one piece of every block.
  constexpr std::uint32_t kBlocks = 4, kPieces = 8;
  std::vector<std::uint32_t> offsets(kBlocks + 1, 0);
  std::vector<std::uint32_t> deps;
  std::vector<std::uint64_t> bytes(kBlocks, 800);
  const auto add = [&](const std::vector<std::uint32_t>& needs, std::uint64_t size) {
    deps.insert(deps.end(), needs.begin(), needs.end());
    offsets.push_back(static_cast<std::uint32_t>(deps.size()));
    bytes.push_back(size);
  };
  for (std::uint32_t piece = 0; piece < kBlocks * kPieces; ++piece) add({piece / kPieces}, 100);
  for (std::uint32_t result = 0; result < kPieces; ++result) {
    std::vector<std::uint32_t> needs;
    for (std::uint32_t block = 0; block < kBlocks; ++block) {
      needs.push_back(kBlocks + block * kPieces + result);
    }
    add(needs, 400);
  }
  const auto pieces_follow = [&](std::uint64_t last_piece) {
    bytes[kBlocks + kPieces - 1] = last_piece;
    const auto rank = depth_first_rank(offsets, deps, bytes);
    REQUIRE(rank);
    std::uint32_t last = 0;
    for (std::uint32_t piece = 0; piece < kPieces; ++piece) {
      last = std::max(last, (*rank)[kBlocks + piece]);
    }
    return last == (*rank)[0] + kPieces;
  };
  CHECK(pieces_follow(100));
  CHECK_FALSE(pieces_follow(101));  // they would take more room than the block
  CHECK_FALSE(pieces_follow(0));    // nobody knows
}

TEST_CASE("the dependency that needs more results alive runs first") {
  // 7 = f(leaf 0, tree over 1..4 by 5 and 6): starting with the leaf would hold it all along.
  const auto rank = rank_of({{}, {}, {}, {1, 2}, {}, {}, {4, 5}, {3, 6}, {0, 7}});
  CHECK(rank[7] < rank[0]);
}

TEST_CASE("every order is a permutation that respects the dependencies") {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    const auto size = 1 + random.below(60);
    std::vector<std::uint32_t> number(size);  // so that dependencies point both ways
    std::iota(number.begin(), number.end(), 0);
    for (std::size_t i = size - 1; i > 0; --i) std::swap(number[i], number[random.below(i + 1)]);
    std::vector<std::vector<std::uint32_t>> dependencies(size);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::uint64_t d = random.below(4); d > 0; --d) {
        const bool external = i == 0 || random.chance(0.1);
        dependencies[number[i]].push_back(external
                                              ? static_cast<std::uint32_t>(size + random.below(3))
                                              : number[random.below(i)]);
      }
    }
    const auto rank = rank_of(dependencies);
    auto sorted = rank;
    std::sort(sorted.begin(), sorted.end());
    for (std::uint32_t i = 0; i < size; ++i) {
      REQUIRE(sorted[i] == i);
      for (const std::uint32_t dep : dependencies[i]) {
        if (dep < size) REQUIRE(rank[dep] < rank[i]);
      }
    }
  }
}

TEST_CASE("a chain of a million tasks, numbered from either end, is ordered along the chain") {
  const std::uint32_t size = 1'000'000;
  std::vector<std::uint32_t> offsets(size + 1);
  std::vector<std::uint32_t> deps(size - 1);
  SECTION("from its start") {
    for (std::uint32_t i = 1; i <= size; ++i) offsets[i] = i - 1;
    std::iota(deps.begin(), deps.end(), 0);
    const auto rank = depth_first_rank(offsets, deps);
    REQUIRE(rank);
    CHECK(std::is_sorted(rank->begin(), rank->end()));
  }
  SECTION("from its end") {
    for (std::uint32_t i = 0; i <= size; ++i) offsets[i] = std::min(i, size - 1);
    std::iota(deps.begin(), deps.end(), 1);
    const auto rank = depth_first_rank(offsets, deps);
    REQUIRE(rank);
    CHECK(std::is_sorted(rank->rbegin(), rank->rend()));
  }
}

TEST_CASE("a cycle is an error that names a task on it") {
  std::vector<std::uint32_t> offsets{0, 0, 2, 3, 4, 4};
  std::vector<std::uint32_t> deps{0, 2, 1, 2};  // 1 <-> 2; 3 only hangs on to them
  const auto rank = depth_first_rank(offsets, deps);
  REQUIRE_FALSE(rank);
  CHECK(rank.error().code() == Errc::cycle);
  CHECK_THAT(rank.error().message(), Catch::Contains("task 1") || Catch::Contains("task 2"));
}

TEST_CASE("a task that needs itself is a cycle") {
  const auto rank =
      depth_first_rank(std::vector<std::uint32_t>{0, 1}, std::vector<std::uint32_t>{0});
  REQUIRE_FALSE(rank);
  CHECK(rank.error().code() == Errc::cycle);
  CHECK_THAT(rank.error().message(), Catch::Contains("task 0"));
}
