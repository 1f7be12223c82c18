#include <catch2/catch.hpp>
#include <random>
#include <tartan/value/msgpack.hpp>
#include <tartan/value/value.hpp>

using namespace tartan;

namespace geo {

struct Point {
  double x = 0;
  double y = 0;
  MSGPACK_DEFINE(x, y)
  friend bool operator==(const Point&, const Point&) = default;
};

struct Shape {
  std::string name;
  std::vector<Point> points;
  std::map<std::string, std::vector<int>> tags;
  MSGPACK_DEFINE_MAP(name, points, tags)
  friend bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace geo

namespace {

geo::Shape shape(int points) {
  geo::Shape result;
  result.name = "polygon";
  for (int i = 0; i < points; ++i) result.points.push_back({i * 1.5, -1.0 * i});
  result.tags["a"] = {1, 2, 3};
  return result;
}

/// A Shape's codec reading these msgpack bytes.
Errc decode_error(const std::string& packed) {
  Writer writer;
  writer.length(packed.size());
  writer.run(Buffer::copy(packed));
  try {
    static_cast<void>(Value::from_encoded(std::move(writer).finish(type_info<geo::Shape>().id))
                          .get<geo::Shape>());
  } catch (const Exception& error) {
    return error.code();
  }
  return Errc{};
}

}  // namespace

TEST_CASE("MSGPACK_DEFINE types come back as they were sent, alone and in containers") {
  for (const int points : {0, 3, 5000}) {
    const Value value = Value::of(shape(points));
    CHECK(Value::from_encoded(value.encode()).get<geo::Shape>() == shape(points));
  }
  const std::vector<geo::Point> many(100, geo::Point{1, 2});
  CHECK(Value::from_encoded(Value::of(many).encode()).get<std::vector<geo::Point>>() == many);
  CHECK(type_info<std::vector<geo::Point>>().name == "vector<geo::Point>");
}

TEST_CASE("a msgpack object's size is counted with what it holds") {
  CHECK(Value::of(shape(5000)).nbytes() > 5000 * 9);
}

TEST_CASE("msgpack headers that announce more than there is are refused") {
  CHECK(decode_error(std::string("\xdd\xff\x00\x00\x00", 5)) == Errc::limit_exceeded);
  CHECK(decode_error(std::string("\xdf\xff\xff\xff\xff", 5)) == Errc::limit_exceeded);
  // Each header within the bytes that follow, all of them together far beyond.
  std::string nested;
  for (int i = 0; i < 20; ++i) nested += std::string("\xdc\x40\x00", 3);
  nested.resize(nested.size() + 0x4100, '\x01');
  CHECK(decode_error(nested) == Errc::limit_exceeded);
}

TEST_CASE("msgpack nested beyond 32 levels is refused") {
  CHECK(decode_error(std::string(10'000, '\x91')) == Errc::limit_exceeded);
}

TEST_CASE("msgpack that is not the type's, or not whole, is refused") {
  CHECK(decode_error("") == Errc::malformed);
  CHECK(decode_error("\x01") == Errc::malformed);
  CHECK(decode_error("\xc1") == Errc::malformed);
  CHECK(decode_error("\x80\x80") == Errc::malformed);
  CHECK(decode_error("\xd9") == Errc::malformed);
}

TEST_CASE("mutated msgpack is read or refused, and never more") {
  msgpack::sbuffer packed;
  msgpack::pack(packed, shape(20));
  const std::string good(packed.data(), packed.size());
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bad = good;
    for (std::size_t flips = 1 + random() % 3; flips > 0; --flips) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bad.resize(random() % (bad.size() + 1));
    if (decode_error(bad) != Errc{}) ++refused;
  }
  CHECK(refused > 1000);
}
