#include <Random123/philox.h>
#include <array/kernels/philox.hpp>
#include <array/kernels/random.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>
#include <tartan/base/exceptions.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

TEST_CASE("the counter generator is Random123's Philox 4x32-10, carries included") {
  r123::Philox4x32 reference;
  static PhiloxBatch batch;
  for (const std::uint64_t first : {0ULL, 0xFFFFFFF0ULL, 0x1234567890ABCDEFULL}) {
    const std::uint64_t seed = 0xDEADBEEF12345678ULL;
    const std::uint64_t stream = 0xCAFE0000BABEULL;
    at_every_isa([&](Isa) {
      philox(batch, first, 101, seed, stream);
      std::size_t wrong = 0;
      for (std::uint64_t i = 0; i < 101; ++i) {
        const std::uint64_t block = first + i;
        const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
        const r123::Philox4x32::ctr_type counter = {
            {low(block), low(block >> 32), low(stream), low(stream >> 32)}};
        const r123::Philox4x32::key_type key = {{low(seed), low(seed >> 32)}};
        const auto want = reference(counter, key);
        for (std::size_t w = 0; w < 4; ++w) wrong += batch.word[w][i] != want[w];
      }
      CHECK(wrong == 0);
    });
  }
}

using Fill = Chunk (*)(const RandomPlace&, const Shape&);

const std::vector<std::pair<const char*, Fill>> kFills = {
    {"uniform float64", [](const RandomPlace& p,
                           const Shape& s) { return random_uniform(p, s, -2, 5, DType::float64); }},
    {"uniform float32", [](const RandomPlace& p,
                           const Shape& s) { return random_uniform(p, s, 0, 1, DType::float32); }},
    {"normal float64", [](const RandomPlace& p,
                          const Shape& s) { return random_normal(p, s, 3, 2, DType::float64); }},
    {"normal float32", [](const RandomPlace& p,
                          const Shape& s) { return random_normal(p, s, 0, 1, DType::float32); }},
    {"integers", [](const RandomPlace& p, const Shape& s) {
       return random_integers(p, s, -7, 90, DType::int16);
     }}};

TEST_CASE("every chunking gives the same random array") {
  const Shape whole{50, 7, 33};
  for (const auto& [what, fill] : kFills) {
    const Chunk all = fill({whole, {0, 0, 0}, 42, 1}, whole);
    for (const auto& [offset, shape] :
         std::vector<std::pair<Shape, Shape>>{{{0, 0, 0}, {50, 7, 1}},
                                              {{13, 2, 5}, {3, 4, 17}},
                                              {{49, 6, 32}, {1, 1, 1}},
                                              {{10, 0, 0}, {40, 7, 33}},
                                              {{7, 3, 0}, {1, 4, 33}},
                                              {{0, 0, 0}, {0, 7, 33}}}) {
      const std::vector<AxisRange> box = {
          {offset[0], shape[0]}, {offset[1], shape[1]}, {offset[2], shape[2]}};
      INFO(what << " at " << to_string(offset));
      CHECK(same_bits(fill({whole, offset, 42, 1}, shape), slice(all, box)));
    }
  }
}

TEST_CASE("another seed or stream gives other numbers") {
  for (const auto& [what, fill] : kFills) {
    INFO(what);
    const Chunk base = fill({{1000}, {0}, 1, 1}, {1000});
    CHECK_FALSE(same_bits(base, fill({{1000}, {0}, 2, 1}, {1000})));
    CHECK_FALSE(same_bits(base, fill({{1000}, {0}, 1, 2}, {1000})));
    CHECK(same_bits(base, fill({{1000}, {0}, 1, 1}, {1000})));
  }
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
};

template <class T>
Moments moments(const Chunk& chunk) {
  const auto x = chunk.view<T>();
  const auto n = static_cast<double>(x.size());
  Moments m;
  for (const T value : x) m.mean += static_cast<double>(value) / n;
  for (const T value : x) m.variance += std::pow(static_cast<double>(value) - m.mean, 2) / n;
  for (const T value : x) {
    m.kurtosis += std::pow(static_cast<double>(value) - m.mean, 4) / n / m.variance / m.variance;
  }
  return m;
}

// Tolerances are five standard errors of a million numbers.
TEST_CASE("uniform and normal numbers have the moments of their distributions") {
  const Shape shape{1000000};
  const RandomPlace place{shape, {0}, 7, 0};
  const Moments u = moments<double>(random_uniform(place, shape, 2, 4, DType::float64));
  CHECK(u.mean == Approx(3).margin(3e-3));
  CHECK(u.variance == Approx(1.0 / 3).margin(1.5e-3));
  CHECK(u.kurtosis == Approx(1.8).margin(5e-3));
  const Moments n = moments<double>(random_normal(place, shape, -1, 3, DType::float64));
  CHECK(n.mean == Approx(-1).margin(1.5e-2));
  CHECK(n.variance == Approx(9).margin(6.4e-2));
  CHECK(n.kurtosis == Approx(3).margin(2.5e-2));
  const Moments f = moments<float>(random_normal(place, shape, 0, 1, DType::float32));
  CHECK(f.mean == Approx(0).margin(5e-3));
  CHECK(f.variance == Approx(1).margin(7.1e-3));
  CHECK(f.kurtosis == Approx(3).margin(2.5e-2));
}

TEST_CASE("uniform numbers stay below high, however coarse the dtype") {
  const Shape shape{200000};
  const RandomPlace place{shape, {0}, 3, 0};
  const Chunk chunk = random_uniform(place, shape, 16777215, 16777217, DType::float32);
  for (const float x : chunk.view<float>()) REQUIRE((x >= 16777215.0F && x < 16777217.0F));
}

TEST_CASE("integers cover their range evenly, bounds included and excluded") {
  const Shape shape{300000};
  const Chunk chunk = random_integers({shape, {0}, 9, 0}, shape, -3, 3, DType::int8);
  std::array<int, 6> seen{};
  for (const std::int8_t x : chunk.view<std::int8_t>()) {
    REQUIRE((x >= -3 && x < 3));
    ++seen[static_cast<std::size_t>(x + 3)];
  }
  for (const int count : seen) CHECK(std::abs(count - 50000) < 1100);
}

TEST_CASE("ranges that do not exist or do not fit are refused") {
  const RandomPlace place{{4}, {0}, 1, 1};
  CHECK_THROWS_AS(random_integers(place, {4}, 3, 3, DType::int32), ValueError);
  CHECK_THROWS_AS(random_integers(place, {4}, 0, 300, DType::int8), ValueError);
  CHECK_NOTHROW(random_integers(place, {4}, 0, 256, DType::uint8));
  CHECK_THROWS_AS(random_uniform(place, {4}, 2, 1, DType::float64), ValueError);
  CHECK_THROWS_AS(random_normal(place, {4}, 0, -1, DType::float64), ValueError);
  CHECK_THROWS_AS(random_normal(place, {4}, 0, 1, DType::int32), TypeError);
}

}  // namespace
}  // namespace tartan::array::test
