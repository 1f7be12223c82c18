// Cases of sorting, searching, quantiles and histograms.

#include <array/algorithms/order.hpp>
#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kEvery = {boolean, int8,   int16,   int32,   int64,     uint8,     uint16,
                                   uint32,  uint64, float32, float64, complex64, complex128};

/// Axes of any lengths, or now and then one long axis.
Term ordered_input(Recorder& recorder, Random& random, DType dtype) {
  if (random.chance(0.4)) return recorder.input(random, {between(random, 1, 400)}, dtype);
  return recorder.input(random, random_shape(random, 1, 3), dtype);
}

/// Sorted by an exchange when it is a vector, however small.
Array exchanged(const Array& x, std::int64_t axis, bool descending, bool positions) {
  const auto at =
      static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x.ndim()) : axis);
  return Array(array::sort_node(
      x.node(), at, {.descending = descending, .positions = positions, .whole_bytes = 0}));
}

Term sort_case(Recorder& recorder, Random& random) {
  const auto x = ordered_input(recorder, random, pick(random, kEvery));
  const auto ndim = static_cast<std::int64_t>(x.array.ndim());
  const auto axis = between(random, -ndim, ndim - 1);
  const bool descending = random.chance(0.3);
  const bool positions = random.chance(0.5);
  const SortOptions options{.axis = axis, .descending = descending};
  const auto got = random.chance(0.5) ? exchanged(x.array, axis, descending, positions)
                   : positions        ? argsort(x.array, options)
                                      : sort(x.array, options);
  if (!descending) {
    return {got, fmt::format("np.{}({}, axis={}, kind='stable')", positions ? "argsort" : "sort",
                             x.text, axis)};
  }
  if (!positions)
    return {got, fmt::format("np.flip(np.sort({}, axis={}), {})", x.text, axis, axis)};
  // Reversed before and after, equal elements stay in order.
  return {got,
          fmt::format("{} - 1 - np.flip(np.argsort(np.flip({}, {}), axis={}, kind='stable'), {})",
                      x.array.shape(axis), x.text, axis, axis, axis)};
}

// ---- quantiles
// ------------------------------------------------------------------------------------

using QuantileFunction = Array (*)(const Array&, const std::vector<double>&, const Axes&,
                                   const QuantileOptions&);

struct NamedMethod {
  QuantileMethod method;
  const char* name;
};
const std::vector<NamedMethod> kMethods = {
    {QuantileMethod::linear, "linear"},
    {QuantileMethod::lower, "lower"},
    {QuantileMethod::higher, "higher"},
    {QuantileMethod::midpoint, "midpoint"},
    {QuantileMethod::nearest, "nearest"},
    {QuantileMethod::inverted_cdf, "inverted_cdf"},
    {QuantileMethod::averaged_inverted_cdf, "averaged_inverted_cdf"},
    {QuantileMethod::closest_observation, "closest_observation"},
    {QuantileMethod::interpolated_inverted_cdf, "interpolated_inverted_cdf"},
    {QuantileMethod::hazen, "hazen"},
    {QuantileMethod::weibull, "weibull"},
    {QuantileMethod::median_unbiased, "median_unbiased"},
    {QuantileMethod::normal_unbiased, "normal_unbiased"}};

struct SomeAxes {
  Axes axes;
  std::string text;
};
SomeAxes some_axes(Random& random, std::int64_t ndim) {
  if (random.chance(0.4)) return {{}, "None"};
  std::vector<std::int64_t> axes;
  for (std::int64_t d = 0; d < ndim; ++d) {
    if (random.chance(0.5)) axes.push_back(random.chance(0.5) ? d : d - ndim);
  }
  if (axes.empty()) axes.push_back(-1);
  return {axes, tuple_of(axes)};
}

Shape filled_shape(Random& random) {
  auto shape = random.chance(0.3) ? Shape{between(random, 1, 300)} : random_shape(random, 1, 3);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  return shape;
}

/// NumPy keeps float32 only for some arguments; computed in float64, its answer is the better one.
std::string in_float64(const Term& x, const char* format, const std::string& function,
                       const std::string& rest) {
  const auto text = fmt::format("np.{}({}{}, {})", function, x.text,
                                x.array.dtype() == float32 ? ".astype('float64')" : "", rest);
  return x.array.dtype() == float32 ? fmt::format(fmt::runtime(format), text) : text;
}

Term quantile_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, filled_shape(random), pick(random, kNumeric));
  const auto [axes, axes_text] = some_axes(random, static_cast<std::int64_t>(x.array.ndim()));
  const bool keepdims = random.chance(0.3);
  const auto rest = fmt::format("axis={}, keepdims={}", axes_text, keepdims ? "True" : "False");
  const char* format = "np.asarray({}).astype('float32')";
  if (random.chance(0.3)) {
    const bool skip = random.chance(0.5);
    return {(skip ? nanmedian : median)(x.array, axes, {.keepdims = keepdims}),
            in_float64(x, format, skip ? "nanmedian" : "median", rest)};
  }
  const auto method = pick(random, kMethods);
  const bool percent = random.chance(0.5);
  const bool skip = random.chance(0.4);
  std::vector<double> q;
  for (auto count = between(random, 1, 4); count > 0; --count) {
    const auto digit = static_cast<double>(between(random, 0, 20));
    // At 1 NumPy's nan functions run out of the elements with some methods.
    const bool even = random.chance(0.5) && (!skip || digit < 20);
    q.push_back((even ? digit / 20 : 0.99 * random.uniform()) * (percent ? 100 : 1));
  }
  const QuantileFunction functions[] = {quantile, nanquantile, percentile, nanpercentile};
  const auto function = functions[(percent ? 2 : 0) + (skip ? 1 : 0)];
  const auto name = fmt::format("{}{}", skip ? "nan" : "", percent ? "percentile" : "quantile");
  const QuantileOptions options{.method = method.method, .keepdims = keepdims};
  return {function(x.array, q, axes, options),
          in_float64(x, format, name,
                     fmt::format("np.array([{}], float), method='{}', {}", fmt::join(q, ", "), method.name, rest))};
}

/// Of all elements, by narrowing however few they are.
Term narrow_case(Recorder& recorder, Random& random) {
  const std::vector<DType> dtypes = {int8,   int16,  int32,  int64,   uint8,
                                     uint16, uint32, uint64, float32, float64};
  const auto x = recorder.input(random, filled_shape(random), pick(random, dtypes));
  const auto method = pick(random, kMethods);
  const bool skip = random.chance(0.5);
  array::QuantileRule rule{.method = method.method, .skip_nan = skip};
  for (auto count = between(random, 1, 4); count > 0; --count) rule.q.push_back(random.uniform());
  std::vector<int> axes;
  for (std::size_t d = 0; d < x.array.ndim(); ++d) axes.push_back(static_cast<int>(d));
  return {Array(array::quantile_node(x.array.node(), rule, axes, 0)),
          in_float64(x, "np.asarray({}).astype('float32')", skip ? "nanquantile" : "quantile",
                     fmt::format("np.array([{}], float), method='{}'", fmt::join(rule.q, ", "), method.name))};
}

}  // namespace

const std::vector<CaseKind>& order_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"sort", sort_case}, {"quantile", quantile_case}, {"narrow", narrow_case}};
  return kinds;
}

}  // namespace tartan::oracle
