#include <numeric>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;
using Matrix = xt::xtensor<double, 2>;

namespace {

/// How many blocks came, as a block of the two arrays' places.
Matrix count_blocks(const std::vector<Matrix>& a, const Matrix& b) {
  Matrix out = xt::zeros<double>({a[0].shape(0), b.shape(1)});
  for (auto& value : out) value = static_cast<double>(100 * a.size() + b.shape(0));
  return out;
}
Matrix same_matrix(const Matrix& a) { return a; }
Matrix twice_as_long(const Matrix& a) {
  Matrix out = xt::zeros<double>({2 * a.shape(0), a.shape(1)});
  for (std::size_t i = 0; i < out.shape(0); ++i) {
    for (std::size_t j = 0; j < out.shape(1); ++j) out(i, j) = a(i / 2, j);
  }
  return out;
}
Chunk untyped(const Chunk& a, std::int64_t, const std::string&) { return a; }
Matrix refuses_block(const Matrix&) { throw std::runtime_error("this block is not needed"); }

}  // namespace

TEST_CASE(
    "contracted letters come as a list of blocks or as one whole block, as the function likes") {
  Inline run;
  const auto a = counting({4, 6}, {2, 2});
  const auto b = counting({6, 4}, {2, 2});
  const auto c = blockwise<&count_blocks>("ik", a, "ij", b, "jk");
  CHECK(c.chunks() == Chunks{{2, 2}, {2, 2}});
  CHECK(values<double>(c) == Doubles(16, 306));
}

TEST_CASE("a block of the result reads the blocks with its letters only") {
  Inline run;
  const auto x = concatenate({counting({2, 4}, {2, 4}), map_blocks<&refuses_block>(zeros({2, 4}))});
  const auto turned = blockwise<&same_matrix>("ij", x, "ij");
  CHECK(values<double>(turned.slice({1})) == Doubles{4, 5, 6, 7});
  CHECK_THROWS(turned.compute_chunk());
  CHECK(blockwise<&refuses_block>("ij", counting({40, 4}, {7, 2}), "ij").shape() == Shape{40, 4});
}

TEST_CASE("a function that changes the lengths says so, and another length fails its task") {
  Inline run;
  const auto x = counting({3, 2}, {2, 2});
  const BlockwiseOptions longer{
      .name = "longer", .dtype = {}, .new_axes = {}, .adjust_chunks = {{'i', {4, 2}}}};
  const auto y = blockwise<&twice_as_long>(longer, "ij", x, "ij");
  CHECK(y.shape() == Shape{6, 2});
  CHECK(values<double>(y) == Doubles{0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5});
  CHECK_THAT(y.explain(), Contains("longer"));
  CHECK_THROWS_WITH(blockwise<&twice_as_long>("ij", x, "ij").compute_chunk(),
                    Contains("blockwise") && Contains("(4, 2)") && Contains("(2, 2)"));
}

TEST_CASE("blockwise calls that differ in a value or in letters are different arrays") {
  const auto x = counting({4, 4}, {2, 2});
  const BlockwiseOptions options{
      .name = {}, .dtype = DType::float64, .new_axes = {}, .adjust_chunks = {}};
  const auto call = [&](const char* letters, std::int64_t number, const std::string& text) {
    return blockwise<&untyped>(options, "ij", x, letters, number, text).key();
  };
  CHECK(call("ij", 1, "a") == call("ij", 1, "a"));
  CHECK(call("ij", 1, "a") != call("ij", 2, "a"));
  CHECK(call("ij", 1, "a") != call("ij", 1, "b"));
  CHECK(call("ij", 1, "a") != call("ji", 1, "a"));
}

TEST_CASE("letters that do not fit are refused when blockwise is written") {
  const auto x = zeros({4, 6});
  CHECK_THROWS_WITH(blockwise<&same_matrix>("ij", x, "i"), Contains("\"i\"") && Contains("(4, 6)"));
  CHECK_THROWS_WITH(blockwise<&same_matrix>("ij", x, "ii"), Contains("i twice"));
  CHECK_THROWS_WITH(blockwise<&same_matrix>("ij", x, "i1"), Contains("no letters"));
  CHECK_THROWS_WITH(blockwise<&same_matrix>("ijk", x, "ij"),
                    Contains("'k'") && Contains("new_axes"));
  CHECK_THROWS_WITH(blockwise<&same_matrix>("ij", zeros({4}), "i"),
                    Contains("1 axes") && Contains("2"));
  CHECK_THROWS_WITH(blockwise<&same_matrix>("ij", x > 0, "ij"),
                    Contains("bool") && Contains("astype"));
  CHECK_THROWS_WITH(blockwise<&count_blocks>("ik", x, "ij", zeros({5, 2}), "jk"),
                    Contains("(4, 6)") && Contains("(5, 2)"));
  CHECK_THROWS_WITH(blockwise<&untyped>("ij", x, "ij", 1, "a"), Contains("dtype"));
  const auto with = [&x](BlockwiseOptions options) {
    return blockwise<&same_matrix>(options, "ij", x, "ij");
  };
  CHECK_THROWS_WITH(with({.new_axes = {{'j', {6}}}}), Contains("take it out of new_axes"));
  CHECK_THROWS_WITH(with({.new_axes = {{'z', {6}}}}), Contains("'z'") && Contains("\"ij\""));
  CHECK_THROWS_WITH(with({.adjust_chunks = {{'j', {1, 2}}}}), Contains("2 chunk sizes"));
  CHECK_THROWS_WITH(with({.adjust_chunks = {{'j', {-1}}}}), Contains("negative"));
}
