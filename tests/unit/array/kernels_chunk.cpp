#include <catch2/catch.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/value.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

Chunk sent(const Chunk& chunk) {
  return Value::from_encoded(Value::of(chunk).encode()).get<Chunk>();
}

TEST_CASE("a chunk of any dtype and size survives being sent") {
  for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{3}, Shape{17, 1, 9}, Shape{700}}) {
    CHECK(same_bits(sent(random_chunk<float>(shape)), random_chunk<float>(shape)));
    CHECK(same_bits(sent(random_chunk<std::int8_t>(shape)), random_chunk<std::int8_t>(shape)));
    const auto complex = random_chunk<std::complex<double>>(shape);
    CHECK(same_bits(sent(complex), complex));
  }
}

TEST_CASE("a large chunk is sent from its own memory") {
  const Chunk chunk = random_chunk<double>({100, 100});
  const Encoded encoded = Value::of(chunk).encode();
  REQUIRE(encoded.frames.size() == 2);
  CHECK(encoded.frames[1].data() == chunk.data.data());
}

TEST_CASE("a chunk whose bytes do not fit its shape is refused, not believed") {
  Encoded encoded = Value::of(random_chunk<double>({100, 100})).encode();
  encoded.frames[1] = encoded.frames[1].slice(0, 79992);
  const Value value = Value::from_encoded(encoded);
  CHECK_THROWS_AS(value.get<Chunk>(), Exception);

  for (std::size_t at = 0; at < encoded.frames[0].size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      Encoded mutated = Value::of(random_chunk<double>({100, 100})).encode();
      MutableBuffer header(mutated.frames[0].size());
      std::memcpy(header.data(), mutated.frames[0].data(), header.size());
      header.data()[at] ^= static_cast<std::byte>(1 << bit);
      mutated.frames[0] = std::move(header).freeze();
      try {
        const Chunk chunk = Value::from_encoded(mutated).get<Chunk>();
        CHECK(chunk.data.size() == static_cast<std::size_t>(chunk.size()) * itemsize(chunk.dtype));
      } catch (const Exception&) {
        SUCCEED("refused");
      }
    }
  }
}

TEST_CASE("a chunk is viewed only as the dtype it has") {
  const Chunk chunk = random_chunk<float>({4});
  CHECK(chunk.view<float>().size() == 4);
  CHECK_THROWS_WITH(chunk.view<double>(), Catch::Contains("float32") && Catch::Contains("float64"));
}

TEST_CASE("a shape whose bytes overflow is refused") {
  CHECK_THROWS_AS(MutableChunk(DType::float64, {1LL << 40, 1LL << 40}), ValueError);
  CHECK_THROWS_AS(MutableChunk(DType::float64, {-1}), ValueError);
  CHECK(MutableChunk(DType::float64, {1LL << 62, 0}).nbytes() == 0);
}

TEST_CASE("shapes broadcast as in NumPy") {
  CHECK(broadcast_shapes({3, 1}, {4}) == Shape{3, 4});
  CHECK(broadcast_shapes({}, {2, 0}) == Shape{2, 0});
  CHECK(broadcast_shapes({1}, {0}) == Shape{0});
  CHECK(broadcasts_to({4}, {3, 4}));
  CHECK_FALSE(broadcasts_to({3, 4}, {4}));
  CHECK_FALSE(broadcasts_to({3}, {1}));
  CHECK_THROWS_WITH(broadcast_shapes({3, 4}, {3}),
                    Catch::Contains("(3, 4)") && Catch::Contains("(3,)"));
}

}  // namespace
}  // namespace tartan::array::test
