#include <array/kernels/blas.hpp>
#include <array/kernels/isa.hpp>
#include <array/kernels/matmul.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <tartan/base/exceptions.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

/// Row by column, as the definition says, in the widest type.
template <class T>
std::vector<T> product(const Chunk& a, const Chunk& b, std::int64_t m, std::int64_t k,
                       std::int64_t n) {
  std::vector<T> result;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      T sum{};
      for (std::int64_t l = 0; l < k; ++l) {
        sum = static_cast<T>(sum + a.view<T>()[static_cast<std::size_t>(i * k + l)] *
                                       b.view<T>()[static_cast<std::size_t>(l * n + j)]);
      }
      result.push_back(sum);
    }
  }
  return result;
}

TEMPLATE_TEST_CASE("products of floating and complex matrices are those of the definition", "",
                   float, double, std::complex<float>, std::complex<double>) {
  using T = TestType;
  for (const auto& [m, k, n] : std::vector<std::array<std::int64_t, 3>>{
           {1, 1, 1}, {3, 4, 5}, {70, 33, 1}, {1, 50, 40}, {129, 65, 130}}) {
    const Chunk a = random_chunk<T>({m, k}, 1);
    const Chunk b = random_chunk<T>({k, n}, 2);
    const auto got = values_of<T>(matmul(a, b));
    const auto want = product<T>(a, b, m, k, n);
    REQUIRE(got.size() == want.size());
    const double tolerance =
        (std::is_same_v<T, float> || std::is_same_v<T, std::complex<float>>) ? 2e-3 : 1e-12;
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - want[i]) < tolerance);
  }
}

TEMPLATE_TEST_CASE("products of integer matrices are exact and wrap", "", std::int8_t,
                   std::uint16_t, std::int64_t) {
  using T = TestType;
  const Chunk a = random_chunk<T>({31, 150}, 1);
  const Chunk b = random_chunk<T>({150, 600}, 2);
  const auto got = values_of<T>(matmul(a, b));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < 31; ++i) {
    for (std::size_t j = 0; j < 600; ++j) {
      std::uint64_t sum = 0;
      for (std::size_t l = 0; l < 150; ++l) {
        sum += static_cast<std::uint64_t>(a.view<T>()[i * 150 + l]) *
               static_cast<std::uint64_t>(b.view<T>()[l * 600 + j]);
      }
      if (got[i * 600 + j] != static_cast<T>(sum)) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("vectors act as rows and columns, batches broadcast") {
  CHECK(matmul_shape({3}, {3}) == Shape{});
  CHECK(matmul_shape({2, 3}, {3}) == Shape{2});
  CHECK(matmul_shape({3}, {3, 4}) == Shape{4});
  CHECK(matmul_shape({5, 1, 2, 3}, {6, 3, 4}) == Shape{5, 6, 2, 4});
  CHECK_THROWS_WITH(matmul_shape({2, 3}, {2, 3}),
                    Catch::Contains("(2, 3) and (2, 3)") && Catch::Contains("3 and 2"));
  CHECK_THROWS_AS(matmul_shape({}, {2}), ValueError);
  const Chunk a = random_chunk<double>({4, 1, 2, 3}, 1);
  const Chunk b = random_chunk<double>({5, 3, 2}, 2);
  const Chunk all = matmul(a, b);
  REQUIRE(all.shape == Shape{4, 5, 2, 2});
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t j = 0; j < 5; ++j) {
      const Chunk x = slice(a, std::vector<AxisRange>{{i, 1}, {0, 1}, {0, 2}, {0, 3}});
      const Chunk y = slice(b, std::vector<AxisRange>{{j, 1}, {0, 3}, {0, 2}});
      const Chunk z = slice(all, std::vector<AxisRange>{{i, 1}, {j, 1}, {0, 2}, {0, 2}});
      CHECK(matmul(reshape(x, {2, 3}), reshape(y, {3, 2})).data.text() == z.data.text());
    }
  }
}

TEST_CASE("products over chunks of the inner dimension add up") {
  const Chunk a = random_chunk<double>({20, 30}, 1);
  const Chunk b = random_chunk<double>({30, 10}, 2);
  std::vector<Chunk> left;
  std::vector<Chunk> right;
  for (const std::int64_t k : {0, 12, 12, 24}) {
    const std::int64_t count = k == 12 && left.size() == 1 ? 0 : (k == 24 ? 6 : 12);
    left.push_back(slice(a, std::vector<AxisRange>{{0, 20}, {k, count}}));
    right.push_back(slice(b, std::vector<AxisRange>{{k, count}, {0, 10}}));
  }
  const Chunk got = matmul_sum(left, right);
  const Chunk want = matmul(a, b);
  for (std::size_t i = 0; i < 200; ++i) {
    CHECK(got.view<double>()[i] == Approx(want.view<double>()[i]).margin(1e-12));
  }
}

TEST_CASE("an empty inner dimension gives zeros; mixed dtypes promote; bool is refused") {
  CHECK(values_of<double>(matmul(chunk_of<double>({2, 0}, {}), chunk_of<double>({0, 2}, {}))) ==
        std::vector<double>(4, 0.0));
  CHECK(matmul(random_chunk<float>({2, 2}), random_chunk<std::int32_t>({2, 2})).dtype ==
        DType::float64);
  CHECK_THROWS_AS(matmul(bools({1, 1}, {true}), bools({1, 1}, {true})), TypeError);
}

TEST_CASE("BLAS runs the code of this CPU's generation") {
  prepare_blas();
  const std::string core = blas_core_name();
  if (best_isa() >= Isa::avx2) CHECK(core != "Prescott");
}

}  // namespace
}  // namespace tartan::array::test
