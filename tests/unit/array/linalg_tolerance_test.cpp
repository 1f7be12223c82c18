#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Ints = std::vector<std::int64_t>;

namespace {

/// diag(4, 2, 1) three times.
Array three_matrices(const ChunkSpec& chunks) {
  const auto scales = where(eye(3, {.dtype = DType::boolean}), pow(2.0, 2 - arange(3)), 0.0);
  return broadcast_to(scales, {3, 3, 3}).rechunk(chunks);
}

}  // namespace

TEST_CASE("pinv and matrix_rank take a tolerance for each matrix") {
  Inline run;
  const auto rtol = make_chunk<double>({3}, std::vector<double>{0.1, 0.4, 0.75});
  const auto x = three_matrices({1, 2, 3});
  CHECK(values<std::int64_t>(linalg::matrix_rank(x, Array(rtol))) == Ints{3, 2, 1});
  const auto inverse = linalg::pinv(x, Array(rtol, {2}));
  CHECK(inverse.shape() == Shape{3, 3, 3});
  CHECK(values<double>(linalg::diagonal(inverse)) ==
        std::vector<double>{0.25, 0.5, 1, 0.25, 0.5, 0, 0.25, 0, 0});
  CHECK_THROWS_WITH(linalg::pinv(x, zeros({3}, {.dtype = DType::complex64})),
                    Contains("pinv") && Contains("complex64"));
}
