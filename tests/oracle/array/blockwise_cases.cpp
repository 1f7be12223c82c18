// Cases of blockwise.hpp, as sums of products.

#include "cases.hpp"

namespace tartan::oracle {
namespace {

using Matrix = xt::xtensor<double, 2>;

Matrix product_of_lists(const std::vector<Matrix>& a, const std::vector<Matrix>& b) {
  Matrix sum = xt::zeros<double>({a[0].shape(0), b[0].shape(1)});
  for (std::size_t n = 0; n < a.size(); ++n) {
    for (std::size_t i = 0; i < sum.shape(0); ++i) {
      for (std::size_t k = 0; k < sum.shape(1); ++k) {
        for (std::size_t j = 0; j < a[n].shape(1); ++j) sum(i, k) += a[n](i, j) * b[n](j, k);
      }
    }
  }
  return sum;
}
Matrix product_of_wholes(const Matrix& a, const Matrix& b) { return product_of_lists({a}, {b}); }
Matrix turned(const Matrix& a, double factor) {
  Matrix out = xt::zeros<double>({a.shape(1), a.shape(0)});
  for (std::size_t i = 0; i < a.shape(0); ++i) {
    for (std::size_t j = 0; j < a.shape(1); ++j) out(j, i) = factor * a(i, j);
  }
  return out;
}
xt::xtensor<double, 3> outer(const Matrix& a, const xt::xtensor<double, 1>& b) {
  xt::xtensor<double, 3> out = xt::zeros<double>({a.shape(0), a.shape(1), b.shape(0)});
  for (std::size_t i = 0; i < a.shape(0); ++i) {
    for (std::size_t j = 0; j < a.shape(1); ++j) {
      for (std::size_t k = 0; k < b.shape(0); ++k) out(i, j, k) = a(i, j) * b(k);
    }
  }
  return out;
}
/// Every element twice, along a new axis.
xt::xtensor<double, 2> doubled(const xt::xtensor<double, 1>& a) {
  xt::xtensor<double, 2> out = xt::zeros<double>({a.shape(0), std::size_t{2}});
  for (std::size_t i = 0; i < a.shape(0); ++i) out(i, 0) = out(i, 1) = a(i);
  return out;
}

Term blockwise_case(Recorder& recorder, Random& random) {
  const auto length = [&random] { return between(random, 1, 9); };
  const auto i = length();
  const auto j = length();
  const auto k = length();
  const auto a = recorder.input(random, {i, j}, float64);
  switch (random.below(5)) {
    case 0: {
      const auto b = recorder.input(random, {j, k}, float64);
      return {blockwise<&product_of_lists>("ik", a.array, "ij", b.array, "jk"),
              fmt::format("{} @ {}", a.text, b.text)};
    }
    case 1: {
      const auto b = recorder.input(random, {j, k}, float64);
      return {blockwise<&product_of_wholes>("ik", a.array, "ij", b.array, "jk"),
              fmt::format("{} @ {}", a.text, b.text)};
    }
    case 2:
      return {blockwise<&turned>("ji", a.array, "ij", 3), fmt::format("3 * {}.T", a.text)};
    case 3: {
      const auto b = recorder.input(random, {k}, float64);
      return {blockwise<&outer>("ijk", a.array, "ij", b.array, "k"),
              fmt::format("np.multiply.outer({}, {})", a.text, b.text)};
    }
    default: {
      const auto b = recorder.input(random, {k}, float64);
      return {blockwise<&doubled>(
                  BlockwiseOptions{
                      .name = {}, .dtype = {}, .new_axes = {{'z', {2}}}, .adjust_chunks = {}},
                  "kz", b.array, "k"),
              fmt::format("np.stack([{0}, {0}], axis=1)", b.text)};
    }
  }
}

Term count_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 1);
  std::vector<std::int64_t> list;
  for (auto left = shape[0]; left > 0; --left) list.push_back(between(random, 0, 12));
  auto x = recorder.input(random, make_chunk<std::int64_t>(shape, list));
  x.array = x.array.astype(pick(random, std::vector<DType>{int64, uint8, int16}));
  if (random.chance(0.5)) {
    const auto weights = recorder.input(random, shape, float64);
    return {bincount(x.array, {.weights = weights.array}),
            fmt::format("np.asarray(np.bincount({}, {}), dtype=np.float64)", x.text, weights.text)};
  }
  return {bincount(x.array), fmt::format("np.bincount({})", x.text)};
}

}  // namespace

const std::vector<CaseKind>& blockwise_kinds() {
  static const std::vector<CaseKind> kinds = {{"blockwise", blockwise_case},
                                              {"bincount-all", count_case}};
  return kinds;
}

}  // namespace tartan::oracle
