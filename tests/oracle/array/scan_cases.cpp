// Running sums, products, minima and maxima.

#include <algorithm>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kScanned = {boolean, int8,      int16,     int32,  int64,
                                     uint8,   uint16,    uint32,    uint64, float32,
                                     float64, complex64, complex128};

/// An axis of the term and its text; none, now and then.
struct AxisText {
  std::optional<std::int64_t> axis;
  std::string text;
};
AxisText random_axis(Random& random, const Term& x, double none) {
  const auto ndim = static_cast<std::int64_t>(x.array.ndim());
  if (ndim == 0 || random.chance(none)) return {{}, "None"};
  const auto axis = between(random, -ndim, ndim - 1);
  return {axis, fmt::format("{}", axis)};
}

/// Products of many random elements reach far: NumPy's float32 is wrong in a few more places.
Term scan_case(Recorder& recorder, Random& random) {
  struct Scan {
    const char* python;
    Array (*apply)(const Array&, ScanAxis, std::optional<DType>);
  };
  static const std::vector<Scan> kScans = {{"np.cumsum", cumsum},
                                           {"np.cumprod", cumprod},
                                           {"np.nancumsum", nancumsum},
                                           {"np.nancumprod", nancumprod}};
  const auto& scan = pick(random, kScans);
  const auto x = recorder.input(random, random_shape(random, 0, 3), pick(random, kScanned));
  const auto axis = random_axis(random, x, 0.2);
  if (random.chance(0.7)) {
    return {scan.apply(x.array, axis.axis, {}),
            fmt::format("{}({}, axis={})", scan.python, x.text, axis.text), 20};
  }
  const auto from = x.array.dtype();
  const bool whole = is_integer(from) || is_boolean(from);
  const auto dtype = whole ? pick(random, kScanned)
                           : pick<DType>(random, {complex64, complex128, complex_of(from)});
  return {scan.apply(x.array, axis.axis, dtype),
          fmt::format("{}({}, axis={}, dtype='{}')", scan.python, x.text, axis.text, name(dtype)),
          20};
}

Term extreme_case(Recorder& recorder, Random& random) {
  auto dtypes = kScanned;
  dtypes.resize(dtypes.size() - 2);
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, dtypes));
  const auto axis = random_axis(random, x, 0);
  const bool largest = random.chance(0.5);
  return {
      (largest ? maximum_accumulate : minimum_accumulate)(x.array, *axis.axis),
      fmt::format("np.{}.accumulate({}, {})", largest ? "maximum" : "minimum", x.text, axis.text)};
}

Term cumulative_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kScanned));
  auto axis = random_axis(random, x, 0);
  if (x.array.ndim() == 1 && random.chance(0.5)) axis.axis = {};
  const bool sums = random.chance(0.5);
  const bool initial = random.chance(0.6);
  auto text = fmt::format("np.{}({}, axis={})", sums ? "cumsum" : "cumprod", x.text, axis.text);
  if (initial) {
    // The array in front is of the result's dtype: full_like of a first element.
    text =
        fmt::format("(lambda c: np.insert(c, 0, {}, axis={}))({})", sums ? 0 : 1, axis.text, text);
  }
  return {(sums ? cumulative_sum : cumulative_prod)(
              x.array, {.axis = axis.axis, .include_initial = initial}),
          text, 20};
}

/// Many chunks along the axis, more than one group of starts has.
Term long_scan_case(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 100, 3000), between(random, 1, 4)};
  auto x = recorder.input(random, shape, pick(random, kFloating));
  x.array = x.array.rechunk({between(random, 5, 200), -1});
  const auto part = between(random, 1, 100);
  return {cumsum(x.array, 0).slice({{part, {}, 7}}),
          fmt::format("np.cumsum({}, 0)[{}::7]", x.text, part), 50};
}

}  // namespace

const std::vector<CaseKind>& scan_kinds() {
  static const std::vector<CaseKind> kinds = {{"scan", scan_case},
                                              {"extreme scan", extreme_case},
                                              {"cumulative", cumulative_case},
                                              {"long scan", long_scan_case}};
  return kinds;
}

}  // namespace tartan::oracle
