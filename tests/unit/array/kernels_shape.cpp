#include <algorithm>
#include <array/kernels/create.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>
#include <numeric>
#include <tartan/base/exceptions.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

/// 0, 1, 2, ... in a shape.
Chunk counted(const Shape& shape) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(element_count(shape)));
  std::iota(values.begin(), values.end(), 0);
  return chunk_of<std::int32_t>(shape, values);
}

std::vector<std::int32_t> ints(const Chunk& chunk) { return values_of<std::int32_t>(chunk); }

TEST_CASE("slices take starts, counts and steps of either sign") {
  const Chunk x = counted({4, 5});
  const auto sliced = [&](AxisRange rows, AxisRange columns) {
    return ints(slice(x, std::vector<AxisRange>{rows, columns}));
  };
  CHECK(sliced({1, 2, 2}, {0, 5, 1}) ==
        std::vector<std::int32_t>{5, 6, 7, 8, 9, 15, 16, 17, 18, 19});
  CHECK(sliced({3, 2, -3}, {4, 3, -2}) == std::vector<std::int32_t>{19, 17, 15, 4, 2, 0});
  CHECK(sliced({0, 0, 1}, {0, 5, 1}).empty());
  CHECK(sliced({2, 1, 1}, {1, 3, 1}) == std::vector<std::int32_t>{11, 12, 13});
  CHECK_THROWS_AS(sliced({2, 3, 1}, {0, 5, 1}), ValueError);
  CHECK_THROWS_AS(sliced({0, 2, -1}, {0, 5, 1}), ValueError);
  CHECK(slice(counted({}), {}).size() == 1);
}

TEST_CASE("a slice of whole rows shares the chunk's memory") {
  const Chunk x = counted({100, 5});
  const Chunk rows = slice(x, std::vector<AxisRange>{{10, 20}, {0, 5}});
  CHECK(rows.data.data() == x.data.data() + 10 * 5 * 4);
  CHECK(rows.shape == Shape{20, 5});
}

TEST_CASE("slices in every element size and many dimensions are those of the definition") {
  const Shape shape{3, 40, 1, 33, 2};
  const std::vector<AxisRange> ranges = {
      {2, 2, -2}, {1, 13, 3}, {0, 1, 1}, {32, 33, -1}, {1, 1, 1}};
  const auto check = [&]<class T>(T) {
    const Chunk x = random_chunk<T>(shape);
    const Chunk got = slice(x, ranges);
    std::size_t i = 0;
    for (std::int64_t a = 0; a < 2; ++a) {
      for (std::int64_t b = 0; b < 13; ++b) {
        for (std::int64_t d = 0; d < 33; ++d, ++i) {
          const std::int64_t at = (((2 - 2 * a) * 40 + 1 + 3 * b) * 33 + 32 - d) * 2 + 1;
          REQUIRE(got.view<T>()[i] == x.view<T>()[static_cast<std::size_t>(at)]);
        }
      }
    }
  };
  check(std::uint8_t{});
  check(std::int16_t{});
  check(float{});
  check(double{});
  check(std::complex<double>{});
}

TEST_CASE("transposes of every permutation are those of the definition") {
  const Shape shape{5, 37, 23};
  std::vector<int> axes = {0, 1, 2};
  const Chunk x = counted(shape);
  const std::int64_t strides[] = {37 * 23, 23, 1};
  do {
    const auto got = ints(transpose(x, axes));
    const auto axis = [&](std::size_t d) { return static_cast<std::size_t>(axes[d]); };
    std::size_t at = 0;
    std::size_t wrong = 0;
    for (std::int64_t i = 0; i < shape[axis(0)]; ++i) {
      for (std::int64_t j = 0; j < shape[axis(1)]; ++j) {
        for (std::int64_t k = 0; k < shape[axis(2)]; ++k, ++at) {
          const std::int64_t want =
              i * strides[axis(0)] + j * strides[axis(1)] + k * strides[axis(2)];
          if (got[at] != want) ++wrong;
        }
      }
    }
    CHECK(wrong == 0);
  } while (std::next_permutation(axes.begin(), axes.end()));
  CHECK_THROWS_AS(transpose(x, std::vector<int>{0, 1, 1}), ValueError);
  CHECK_THROWS_AS(transpose(x, std::vector<int>{0, 1}), ValueError);
}

