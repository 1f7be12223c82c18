#include <catch2/catch.hpp>
#include <set>
#include <tartan/base/key.hpp>
#include <tartan/base/random.hpp>

TEST_CASE("a hash is the same in every process and version") {
  CHECK(tartan::hash_text("tartan").to_string() == tartan::hash_text("tartan").to_string());
  CHECK(tartan::hash_text("").to_string() == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("combining keys depends on their order") {
  const auto a = tartan::hash_text("a");
  const auto b = tartan::hash_text("b");
  CHECK(tartan::combine(a, b) != tartan::combine(b, a));
  CHECK(tartan::combine(a, 1) != tartan::combine(a, 2));
}

TEST_CASE("unique keys differ") {
  std::set<tartan::Key> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(tartan::unique_key());
  CHECK(seen.size() == 10'000);
}

TEST_CASE("bounded random numbers stay in range, reach both ends and repeat by seed") {
  tartan::Random random(1);
  tartan::Random same(1);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.below(7);
    REQUIRE(value < 7);
    REQUIRE(same.below(7) == value);
    low |= value == 0;
    high |= value == 6;
  }
  CHECK(low);
  CHECK(high);
}
