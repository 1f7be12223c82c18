#include <catch2/catch.hpp>
#include <string>
#include <vector>
#include <worker/store/store.hpp>

using namespace tartan;
using worker::Store;

namespace {
Key key(const char* text) { return hash_text(text); }
}  // namespace

TEST_CASE("a store counts its bytes through puts, replacements and drops") {
  Store store;
  Value small = Value::of(std::vector<double>(10));
  Value large = Value::of(std::vector<double>(1000));
  store.put(key("a"), small);
  store.put(key("b"), large);
  CHECK(store.bytes() == small.nbytes() + large.nbytes());
  store.put(key("a"), large);
  CHECK(store.bytes() == 2 * large.nbytes());
  CHECK(store.size() == 2);
  CHECK(store.drop(key("a")));
  CHECK_FALSE(store.drop(key("a")));
  CHECK(store.bytes() == large.nbytes());
  CHECK(store.drop(key("b")));
  CHECK(store.bytes() == 0);
}

TEST_CASE("a store hands out the very value it was given, and nothing for unknown keys") {
  Store store;
  store.put(key("a"), Value::of(std::string("hello")));
  REQUIRE(store.get(key("a")) != nullptr);
  CHECK(store.get(key("a"))->get<std::string>() == "hello");
  CHECK(store.get(key("b")) == nullptr);
}

TEST_CASE("a store's digest depends on its keys, not on their order or history") {
  Store one;
  Store two;
  one.put(key("a"), Value::of(1));
  one.put(key("b"), Value::of(2));
  two.put(key("b"), Value::of(3));
  two.put(key("c"), Value::of(3));
  two.put(key("a"), Value::of(3));
  CHECK(one.digest() != two.digest());
  two.drop(key("c"));
  CHECK(one.digest() == two.digest());
}

TEST_CASE("a store knows what fits below its limit") {
  Store store(1000);
  CHECK(store.fits(1000));
  CHECK_FALSE(store.fits(1001));
  store.put(key("a"), Value::of(std::string(2000, 'x')));
  CHECK_FALSE(store.fits(1));
  CHECK(Store().fits(~std::uint64_t{0}));
}
