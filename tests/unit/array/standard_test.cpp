#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Ints = std::vector<std::int64_t>;

TEST_CASE("every element is repeated as often as its own count says") {
  Inline run;
  const auto x = counting({2, 3}, {1, 2}, DType::int64);
  CHECK(values<std::int64_t>(repeat(x, Ints{2, 0, 1}, 1)) == Ints{0, 0, 2, 3, 3, 5});
  CHECK(values<std::int64_t>(repeat(x, Ints{0, 2}, -2)) == Ints{3, 4, 5, 3, 4, 5});
  CHECK(values<std::int64_t>(repeat(x, Ints{1, 0, 0, 0, 0, 2})) == Ints{0, 5, 5});
  CHECK(values<std::int64_t>(repeat(x, Ints{2}, 0)) == values<std::int64_t>(repeat(x, 2, 0)));
  const auto counts = remainder(arange(3), 2);
  CHECK(values<std::int64_t>(repeat(x, counts, 1)) == Ints{1, 4});
}

TEST_CASE("counts that cannot be are refused") {
  const auto x = zeros({2, 3});
  CHECK_THROWS_WITH(repeat(x, Ints{1, 2}, 1), Contains("2 counts") && Contains("length 3"));
  CHECK_THROWS_WITH(repeat(x, Ints{1, -2, 0}, 1), Contains("element 1") && Contains("-2"));
  CHECK_THROWS_WITH(repeat(x, ones({3}), 1), Contains("float64"));
  CHECK_THROWS_WITH(repeat(x, zeros({1, 3}, {.dtype = DType::int64}), 1), Contains("(1, 3)"));
}

TEST_CASE("indices of triangles are those of matrices only") {
  CHECK_THROWS_WITH(tril_indices_from(zeros({3})), Contains("tril") && Contains("(3,)"));
  CHECK_THROWS_WITH(triu_indices_from(zeros({2, 2, 2})), Contains("triu") && Contains("(2, 2, 2)"));
}