TEST_CASE("assembling pieces puts each where it belongs") {
  const Chunk a = counted({2, 3});
  const Chunk b = counted({4, 2});
  const std::vector<Piece> pieces = {{0, {0, 1}, {2, 2}, {0, 0}},
                                     {1, {1, 0}, {2, 2}, {0, 2}},
                                     {1, {0, 1}, {1, 1}, {2, 0}},
                                     {0, {1, 0}, {1, 3}, {2, 1}}};
  CHECK(ints(assemble(DType::int32, {3, 4}, std::vector<Chunk>{a, b}, pieces)) ==
        std::vector<std::int32_t>{1, 2, 2, 3, 4, 5, 4, 5, 1, 3, 4, 5});
}

TEST_CASE("pieces that do not fit are refused") {
  const std::vector<Chunk> sources = {counted({2, 3})};
  const auto put = [&](Piece piece) {
    return assemble(DType::int32, {2, 2}, sources, std::vector<Piece>{std::move(piece)});
  };
  CHECK_THROWS_AS(put({0, {0, 0}, {2, 1}, {0, 0}}), ValueError);
  CHECK_THROWS_AS(put({0, {0, 2}, {2, 2}, {0, 0}}), ValueError);
  CHECK_THROWS_AS(put({0, {0, 0}, {2, 2}, {0, 1}}), ValueError);
  CHECK_THROWS_AS(put({1, {0, 0}, {2, 2}, {0, 0}}), ValueError);
  CHECK_THROWS_AS(
      assemble(DType::int8, {2, 3}, sources, std::vector<Piece>{{0, {0, 0}, {2, 3}, {0, 0}}}),
      TypeError);
  CHECK(put({0, {0, 1}, {2, 2}, {0, 0}}).shape == Shape{2, 2});
}

TEST_CASE("reshape across chunks keeps the flat order") {
  const Shape from{12, 10};
  const Chunk whole = counted(from);
  std::vector<Placed> sources;
  for (const std::int64_t row : {0, 5}) {
    for (const std::int64_t column : {0, 4}) {
      const std::vector<AxisRange> box = {{row, row == 0 ? 5 : 7}, {column, column == 0 ? 4 : 6}};
      sources.push_back({slice(whole, box), {row, column}});
    }
  }
  const Shape to{4, 3, 10};
  for (const auto& [offset, shape] : std::vector<std::pair<Shape, Shape>>{
           {{0, 0, 0}, {4, 3, 10}}, {{1, 1, 3}, {2, 2, 5}}, {{3, 2, 9}, {1, 1, 1}}}) {
    const std::vector<AxisRange> box = {
        {offset[0], shape[0]}, {offset[1], shape[1]}, {offset[2], shape[2]}};
    CHECK(
        same_bits(take_reshaped(from, sources, to, offset, shape), slice(reshape(whole, to), box)));
  }
  CHECK(take_reshaped(from, sources, {120}, {7}, {50}).view<std::int32_t>()[3] == 10);
  sources.pop_back();
  CHECK_THROWS_AS(take_reshaped(from, sources, {120}, {0}, {120}), ValueError);
}

TEST_CASE("reshape shares memory and refuses another size") {
  const Chunk x = counted({4, 6});
  CHECK(reshape(x, {3, 8}).data.data() == x.data.data());
  CHECK_THROWS_AS(reshape(x, {5, 5}), ValueError);
}

TEST_CASE("broadcast_to repeats elements") {
  CHECK(ints(broadcast_to(counted({2, 1}), {2, 3})) == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
  CHECK_THROWS_AS(broadcast_to(counted({2}), {3}), ValueError);
}

TEST_CASE("full, arange, linspace and eye make what NumPy makes, chunk by chunk") {
  CHECK(values_of<float>(full({2, 2}, 1.5, DType::float32)) == std::vector<float>(4, 1.5F));
  CHECK(ints(arange(10, -3, 1, 3, DType::int32)) == std::vector<std::int32_t>{7, 4, 1});
  CHECK(values_of<double>(arange(0, 0.1, 3, 1, DType::float64)) == std::vector<double>{3 * 0.1});
  CHECK(values_of<double>(linspace(0, 1, 5, true, 2, 3, DType::float64)) ==
        std::vector<double>{0.5, 0.75, 1});
  CHECK(values_of<double>(linspace(0, 1, 4, false, 0, 4, DType::float64)) ==
        std::vector<double>{0, 0.25, 0.5, 0.75});
  CHECK(values_of<double>(linspace(3, 9, 1, true, 0, 1, DType::float64)) == std::vector<double>{3});
  CHECK(ints(eye({2, 3}, 1, 1, 1, DType::int32)) == std::vector<std::int32_t>{0, 1, 0, 0, 0, 1});
}

}  // namespace
}  // namespace tartan::array::test
