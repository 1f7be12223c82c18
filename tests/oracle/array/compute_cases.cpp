// Cases that compute elements: elementwise operations, reductions and both together.

#include "cases.hpp"

#include <algorithm>

namespace tartan::oracle {

std::int64_t between(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

Shape random_shape(Random& random, std::size_t least, std::size_t most) {
  Shape shape(static_cast<std::size_t>(between(random, static_cast<std::int64_t>(least),
                                               static_cast<std::int64_t>(most))));
  for (auto& length : shape) length = random.chance(0.03) ? 0 : between(random, 1, 9);
  return shape;
}

Shape broadcastable(Random& random, Shape shape) {
  for (auto& length : shape) {
    if (random.chance(0.3)) length = 1;
  }
  const auto drop = random.chance(0.4) ? random.below(shape.size() + 1) : 0;
  shape.erase(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(drop));
  return shape;
}

std::string tuple_of(const std::vector<std::int64_t>& list) {
  std::string text = "(";
  for (auto value : list) text += fmt::format("{},", value);
  return text + ")";
}

Term apply(const Binary& function, const Term& x, const Term& y) {
  return {function.apply(x.array, y.array),
          fmt::format("{}({}, {})", function.python, x.text, y.text)};
}

namespace {

struct Unary {
  const char* python;
  Array (*apply)(const Array&);
};
const std::vector<Unary> kAnyFloat = {
    {"np.sqrt", sqrt},   {"np.exp", exp},     {"np.expm1", expm1}, {"np.log", log},
    {"np.log1p", log1p}, {"np.log2", log2},   {"np.log10", log10}, {"np.sin", sin},
    {"np.cos", cos},     {"np.tan", tan},     {"np.arcsin", asin}, {"np.arccos", acos},
    {"np.arctan", atan}, {"np.sinh", sinh},   {"np.cosh", cosh},   {"np.tanh", tanh},
    {"np.arcsinh", asinh}, {"np.arccosh", acosh}, {"np.arctanh", atanh}};
const std::vector<Unary> kFloatOnly = {{"np.isnan", isnan},   {"np.isinf", isinf},
                                       {"np.isfinite", isfinite}, {"np.signbit", signbit},
                                       {"np.floor", floor},   {"np.ceil", ceil},
                                       {"np.trunc", trunc},   {"np.rint", round},
                                       {"np.reciprocal", reciprocal}};
const std::vector<Unary> kAnyNumber = {{"np.abs", abs},
                                       {"np.sign", sign},
                                       {"np.square", square},
                                       {"np.negative", [](const Array& x) { return -x; }},
                                       {"np.logical_not", logical_not}};

Term apply(const Unary& function, const Term& x) {
  return {function.apply(x.array), fmt::format("{}({})", function.python, x.text)};
}

Term unary_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  if (random.chance(0.5)) {
    return apply(pick(random, kAnyFloat), recorder.input(random, shape, pick(random, kAnalytic)));
  }
  if (random.chance(0.5)) {
    return apply(pick(random, kFloatOnly), recorder.input(random, shape, pick(random, kFloating)));
  }
  return apply(pick(random, kAnyNumber), recorder.input(random, shape, pick(random, kNumeric)));
}

const std::vector<Binary> kArithmetic = {
    {"np.add", add},           {"np.subtract", subtract}, {"np.multiply", multiply},
    {"np.true_divide", divide}, {"np.floor_divide", floor_divide}, {"np.remainder", remainder},
    {"np.maximum", maximum},   {"np.minimum", minimum}};
const std::vector<Binary> kOfFloats = {{"np.arctan2", atan2},
                                       {"np.hypot", hypot},
                                       {"np.logaddexp", logaddexp},
                                       {"np.copysign", copysign},
                                       {"np.power", pow}};
const std::vector<Binary> kComparisons = {
    {"np.equal", equal},
    {"np.not_equal", not_equal},
    {"np.less", less},
    {"np.less_equal", less_equal},
    {"np.greater", greater},
    {"np.logical_and", logical_and},
    {"np.logical_or", logical_or},
    {"np.logical_xor", logical_xor}};

Term binary_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 3);
  const bool swap = random.chance(0.5);
  const auto first = swap ? broadcastable(random, shape) : shape;
  const auto second = swap ? shape : broadcastable(random, shape);
  if (random.chance(0.25)) {
    const auto dtype = pick(random, kFloating);
    const auto x = recorder.input(random, first, dtype);
    return apply(pick(random, kOfFloats), x, recorder.input(random, second, dtype));
  }
  const auto x = recorder.input(random, first, pick(random, kNumeric));
  const auto y = recorder.input(random, second, pick(random, kNumeric));
  return apply(pick(random, random.chance(0.5) ? kArithmetic : kComparisons), x, y);
}

