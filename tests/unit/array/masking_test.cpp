#include "array_support.hpp"

#include <array/expr/node.hpp>
#include <cmath>

using namespace tartan;
using namespace tartan::test;
using Catch::Contains;
using Ints = std::vector<std::int64_t>;

namespace {

/// Whether somebody had to compute the array for its lengths.
bool was_settled(const Array& x) { return x.lazy_node()->settled == nullptr; }

}  // namespace

TEST_CASE("what a mask chooses has a length nobody needs to ask for") {
  Inline run;
  const auto x = arange(100).rechunk({7});
  const auto odd = x[x % 2 == 1];
  CHECK(odd.to_string() == "Array(shape=(?,), dtype=int64, chunks=(15 chunks))");
  CHECK(sum(odd * odd).item<std::int64_t>() == 166650);
  CHECK(values<std::int64_t>(odd + 1).size() == 50);
  CHECK_FALSE(was_settled(odd));
  CHECK(odd.shape() == Shape{50});
  CHECK(was_settled(odd));
  CHECK(values<std::int64_t>(odd.slice({{0, 3}})) == Ints{1, 3, 5});
}

TEST_CASE("arrays chosen by one mask fit each other without asking for their length") {
  Inline run;
  const auto x = arange(20).rechunk({6});
  const auto y = x * 10;
  const auto mask = x > 12;
  const auto both = x[mask] + y[mask];
  CHECK_FALSE(was_settled(both));
  CHECK(values<std::int64_t>(both) == Ints{143, 154, 165, 176, 187, 198, 209});
  const auto other = x[x < 7];
  CHECK(values<std::int64_t>(x[mask] - other) == Ints(7, 13));
  CHECK_THROWS_WITH(x[mask] + x[x < 5], Contains("(7,)") && Contains("(5,)"));
}

TEST_CASE("blocks a mask leaves nothing of disappear with the length") {
  Inline run;
  const auto x = arange(40).rechunk({10});
  const auto ends = x[(x < 2) | (x > 37)];
  CHECK(ends.chunks() == Chunks{{2, 2}});
  CHECK(values<std::int64_t>(flip(ends, 0)) == Ints{39, 38, 1, 0});
  const auto none = x[x > 100];
  CHECK(none.shape() == Shape{0});
  CHECK(none.chunks() == Chunks{{0}});
  CHECK(sum(none).item<std::int64_t>() == 0);
  CHECK(std::isnan(mean(x[x > 100]).item<double>()));
}

TEST_CASE("the largest of nothing fails when it is computed") {
  Inline run;
  const auto x = arange(10).rechunk({4});
  CHECK(max(x[x < 3]).item<std::int64_t>() == 2);
  CHECK_THROWS_WITH(max(x[x > 10]).item<std::int64_t>(), Contains("max"));
  CHECK(argmax(x[x > 4]).item<std::int64_t>() == 4);
}

TEST_CASE("a persisted selection keeps fitting what the mask chose") {
  Inline run;
  const auto x = arange(20).rechunk({6});
  const auto mask = x % 3 == 0;
  const auto kept = x[mask].persist();
  const auto twice = kept + x[mask];
  CHECK_FALSE(was_settled(twice));
  CHECK(values<std::int64_t>(twice) == Ints{0, 6, 12, 18, 24, 30, 36});
  CHECK(kept.shape() == Shape{7});
  CHECK(kept.futures().size() == 4);
}

TEST_CASE("a part without columns keeps the rows a mask chose") {
  Inline run;
  const auto x = ones({4, 0});
  const auto mask = arange(4) > 1;
  CHECK(x[mask].shape() == Shape{2, 0});
  CHECK((x[mask] + 1).compute_chunk().shape == Shape{2, 0});
}

TEST_CASE("masks that do not fit are refused when they are written") {
  const auto x = ones({4, 3});
  CHECK_THROWS_WITH(x[arange(4)], Contains("int64") && Contains("take()"));
  CHECK_THROWS_WITH(x[ones({3}, {.dtype = DType::boolean})],
                    Contains("(3,)") && Contains("(4, 3)"));
  CHECK_THROWS_WITH(nonzero(ones({})), Contains("0-d"));
  CHECK_THROWS_WITH(compress(ones({4, 1}), x, 0), Contains("2 axes"));
  CHECK_THROWS_WITH(compress(ones({4}), x, 2), Contains("axis 2"));
}

TEST_CASE("a mask without elements selects nothing, whatever the lengths of the array") {
  Inline run;
  const auto x = counting({3, 2}, {2, 1});
  const auto nothing = [&](const Shape& mask) {
    return x[zeros(mask, {.dtype = DType::boolean})].shape();
  };
  CHECK(nothing({0}) == Shape{0, 2});
  CHECK(nothing({3, 0}) == Shape{0});
  CHECK(nothing({0, 2}) == Shape{0});
  CHECK_THROWS_AS(nothing({0, 1}), ValueError);
}

TEST_CASE("explain does not compute what a mask chooses") {
  const auto x = arange(1000).rechunk({100});
  const auto text = (x[x > 5] * 2).explain();
  CHECK_THAT(text, Contains("at most") && Contains("select"));
}
