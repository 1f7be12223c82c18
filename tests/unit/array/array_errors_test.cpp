#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

TEST_CASE("shapes that do not broadcast are named") {
  CHECK_THROWS_WITH(zeros({3, 4}) + zeros({3}), Contains("(3, 4)") && Contains("(3,)"));
}

TEST_CASE("chunks that do not fit are refused with the axis and the remedy") {
  CHECK_THROWS_WITH(zeros({10}, {.chunks = {{3, 3}}}),
                    Contains("axis 0") && Contains("sum to 6") && Contains("length 10"));
  CHECK_THROWS_WITH(zeros({10}, {.chunks = {0}}), Contains("axis 0") && Contains("-1"));
  CHECK_THROWS_WITH(zeros({10}, {.chunks = {2, 2}}), Contains("2 axes") && Contains("has 1"));
  CHECK_THROWS_AS(zeros({10}, {.chunks = {{12, -2}}}), ValueError);
}

TEST_CASE("sizes that cannot be are refused") {
  CHECK_THROWS_WITH(zeros({3, -1}), Contains("(3, -1)") && Contains("negative"));
  CHECK_THROWS_AS(zeros({INT64_MAX, 2}), ValueError);
  CHECK_THROWS_AS(linspace(0, 1, -3), ValueError);
  CHECK_THROWS_AS(arange(0, 1, 0), ValueError);
}

TEST_CASE("axes out of range and named twice are refused with the range") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(sum(x, 2), Contains("sum") && Contains("axis 2") && Contains("-2 to 1"));
  CHECK_THROWS_WITH(sum(x, {0, -2}), Contains("twice"));
  CHECK_THROWS_AS(argmax(zeros({2, 2, 2}), {0, 1}), ValueError);
  CHECK_THROWS_AS(x.transpose({0, 0}), ValueError);
  CHECK_THROWS_AS(concatenate({x, x}, 2), ValueError);
  CHECK_THROWS_AS(squeeze(x, 0), ValueError);
}

TEST_CASE("matrices, repetitions and counts that cannot be are refused") {
  const auto vector = zeros({3});
  CHECK_THROWS_WITH(matrix_transpose(vector), Contains("(3,)") && Contains("two axes"));
  CHECK_THROWS_WITH(tril(vector), Contains("tril") && Contains("(3,)"));
  CHECK_THROWS_WITH(triu(vector), Contains("triu"));
  CHECK_THROWS_WITH(meshgrid({vector, zeros({2, 2})}), Contains("(2, 2)") && Contains("1-d"));
  CHECK_THROWS_WITH(tile(vector, {2, -1}), Contains("-1") && Contains("axis 1"));
  CHECK_THROWS_WITH(diff(vector, -2), Contains("-2"));
  CHECK_THROWS_WITH(roll(vector, 1, 1), Contains("roll") && Contains("axis 1"));
  CHECK_THROWS_WITH(broadcast_arrays({vector, zeros({2})}), Contains("(3,)") && Contains("(2,)"));
}

TEST_CASE("bad slices are refused when they are written") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(x[3], Contains("index 3") && Contains("axis 0") && Contains("length 3"));
  CHECK_THROWS_WITH(x.slice({0, 0, 0}), Contains("3 axes") && Contains("has 2"));
  CHECK_THROWS_AS(x.slice({ellipsis, ellipsis}), ValueError);
  CHECK_THROWS_AS(x.slice({{0, 2, 0}}), ValueError);
}

TEST_CASE("reshapes that lose or invent elements are refused") {
  CHECK_THROWS_WITH(zeros({3, 4}).reshape({5, 2}), Contains("12") && Contains("10"));
  CHECK_THROWS_AS(zeros({3, 4}).reshape({5, -1}), ValueError);
  CHECK_THROWS_AS(zeros({3, 4}).reshape({-1, -1}), ValueError);
  CHECK_THROWS_AS(zeros({0, 4}).reshape({0, -1}), ValueError);
}

TEST_CASE("pieces that do not fit together are refused") {
  CHECK_THROWS_WITH(concatenate({zeros({3, 4}), zeros({3, 5})}), Contains("axis 0"));
  CHECK_THROWS_AS(stack({zeros({3}), zeros({4})}), ValueError);
  CHECK_THROWS_AS(concatenate({}), ValueError);
  CHECK_THROWS_WITH(matmul(zeros({3, 4}), zeros({3, 4})), Contains("(3, 4)"));
}

TEST_CASE("compute asks for the array's own element type") {
  Inline run;
  const auto x = arange(3);
  CHECK_THROWS_WITH(x.compute<double>(), Contains("int64") && Contains("float64") &&
                                             Contains("astype"));
  CHECK(x.astype<double>().compute<double>()(2) == 2.0);
  CHECK_THROWS_WITH(x.item<int>(), Contains("(3,)"));
}