Term scalar_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 0, 3), pick(random, kNumeric));
  const auto& a = x.array;
  const auto whole = between(random, 1, 9);
  const auto half = static_cast<double>(whole) + 0.5;
  switch (random.below(8)) {
    case 0: return {a + whole, fmt::format("{} + {}", x.text, whole)};
    case 1: return {half * a, fmt::format("{} * {}", half, x.text)};
    case 2: return {a / whole, fmt::format("{} / {}", x.text, whole)};
    case 3: return {a % whole, fmt::format("{} % {}", x.text, whole)};
    case 4: return {a > half, fmt::format("{} > {}", x.text, half)};
    case 5: return {pow(a, 2), fmt::format("{} ** 2", x.text)};
    case 6: return {pow(a, 3), fmt::format("{} ** 3", x.text)};
    default: return {half - a, fmt::format("{} - {}", half, x.text)};
  }
}

Term choice_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 3);
  const auto x = recorder.input(random, shape, pick(random, kNumeric));
  if (random.chance(0.3)) {
    return {clip(x.array, 1, 4), fmt::format("np.clip({}, 1, 4)", x.text)};
  }
  const auto test = recorder.input(random, broadcastable(random, shape), boolean);
  if (random.chance(0.3)) {
    return {where(test.array, x.array, 0), fmt::format("np.where({}, {}, {}.dtype.type(0))",
                                                       test.text, x.text, x.text)};
  }
  const auto y = recorder.input(random, broadcastable(random, shape), pick(random, kNumeric));
  return {where(test.array, x.array, y.array),
          fmt::format("np.where({}, {}, {})", test.text, x.text, y.text)};
}

Term bits_case(Recorder& recorder, Random& random) {
  const std::vector<DType> kinds = {boolean, int8, int32, uint8, int64};
  const auto shape = random_shape(random, 1, 3);
  const auto x = recorder.input(random, shape, pick(random, kinds));
  const auto y = recorder.input(random, broadcastable(random, shape), pick(random, kinds));
  switch (random.below(4)) {
    case 0: return {x.array & y.array, fmt::format("{} & {}", x.text, y.text)};
    case 1: return {x.array | y.array, fmt::format("{} | {}", x.text, y.text)};
    case 2: return {x.array ^ y.array, fmt::format("{} ^ {}", x.text, y.text)};
    default: return {~x.array, fmt::format("~{}", x.text)};
  }
}

struct Reduction {
  const char* python;
  Array (*apply)(const Array&, const Axes&, const ReduceOptions&);
  bool needs_elements;
  bool one_axis;
};
const std::vector<Reduction> kReductions = {
    {"np.sum", sum, false, false},       {"np.prod", prod, false, false},
    {"np.mean", mean, false, false},     {"np.min", min, true, false},
    {"np.max", max, true, false},        {"np.argmin", argmin, true, true},
    {"np.argmax", argmax, true, true},   {"np.any", any, false, false},
    {"np.all", all, false, false},       {"np.count_nonzero", count_nonzero, false, false}};

struct AxesText {
  Axes axes;
  std::string text;
};

AxesText random_axes(Random& random, std::size_t ndim, bool one_axis) {
  if (ndim == 0 || random.chance(0.3)) return {{}, "None"};
  const auto count = static_cast<std::int64_t>(ndim);
  if (one_axis || random.chance(0.5)) {
    const auto axis = between(random, -count, count - 1);
    return {Axes(axis), fmt::format("{}", axis)};
  }
  std::vector<std::int64_t> list;
  for (std::int64_t axis = 0; axis < count; ++axis) {
    if (random.chance(0.5)) list.push_back(axis);
  }
  if (list.empty()) list.push_back(0);
  return {Axes(list), tuple_of(list)};
}

