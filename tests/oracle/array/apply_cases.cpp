// Cases of apply.hpp and construct.hpp.

#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

double spread(const xt::xtensor<double, 1>& row) {
  double low = row(0);
  double high = row(0);
  for (const auto value : row) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return high - low;
}
xt::xtensor<std::int64_t, 1> totals(const xt::xtensor<std::int64_t, 1>& row) {
  auto result = row;
  for (std::size_t i = 1; i < result.size(); ++i) result(i) += result(i - 1);
  return result;
}
xt::xtensor<std::int64_t, 1> ends(const xt::xtensor<std::int64_t, 1>& row) {
  return {row(0), row(row.size() - 1)};
}
double dot(const xt::xtensor<double, 1>& a, const xt::xtensor<double, 1>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a(i) * b(i);
  return sum;
}
xt::xtensor<double, 2> outer(const xt::xtensor<double, 1>& a, double b) {
  xt::xtensor<double, 2> result({2, a.size()});
  for (std::size_t i = 0; i < a.size(); ++i) {
    result(0, i) = a(i) + b;
    result(1, i) = a(i) - b;
  }
  return result;
}

std::tuple<std::int64_t, xt::xtensor<std::int64_t, 1>> sum_and_sums(
    const xt::xtensor<std::int64_t, 1>& row) {
  const auto sums = totals(row);
  return {sums(sums.size() - 1), sums};
}

/// Integers as float64, so that sums are exact in any order.
Term whole(Recorder& recorder, Random& random, const Shape& shape) {
  const auto x = recorder.input(random, shape, int64);
  return {x.array.astype(float64), fmt::format("({}).astype(float)", x.text)};
}

Term apply_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  const auto ndim = static_cast<std::int64_t>(shape.size());
  const auto axis = between(random, -ndim, ndim - 1);
  switch (random.below(7)) {
    case 5: {
      const auto x = recorder.input(random, shape, int64);
      const auto both = apply_gufunc<&sum_and_sums>("(i)->(),(i)", x.array);
      if (random.chance(0.5)) return {both[0], fmt::format("np.sum({}, -1)", x.text)};
      return {both[1] - expand_dims(both[0], -1),
              fmt::format("np.cumsum({0}, -1) - np.sum({0}, -1)[..., None]", x.text)};
    }
    case 0: {
      const auto x = whole(recorder, random, shape);
      return {apply_along_axis<&spread>(axis, x.array),
              fmt::format("np.ptp({}, {})", x.text, axis)};
    }
    case 1: {
      const auto x = recorder.input(random, shape, int64);
      return {apply_along_axis<&totals>(axis, x.array),
              fmt::format("np.cumsum({}, {})", x.text, axis)};
    }
    case 2: {
      const auto x = recorder.input(random, shape, int64);
      return {apply_along_axis<&ends>(axis, x.array, {.name = {}, .length = 2}),
              fmt::format("np.take({}, [0, -1], {})", x.text, axis)};
    }
    case 3: {
      const auto x = whole(recorder, random, shape);
      auto other = broadcastable(random, shape);
      other.resize(std::max<std::size_t>(other.size(), 1), 1);
      other.back() = shape.back();
      const auto y = whole(recorder, random, other);
      return {apply_gufunc<&dot>("(i),(i)->()", x.array, y.array),
              fmt::format("({} * {}).sum(-1)", x.text, y.text)};
    }
    case 4: {
      const auto x = whole(recorder, random, shape);
      const auto text = fmt::format("{}[..., None, :]", x.text);
      // The second one has no axes of its own: it broadcasts to what is left of the first.
      const auto loop = Shape(shape.begin(), shape.end() - 1);
      const auto z = whole(recorder, random, broadcastable(random, loop));
      return {
          apply_gufunc<&outer>({.name = {}, .output_sizes = {{"two", 2}}}, "(i),()->(two,i)",
                               x.array, z.array),
          fmt::format("{} + np.array([1., -1.])[:, None] * ({})[..., None, None]", text, z.text)};
    }
    default: {
      const auto x = recorder.input(random, shape, int64);
      const std::vector<std::int64_t> axes = {axis, 0};
      return {apply_over_axes(&sum, x.array, axes),
              fmt::format("np.apply_over_axes(np.sum, {}, {})", x.text, tuple_of(axes))};
    }
  }
}

