#include <algorithm>
#include <array/expr/plan.hpp>
#include <array/kernels/isa.hpp>
#include <array/kernels/tile.hpp>
#include <array/kernels/turned.hpp>
#include <array/kernels/view.hpp>
#include <numeric>
#include <sstream>
#include <tests/unit/array/array_support.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::test {
namespace {

using array::AxisRange;
using array::View;

/// Tasks of a group, as explain() counts them.
std::size_t tasks(const Array& x, const std::string& group) {
  std::istringstream lines(x.explain());
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::size_t count = 0;
    if (words >> name >> count && name == group) return count;
  }
  return 0;
}

std::vector<std::vector<int>> permutations(std::size_t ndim) {
  std::vector<int> axes(ndim);
  std::iota(axes.begin(), axes.end(), 0);
  std::vector<std::vector<int>> all;
  do {
    all.push_back(axes);
  } while (std::next_permutation(axes.begin(), axes.end()));
  return all;
}

Array stored(const Shape& shape, const ChunkSpec& chunks) {
  return counting(shape, chunks).persist();
}

}  // namespace

TEST_CASE("a program over a turned view gives what it gives over the turned chunk") {
  for (const auto dtype :
       {DType::boolean, DType::int16, DType::float32, DType::float64, DType::complex128}) {
    for (const Shape& shape : {Shape{70, 130}, Shape{3, 5000}, Shape{5000, 3}, Shape{1, 400, 1},
                               Shape{11, 40, 23}, Shape{300, 600}}) {
      const auto chunk = array::astype(array::test::random_chunk<double>(shape, 1), dtype);
      std::vector<AxisRange> ranges;
      for (auto length : shape) ranges.push_back({0, length, 1});
      for (const auto& axes : permutations(shape.size())) {
        const View view(chunk, ranges, axes);
        const auto dense = array::transpose(chunk, axes);
        array::ProgramBuilder builder;
        const auto in = builder.input(dtype);
        const auto program = builder.finish(builder.apply(array::Operation::add, {in, in}));
        const auto sum = builder.finish(builder.cast(in, DType::complex128));
        for (const array::Program& code : {program, sum}) {
          const auto got = array::run(code, std::vector<View>{view}, dense.shape);
          const auto want = array::run(code, std::vector<Chunk>{dense}, dense.shape);
          REQUIRE(got.data.text() == want.data.text());
        }
      }
    }
  }
}

TEST_CASE(
    "every tile of a turned source is that of the copy, in whatever order they are asked for") {
  const Shape shape{37, 190, 41};
  const auto chunk = array::test::random_chunk<double>(shape, 3);
  const std::vector<AxisRange> ranges{{36, 37, -1}, {1, 63, 3}, {0, 41, 1}};
  for (const auto& axes : permutations(3)) {
    const View view(chunk, ranges, axes);
    const auto dense = view.dense();
    array::TurnedSource turned(view.data(), sizeof(double), view.shape, view.strides);
    const auto* want = dense.view<double>().data();
    for (const std::int64_t start : {0, 5000, 1, 90'000, 95'000, 20'480, 40'000}) {
      const auto n = std::min<std::int64_t>(array::kTileElements, dense.size() - start);
      const auto* got = turned.get(start, static_cast<std::size_t>(n));
      REQUIRE(std::memcmp(got, want + start, static_cast<std::size_t>(n) * sizeof(double)) == 0);
    }
  }
}

TEST_CASE("views refuse ranges that leave the chunk and axes that are none of its own") {
  const auto chunk = array::test::random_chunk<double>({3, 4}, 1);
  const auto view = [&](std::vector<AxisRange> ranges, std::vector<int> axes) {
    return View(chunk, ranges, axes).shape;
  };
  CHECK(view({{2, 3, -1}, {0, 2, 2}}, {1, -1, 0}) == Shape{2, 1, 3});
  CHECK(view({{2, 1, 1}, {0, 4, 1}}, {1}) == Shape{4});
  CHECK_THROWS_AS(view({{0, 4, 1}, {0, 4, 1}}, {0, 1}), ValueError);
  CHECK_THROWS_AS(view({{0, 3, 1}}, {0}), ValueError);
  CHECK_THROWS_AS(view({{0, 3, 1}, {0, 4, 1}}, {0, 0}), ValueError);
  CHECK_THROWS_AS(view({{0, 3, 1}, {0, 4, 1}}, {0, 2}), ValueError);
  CHECK_THROWS_AS(view({{0, 3, 1}, {0, 4, 1}}, {1}), ValueError);
}

