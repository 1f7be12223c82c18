// Reductions with options (dtype, initial, where), weights, and those that pass over NaN.

#include <algorithm>
#include <cmath>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

struct AxesText {
  Axes axes;
  std::string text;
};
AxesText random_axes(Random& random, std::size_t ndim, bool one_axis) {
  if (ndim == 0 || random.chance(0.3)) return {{}, "None"};
  const auto count = static_cast<std::int64_t>(ndim);
  const auto first = between(random, -count, count - 1);
  if (one_axis || ndim == 1 || random.chance(0.5)) return {first, fmt::format("{}", first)};
  const auto second = (first + count + 1) % count;
  return {Axes({first, second}), fmt::format("({}, {})", first, second)};
}

/// Elements of which about a third is NaN, sometimes whole slices.
Term with_nan(Recorder& recorder, Random& random, const Shape& shape, DType dtype) {
  MutableChunk chunk(float64, shape);
  const double share = pick<double>(random, {0.05, 0.3, 0.8, 1.0});
  for (auto& value : chunk.view<double>()) {
    value = random.chance(share) ? NAN : 6 * random.uniform() - 3;
    if (random.chance(0.02)) value = INFINITY;
  }
  const auto x = recorder.input(random, std::move(chunk).freeze());
  return {x.array.astype(dtype), fmt::format("{}.astype('{}')", x.text, name(dtype))};
}

struct Reduction {
  const char* python;
  Array (*apply)(const Array&, const Axes&, const ReduceOptions&);
};
const char* python_bool(bool value) { return value ? "True" : "False"; }

Term nan_case(Recorder& recorder, Random& random) {
  static const std::vector<Reduction> kReductions = {
      {"np.nansum", nansum}, {"np.nanprod", nanprod}, {"np.nanmin", nanmin},
      {"np.nanmax", nanmax}, {"np.nanmean", nanmean}, {"np.ptp", ptp}};
  auto shape = random_shape(random, 0, 3);
  std::replace(shape.begin(), shape.end(), 0, 2);
  const auto& reduction = pick(random, kReductions);
  const bool floating = random.chance(0.8);
  const auto x = floating ? with_nan(recorder, random, shape, pick(random, kFloating))
                          : recorder.input(random, shape, pick(random, kNumeric));
  const auto axes = random_axes(random, shape.size(), false);
  const bool keep = random.chance(0.4);
  return {reduction.apply(x.array, axes.axes, {.keepdims = keep}),
          fmt::format("{}({}, axis={}, keepdims={})", reduction.python, x.text, axes.text,
                      python_bool(keep)),
          10};
}

Term nan_spread_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 0, 3);
  const std::vector<DType> dtypes = {float32, float64, int32};
  const auto dtype = pick(random, dtypes);
  const auto x = dtype == int32 ? recorder.input(random, shape, dtype)
                                : with_nan(recorder, random, shape, dtype);
  const auto axes = random_axes(random, shape.size(), false);
  const double ddof = static_cast<double>(random.below(3));
  const bool keep = random.chance(0.4);
  const bool root = random.chance(0.5);
  return {(root ? nanstd : nanvar)(x.array, axes.axes, {.ddof = ddof, .keepdims = keep}),
          fmt::format("np.{}({}, axis={}, ddof={}, keepdims={})", root ? "nanstd" : "nanvar",
                      x.text, axes.text, ddof, python_bool(keep)),
          50};
}

/// NumPy raises where there is only NaN; -1 is what tartan says.
Term nan_place_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  std::replace(shape.begin(), shape.end(), 0, 2);
  const auto x = with_nan(recorder, random, shape, pick(random, kFloating));
  const auto axes = random_axes(random, shape.size(), true);
  const bool least = random.chance(0.5);
  return {(least ? nanargmin : nanargmax)(x.array, axes.axes, {}),
          fmt::format("np.where(np.isnan({0}).all(axis={1}), -1, np.{2}(np.where(np.isnan({0}), "
                      "{3}np.inf, {0}), axis={1}))",
                      x.text, axes.text, least ? "argmin" : "argmax", least ? "" : "-")};
}

Term option_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto mask = recorder.input(random, broadcastable(random, x.array.shape()), boolean);
  const auto axes = random_axes(random, x.array.ndim(), false);
  const auto whole = between(random, 0, 5);
  const auto call = [&](const char* function, const std::string& options) {
    return fmt::format("np.{}({}, axis={}, {})", function, x.text, axes.text, options);
  };
  const auto with_mask = fmt::format("where={}", mask.text);
  const auto text_of = [&](const char* f) {
    return call(f, fmt::format("initial={}, {}", whole, with_mask));
  };
  const ReduceOptions both{.initial = whole, .where = mask.array};
  const ReduceOptions masked{.where = mask.array};
  switch (random.below(10)) {
    case 0:
      return {sum(x.array, axes.axes, both), text_of("sum")};
    case 1:
      return {prod(x.array, axes.axes, both), text_of("prod"), 10};
    case 2:
      return {min(x.array, axes.axes, both), text_of("min")};
    case 3:
      return {max(x.array, axes.axes, both), text_of("max")};
    case 4:
      return {mean(x.array, axes.axes, masked), call("mean", with_mask), 10};
    case 5:
      return {any(x.array, axes.axes, masked), call("any", with_mask)};
    case 6:
      return {all(x.array, axes.axes, masked), call("all", with_mask)};
    case 7:
      return {min(x.array, axes.axes, {.initial = whole}),
              call("min", fmt::format("initial={}", whole))};
    case 8: {
      const auto dtype = pick<DType>(random, {int64, float64, complex128});
      return {sum(x.array, axes.axes, {.dtype = dtype}),
              call("sum", fmt::format("dtype='{}'", name(dtype))), 10};
    }
    default:
      return {var(x.array, axes.axes, {.ddof = 1, .where = mask.array}),
              call("var", "ddof=1, " + with_mask), 50};
  }
}

/// NumPy refuses weights that sum to 0.
Term positive(const Term& x) { return {abs(x.array) + 1, fmt::format("(np.abs({}) + 1)", x.text)}; }

Term average_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  std::replace(shape.begin(), shape.end(), 0, 2);
  const auto x = recorder.input(random, shape, pick(random, kNumeric));
  if (random.chance(0.2)) {
    const auto z = recorder.input(random, shape, complex128);
    const auto axes = random_axes(random, shape.size(), false);
    return {stddev(z.array, axes.axes), fmt::format("np.std({}, axis={})", z.text, axes.text), 10};
  }
  if (random.chance(0.5)) {
    const auto axes = random_axes(random, shape.size(), false);
    const auto weights = positive(recorder.input(random, shape, float64));
    return {average(x.array, {.axes = axes.axes, .weights = weights.array}),
            fmt::format("np.average({}, axis={}, weights={})", x.text, axes.text, weights.text),
            1e4};
  }
  const auto axis = between(random, 0, static_cast<std::int64_t>(shape.size()) - 1);
  const auto weights =
      positive(recorder.input(random, {shape[static_cast<std::size_t>(axis)]}, float64));
  return {average(x.array, {.axes = axis, .weights = weights.array}),
          fmt::format("np.average({}, axis={}, weights={})", x.text, axis, weights.text), 1e4};
}

}  // namespace

const std::vector<CaseKind>& nan_kinds() {
  static const std::vector<CaseKind> kinds = {{"nan reduce", nan_case},
                                              {"nan spread", nan_spread_case},
                                              {"nan place", nan_place_case},
                                              {"reduce options", option_case},
                                              {"average", average_case}};
  return kinds;
}

}  // namespace tartan::oracle
