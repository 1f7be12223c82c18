#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <scheduler/policy/ready_heap.hpp>
#include <scheduler/state/inline_store.hpp>
#include <scheduler/state/range_pool.hpp>
#include <scheduler/state/relation.hpp>
#include <set>
#include <tartan/base/random.hpp>

using namespace tartan;
using namespace tartan::scheduler;

TEST_CASE("runs of a range pool do not overlap, and freed ones are used again") {
  RangePool<int> pool;
  const auto a = pool.allocate(3);
  const auto b = pool.allocate(1);
  const auto c = pool.allocate(4);
  std::set<std::uint32_t> used{b};
  for (std::uint32_t i = 0; i < 4; ++i) {
    used.insert(a + i);
    used.insert(c + i);
  }
  CHECK(used.size() == 9);
  pool.free(a, 3);
  CHECK(pool.allocate(4) == a);
}

TEST_CASE("a relation can be walked from both sides whatever is removed") {
  Relation relation;
  std::map<std::uint32_t, std::uint32_t> tasks;
  std::map<std::uint32_t, std::uint32_t> owners;
  std::set<std::pair<std::uint32_t, std::uint32_t>> expected;
  for (std::uint32_t i = 0; i < 10; ++i) tasks[i] = owners[i] = kNone;
  Random random(3);
  for (int step = 0; step < 2000; ++step) {
    const auto task = static_cast<std::uint32_t>(random.below(10));
    const auto owner = static_cast<std::uint32_t>(random.below(10));
    const auto pair = relation.find(tasks[task], owner);
    REQUIRE((pair != kNone) == expected.contains({task, owner}));
    if (pair == kNone) {
      relation.add(task, tasks[task], owner, owners[owner]);
      expected.insert({task, owner});
    } else {
      relation.remove(pair, tasks[task], owners[owner]);
      expected.erase({task, owner});
    }
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> by_owner;
  for (const auto& [owner, head] : owners) {
    for (auto p = head; p != kNone; p = relation[p].next_of_owner) {
      by_owner.insert({relation[p].task, owner});
    }
  }
  CHECK(by_owner == expected);
  CHECK(relation.size() == expected.size());
}

TEST_CASE("inline values of every size come back as they were, and their bytes are counted") {
  InlineStore store;
  std::map<std::uint32_t, std::vector<std::byte>> kept;
  Random random(5);
  std::size_t total = 0;
  for (int step = 0; step < 3000; ++step) {
    if (!kept.empty() && random.chance(0.4)) {
      total -= kept.begin()->second.size();
      store.erase(kept.begin()->first);
      kept.erase(kept.begin());
      continue;
    }
    std::vector<std::byte> value(random.below(4097));
    for (auto& byte : value) byte = static_cast<std::byte>(random.next());
    total += value.size();
    const auto index = store.put(value);
    REQUIRE(!kept.contains(index));
    kept[index] = std::move(value);
  }
  CHECK(store.bytes() == total);
  for (const auto& [index, value] : kept) {
    const auto found = store.get(index);
    REQUIRE(std::vector<std::byte>(found.begin(), found.end()) == value);
  }
}

TEST_CASE("the ready heap gives live entries in the order of their priorities") {
  ReadyHeap heap;
  std::set<std::uint64_t> live;
  Random random(7);
  const auto is_live = [&](const ReadyHeap::Entry& e) { return live.contains(e.priority); };
  std::uint64_t last = 0;
  for (int step = 0; step < 5000; ++step) {
    const auto choice = random.below(4);
    if (choice < 2) {
      // Half of them come before all others, as a high user priority does.
      const auto priority = random.next() >> (choice == 0 ? 40 : 1);
      if (!live.insert(priority).second) continue;
      heap.push(priority, 1);
    } else if (choice == 2 && !live.empty()) {
      live.erase(std::prev(live.end()));
      heap.removed();
      heap.compact(is_live);
    } else if (!live.empty()) {
      last = heap.top(is_live).priority;
      REQUIRE(last == *live.begin());
      heap.pop();
      live.erase(live.begin());
    }
    REQUIRE(heap.live() == live.size());
  }
  CHECK(last > 0);
}