TEST_CASE("elementwise steps and reductions read transposes in place") {
  Inline run;
  const auto x = stored({60, 60}, {20, 20});
  CHECK(tasks(sum(x + x.T()), "transpose") == 0);
  CHECK(tasks(sum(x + x.T()), "total") == 10);
  CHECK(sum(x + x.T()).item<double>() == 3600.0 * 3599);
  const auto turned = x.T().persist();
  CHECK(values<double>(x - x.T()) == values<double>(x - turned));
  CHECK(values<double>(max(x * x.T(), 0)) == values<double>(max(x * turned, 0)));
  CHECK(values<double>(sum(x - 2 * x.T(), 1)) == values<double>(sum(x - 2 * turned, 1)));
  const auto cube = stored({8, 9, 10}, {{3, 5}, {4, 4, 1}, {10}});
  for (const auto& axes : permutations(3)) {
    const std::vector<std::int64_t> order(axes.begin(), axes.end());
    const auto whole = cube.transpose(order).persist();
    const auto there = cube.transpose(order) * 2 + 1;
    CHECK(tasks(there, "transpose") == 0);
    CHECK(values<double>(there) == values<double>(whole * 2 + 1));
    CHECK(values<double>(there[2]) == values<double>(whole[2] * 2 + 1));
  }
}

TEST_CASE("a transpose that many steps read is turned once") {
  Inline run;
  const auto x = stored({40, 40}, {20, 20});
  const auto read_by = [&](std::size_t readers) {
    std::vector<Array> all;
    for (std::size_t i = 0; i < readers; ++i) {
      all.push_back(sum(x.T() * (2.0 + static_cast<double>(i)) + x));
    }
    return explain(all).find("transpose") != std::string::npos;
  };
  CHECK_FALSE(read_by(array::kMostTurns));
  CHECK(read_by(array::kMostTurns + 1));
}

TEST_CASE("what is read straight and turned is computed once") {
  Inline run;
  const auto x = stored({40, 40}, {20, 20});
  const auto y = x * 3 + 1;
  const auto both = sum(y - y.T());
  CHECK(tasks(both, "multiply-add") == 4);
  CHECK(tasks(both, "transpose") == 0);
  CHECK(both.item<double>() == 0);
  // Nobody else needs this one, so its operands are read turned.
  CHECK(tasks((x * 3 + 1).T(), "total") == 4);
  CHECK(values<double>((x * 3 + 1).T()) == values<double>(y.persist().T()));
}

TEST_CASE("reductions of transposes reduce what was turned") {
  Inline run;
  const auto x = stored({6, 50, 40}, {{4, 2}, 20, 40});
  const auto t = x.transpose({2, 0, 1});
  const auto turned = t.persist();
  for (const auto& [got, want] : std::vector<std::pair<Array, Array>>{
           {sum(t, 0), sum(turned, 0)},
           {max(t, {1}, {.keepdims = true}), max(turned, {1}, {.keepdims = true})},
           {argmax(t, 2), argmax(turned, 2)},
           {argmin(-t), argmin(-turned)},
           {mean(t, {{0, 2}}), mean(turned, {{0, 2}})}}) {
    CHECK(got.shape() == want.shape());
    CHECK(got.chunks() == want.chunks());
    CHECK(got.compute_chunk().data.text() == want.compute_chunk().data.text());
  }
  CHECK(tasks(sum(t, 0), "transpose") == 0);
}

TEST_CASE("slices are read in place when they take most of their blocks, and cut first otherwise") {
  Inline run;
  const auto x = stored({40, 300}, {20, 100});
  const auto most = x.slice({{2, 39}, {10, 290}});
  CHECK(tasks(sum(most * 2), "slice") == 0);
  CHECK(sum(most * 2).item<double>() == sum(most.persist() * 2).item<double>());
  const auto few = x.slice({{2, 39}, {10, 290, 3}});
  CHECK(tasks(sum(few * 2), "slice") == 6);
  CHECK(sum(few * 2).item<double>() == sum(few.persist() * 2).item<double>());
  const auto flipped = x.slice({{{}, {}, -1}, {{}, {}, -1}});
  CHECK(tasks(flipped + 1, "slice") == 0);
  CHECK(values<double>(flipped + 1) == values<double>(flipped.persist() + 1));
  const auto both = x.slice({{5, 40}, {0, 290}}).T();
  CHECK(tasks(sum(both, 0), "total") == tasks(sum(both.persist(), 0), "total"));
  CHECK(values<double>(both + 1) == values<double>(both.persist() + 1));
  CHECK(values<double>(x.slice({3, newaxis, {0, 200}}) + 1) ==
        values<double>(x.slice({3, newaxis, {0, 200}}).persist() + 1));
}

