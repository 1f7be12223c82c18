#include <array/kernels/dispatch.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

TEST_CASE("every dtype converts to every other as a scalar does") {
  for (std::uint8_t from = 0; from < kDTypeCount; ++from) {
    for (std::uint8_t to = 0; to < kDTypeCount; ++to) {
      visit_dtype(static_cast<DType>(from), [&]<class From>(Type<From>) {
        visit_dtype(static_cast<DType>(to), [&]<class To>(Type<To>) {
          const std::vector<double> numbers = {0, 1, -1, 2.75, -2.75, 100, 127, 200, 1e5, -1e5};
          MutableChunk source(dtype_of<From>, {static_cast<std::int64_t>(numbers.size())});
          const auto values = source.view<From>();
          for (std::size_t i = 0; i < numbers.size(); ++i) {
            values[i] = Scalar(numbers[i]).as<From>();
          }
          std::vector<From> kept(values.begin(), values.end());
          const Chunk got = astype(std::move(source).freeze(), dtype_of<To>);
          for (std::size_t i = 0; i < kept.size(); ++i) {
            INFO(name(dtype_of<From>) << " to " << name(dtype_of<To>) << ", " << numbers[i]);
            CHECK(got.view<To>()[i] == Scalar(static_cast<From>(kept[i])).template as<To>());
          }
        });
      });
    }
  }
}

TEST_CASE("what has no integer value becomes the lowest one") {
  const Chunk x = chunk_of<double>({4}, {std::nan(""), 1e300, -1e300, 9.3e18});
  CHECK(values_of<std::int64_t>(astype(x, DType::int64)) ==
        std::vector<std::int64_t>{INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN});
  CHECK(astype(x, DType::uint64).view<std::uint64_t>()[3] == 9300000000000000000ULL);
}

}  // namespace
}  // namespace tartan::array::test
