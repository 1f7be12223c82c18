#include <catch2/catch.hpp>
#include <core/wire/codec.hpp>
#include <string>

#include "allocations.hpp"
#include "mutate.hpp"

using namespace tartan;
using namespace tartan::test;
using namespace tartan::wire;

TEST_CASE("a packed value comes back") {
  const auto number = unpack_value(pack_value(Value::of(2.5)));
  REQUIRE(number);
  CHECK(number->get<double>() == 2.5);

  const std::vector<double> column{1.0, 2.0, 3.0};
  const auto vector = unpack_value(pack_value(Value::of(column)));
  REQUIRE(vector);
  CHECK(vector->get<std::vector<double>>() == column);

  const auto text = unpack_value(pack_value(Value::of(std::string())));
  REQUIRE(text);
  CHECK(text->get<std::string>().empty());

  const auto none = unpack_value(pack_value(Value()));
  REQUIRE(none);
  CHECK(none->empty());
}

TEST_CASE("a small value has a small packed form") {
  CHECK(pack_value(Value::of(2.5)).size() <= 32);
}

TEST_CASE("mutated packed values are refused or decode to something, in bounded memory") {
  Random random(3);
  const Bytes other = pack_value(Value::of(std::string("another value")));
  for (int round = 0; round < 20'000; ++round) {
    const Bytes sound = pack_value(Value::of(std::vector<std::string>{"one", "two", "three"}));
    const Bytes bytes = mutated(random, sound, other);
    const std::size_t peak = peak_of([&] {
      const auto value = unpack_value(bytes);
      if (!value) return;
      try {
        static_cast<void>(value->get<std::vector<std::string>>());
      } catch (const Exception&) {
      }
    });
    if (peak > 65536) FAIL("round " << round << " held " << peak);
  }
}

TEST_CASE("a frame count or size beyond the bytes is refused") {
  Bytes bytes = pack_value(Value::of(2.5));
  SECTION("count") { bytes[11] = std::byte{0xFF}; }
  SECTION("size") { bytes[19] = std::byte{0xFF}; }
  SECTION("cut") { bytes.pop_back(); }
  SECTION("longer") { bytes.push_back(std::byte{0}); }
  SECTION("no header") { bytes.resize(5); }
  const auto result = unpack_value(bytes);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::malformed);
}