Term reduce(Random& random, const Reduction& reduction, const Term& x) {
  const auto axes = random_axes(random, x.array.ndim(), reduction.one_axis);
  const bool keep = random.chance(0.4);
  return {reduction.apply(x.array, axes.axes, {.keepdims = keep}),
          fmt::format("{}({}, axis={}, keepdims={})", reduction.python, x.text, axes.text,
                      keep ? "True" : "False")};
}

Term variance(Random& random, const Term& x) {
  const auto axes = random_axes(random, x.array.ndim(), false);
  const double ddof = random.chance(0.5) ? 0 : 1;
  const bool root = random.chance(0.5);
  return {(root ? stddev : var)(x.array, axes.axes, {.ddof = ddof}),
          fmt::format("np.{}({}, axis={}, ddof={})", root ? "std" : "var", x.text, axes.text,
                      ddof)};
}

Term reduce_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 0, 3);
  const auto& reduction = pick(random, kReductions);
  if (reduction.needs_elements) std::replace(shape.begin(), shape.end(), 0, 2);
  auto dtypes = kNumeric;
  if (!reduction.one_axis) dtypes.push_back(boolean);
  const auto x = recorder.input(random, shape, pick(random, dtypes));
  if (random.chance(0.2)) return variance(random, x);
  return reduce(random, reduction, x);
}

Term long_reduce_case(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 200, 9000), between(random, 1, 5)};
  const auto x = recorder.input(random, shape, pick(random, kFloating));
  const auto whole = Term{x.array.rechunk({between(random, 7, 900), -1}), x.text};
  if (random.chance(0.3)) return variance(random, whole);
  // A product of thousands overflows in NumPy's float32 sooner than in tartan's float64.
  const Reduction* reduction = &pick(random, kReductions);
  while (reduction->apply == prod) reduction = &pick(random, kReductions);
  return reduce(random, *reduction, whole);
}

/// Elementwise, then a reduction or a slice: what the optimiser works on.
Term fused_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  std::replace(shape.begin(), shape.end(), 0, 3);
  const auto dtype = pick(random, kFloating);
  auto x = recorder.input(random, shape, dtype);
  const auto y = recorder.input(random, broadcastable(random, shape), dtype);
  const std::vector<Unary> smooth = {{"np.sin", sin}, {"np.tanh", tanh}, {"np.cos", cos},
                                     {"np.abs", abs}, {"np.arctan", atan}};
  const std::vector<Binary> mixing = {{"np.add", add}, {"np.multiply", multiply},
                                      {"np.maximum", maximum}};
  for (auto steps = between(random, 1, 5); steps > 0; --steps) {
    x = random.chance(0.5) ? apply(pick(random, smooth), x) : apply(pick(random, mixing), x, y);
  }
  if (random.chance(0.3)) {
    const Term centre{mean(x.array, 0, {.keepdims = true}),
                      fmt::format("np.mean({}, axis=0, keepdims=True)", x.text)};
    x = {x.array - centre.array, fmt::format("({} - {})", x.text, centre.text)};
  }
  if (random.chance(0.4)) {
    return {x.array.slice({{1, {}, 2}}), fmt::format("({})[1::2]", x.text)};
  }
  const std::vector<Reduction> sums = {{"np.sum", sum, false, false}, {"np.max", max, true, false},
                                       {"np.mean", mean, false, false}};
  return reduce(random, pick(random, sums), x);
}

}  // namespace

const std::vector<CaseKind>& compute_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"unary", unary_case},   {"binary", binary_case}, {"scalar", scalar_case},
      {"choice", choice_case}, {"bits", bits_case},     {"reduce", reduce_case},
      {"long reduce", long_reduce_case}, {"fused", fused_case}};
  return kinds;
}

}  // namespace tartan::oracle