TEST_CASE("a product with its own transpose is half computed, half mirrored, and symmetric") {
  Inline run;
  for (const auto dtype : {DType::float32, DType::float64, DType::complex128}) {
    const auto x =
        random::normal({300, 210}, {.chunks = {100, 50}, .seed = 1}).astype(dtype).persist();
    const auto turned = x.T().persist();
    const auto rows = matmul(x, x.T());
    const auto columns = matmul(x.T(), x);
    CHECK(tasks(rows, "matmul") == 6);
    CHECK(tasks(rows, "matmul-mirror") == 3);
    CHECK(tasks(columns, "matmul") == 15);
    CHECK(tasks(columns, "matmul-mirror") == 10);
    CHECK(tasks(columns, "transpose") == 0);
    CHECK(all(columns == columns.T()).item<bool>());
    CHECK(all(rows == rows.T()).item<bool>());
    const auto near = [&](const Array& got, const Array& want) {
      return max(abs(got - want)).item<double>() < (dtype == DType::float32 ? 1e-3 : 1e-11);
    };
    CHECK(near(rows, matmul(x, turned)));
    CHECK(near(columns, matmul(turned, x)));
  }
}

TEST_CASE("products read turned matrices in place, integers excepted") {
  Inline run;
  const auto x = stored({80, 30}, {40, 10});
  const auto y = stored({80, 20}, {40, 20});
  CHECK(tasks(matmul(x.T(), y), "transpose") == 0);
  CHECK(values<double>(matmul(x.T(), y)) == values<double>(matmul(x.T().persist(), y)));
  CHECK(values<double>(matmul(y.T(), x).T()) == values<double>(matmul(x.T(), y)));
  const auto stack = stored({2, 30, 80}, {1, 10, 40}).transpose({0, 2, 1});
  CHECK(tasks(matmul(stack, x.T()), "transpose") == 0);
  CHECK(values<double>(matmul(stack, x.T())) ==
        values<double>(matmul(stack.persist(), x.T().persist())));
  const auto whole = x.astype(DType::int64).persist();
  CHECK(tasks(matmul(whole.T(), whole), "transpose") == 6);
  CHECK(values<double>(matmul(whole.T(), whole).astype(DType::float64)) ==
        values<double>(matmul(x.T(), x)));
}

TEST_CASE("a product that one step reads is multiplied in its tasks, and no block of it is kept") {
  Inline run;
  const auto x = stored({60, 40}, {20, 10});
  const auto w = stored({40, 30}, {10, 15});
  const auto b = stored({30}, {15});
  const auto kept = matmul(x, w).persist();
  const auto layer = maximum(matmul(x, w) * 1e-3 + b, 700.0);
  CHECK(tasks(layer, "total") == 6);
  CHECK(values<double>(layer) == values<double>(maximum(kept * 1e-3 + b, 700.0)));
  CHECK(tasks(sum(matmul(x, w)), "matmul") == 0);
  CHECK(sum(matmul(x, w)).item<double>() == sum(kept).item<double>());
  CHECK(values<double>(max(matmul(x, w) + b, 0)) == values<double>(max(kept + b, 0)));
  // Both steps need it; the two products are too much for one task.
  CHECK(explain({matmul(x, w) + b, sum(matmul(x, w))}).find("\nmatmul ") != std::string::npos);
  CHECK(tasks(matmul(x, w) + matmul(x, w + 1.0), "matmul") == 6);
  const auto long_x = stored({20, 100}, {20, 10});
  CHECK(tasks(matmul(long_x, long_x.T() * 2) + 1.0, "matmul-partial") == 2);
  // Elementwise operands are steps of their own, even where the chunks of all are alike.
  const auto square = stored({20, 20}, {20, 20});
  const auto root = sqrt(square);
  CHECK(values<double>(matmul(root, root) + root) ==
        values<double>(matmul(root.persist(), root.persist()) + root.persist()));
  CHECK(values<double>(matmul(root.T(), square) + root.T()) ==
        values<double>(matmul(root.T().persist(), square).persist() + root.T().persist()));
}

}  // namespace tartan::test