xt::xarray<double> first_sum(const xt::xarray<double>& block,
                             const std::vector<std::int64_t>& axes) {
  xt::xarray<double> partial = block;
  for (const auto axis : axes) {
    const auto at = static_cast<std::size_t>(axis);
    xt::xarray<double> sum = xt::sum(partial, {at});
    std::vector<std::size_t> shape(partial.shape().begin(), partial.shape().end());
    shape[at] = 1;
    sum.reshape(shape);
    partial = sum;
  }
  return partial;
}
xt::xarray<double> merged_sum(const std::vector<xt::xarray<double>>& partials) {
  auto sum = partials.front();
  for (std::size_t i = 1; i < partials.size(); ++i) sum += partials[i];
  return sum;
}
xt::xarray<double> last_sum(const xt::xarray<double>& partial) { return partial * 2.0; }

Term reduction_case(Recorder& recorder, Random& random) {
  const auto x = whole(recorder, random, random_shape(random, 1, 3));
  const bool keepdims = random.chance(0.5);
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 0; axis < x.array.ndim(); ++axis) {
    if (random.chance(0.5)) axes.push_back(static_cast<std::int64_t>(axis));
  }
  const ReductionOptions options{.keepdims = keepdims};
  return {reduction<&first_sum, &merged_sum, &last_sum>(x.array, axes, options),
          fmt::format("2 * ({}).sum({}, keepdims={})", x.text, tuple_of(axes),
                      keepdims ? "True" : "False")};
}

double place(std::int64_t i, std::int64_t j) { return static_cast<double>(10 * i + j); }

Term construct_case(Recorder& recorder, Random& random) {
  const auto k = between(random, -4, 4);
  const auto count = between(random, 0, 20);
  switch (random.below(9)) {
    case 0: {
      const bool endpoint = random.chance(0.5);
      return {logspace(-1, 2.5, count, {.endpoint = endpoint, .base = 3, .chunks = {4}}),
              fmt::format("np.logspace(-1, 2.5, {}, endpoint={}, base=3)", count,
                          endpoint ? "True" : "False")};
    }
    case 1: {
      const bool endpoint = random.chance(0.5);
      const double sign = random.chance(0.5) ? 1 : -1;
      return {geomspace(sign * 2, sign * 90, count, {.endpoint = endpoint, .chunks = {4}}),
              fmt::format("np.geomspace({}, {}, {}, endpoint={})", sign * 2, sign * 90, count,
                          endpoint ? "True" : "False")};
    }
    case 2: {
      const auto shape = random_shape(random, 1, 3);
      return {indices(shape, random_chunks(random, shape)),
              fmt::format("np.indices({})", tuple_of(shape))};
    }
    case 3:
      return {tri(count, {.columns = 7, .k = k, .dtype = int32, .chunks = {5, 3}}),
              fmt::format("np.tri({}, 7, {}, dtype=np.int32)", count, k)};
    case 4: {
      const auto x = recorder.input(random, random_shape(random, 1, 2), pick(random, kNumeric));
      return {diag(x.array, k), fmt::format("np.diag({}, {})", x.text, k)};
    }
    case 5: {
      const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
      return {diagflat(x.array, k), fmt::format("np.diagflat({}, {})", x.text, k)};
    }
    case 6: {
      const auto x = recorder.input(random, random_shape(random, 1, 1),
                                    pick<DType>(random, {int32, int64, float32, float64}));
      const bool increasing = random.chance(0.5);
      const auto columns = random.chance(0.5) ? -1 : between(random, 0, 5);
      return {vander(x.array, {.columns = columns, .increasing = increasing}),
              fmt::format("np.vander({}, {}, {})", x.text,
                          columns < 0 ? "None" : std::to_string(columns),
                          increasing ? "True" : "False"),
              100};
    }
    case 7: {
      const auto x = recorder.input(random, random_shape(random, 1, 3), int64);
      const auto chunk = x.array.flatten().rechunk({-1}).compute_chunk();
      const auto view = chunk.view<std::int64_t>();
      return {asarray(std::vector<std::int64_t>(view.begin(), view.end()), {3}),
              fmt::format("np.asarray({}).ravel()", x.text)};
    }
    default:
      return {fromfunction<&place>({count, 7}, {4, 3}),
              fmt::format("np.fromfunction(lambda i, j: 10 * i + j, ({}, 7))", count)};
  }
}

}  // namespace

const std::vector<CaseKind>& apply_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"apply", apply_case}, {"user-reduction", reduction_case}, {"construct", construct_case}};
  return kinds;
}

}  // namespace tartan::oracle
