// Cases of distinct elements and sets.

#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kEvery = {boolean, int8,   int16,   int32,   int64,     uint8,     uint16,
                                   uint32,  uint64, float32, float64, complex64, complex128};

/// Often with equal elements.
Term set_input(Recorder& recorder, Random& random, DType dtype) {
  const auto shape =
      random.chance(0.4) ? Shape{between(random, 0, 300)} : random_shape(random, 0, 3);
  const auto x = recorder.input(random, shape, dtype);
  if (!is_floating(dtype) || random.chance(0.3)) return x;
  return {round(x.array), fmt::format("np.round({})", x.text)};
}

Term unique_case(Recorder& recorder, Random& random) {
  const auto x = set_input(recorder, random, pick(random, kEvery));
  const bool equal_nan = random.chance(0.5);
  switch (random.below(5)) {
    case 0:
      return {equal_nan ? unique(x.array) : unique_values(x.array),
              fmt::format("np.unique({}, equal_nan={})", x.text, equal_nan ? "True" : "False")};
    case 1:
      return {unique_counts(x.array).counts,
              fmt::format("np.unique({}, return_counts=True, equal_nan=False)[1]", x.text)};
    case 2:
      return {unique_all(x.array).indices,
              fmt::format("np.unique({}, return_index=True, equal_nan=False)[1]", x.text)};
    case 3:
      // NumPy sorts stably, which NaNs need here, only when it returns indices too.
      return {unique_inverse(x.array).inverse_indices,
              fmt::format("np.unique({0}, return_index=True, return_inverse=True, "
                          "equal_nan=False)[2].reshape({0}.shape)",
                          x.text)};
    default: {
      const auto all = unique_all(x.array);
      return {all.counts * 2 + all.indices,
              fmt::format("(lambda u: u[2] * 2 + u[1])(np.unique({}, return_index=True, "
                          "return_counts=True, equal_nan=False))",
                          x.text)};
    }
  }
}

Term set_case(Recorder& recorder, Random& random) {
  const auto dtype = pick(random, kNumeric);
  const auto x = set_input(recorder, random, dtype);
  const auto y = set_input(recorder, random, random.chance(0.7) ? dtype : float64);
  switch (random.below(4)) {
    case 0:
      return {union1d(x.array, y.array), fmt::format("np.union1d({}, {})", x.text, y.text)};
    case 1:
      // NumPy has NaN twice when both have it.
      return {setxor1d(nan_to_num(x.array), nan_to_num(y.array)),
              fmt::format("np.setxor1d(np.nan_to_num({}), np.nan_to_num({}))", x.text, y.text)};
    case 2:
      return {intersect1d(x.array, y.array), fmt::format("np.intersect1d({}, {})", x.text, y.text)};
    default:
      return {setdiff1d(x.array, y.array), fmt::format("np.setdiff1d({}, {})", x.text, y.text)};
  }
}

}  // namespace

const std::vector<CaseKind>& set_kinds() {
  static const std::vector<CaseKind> kinds = {{"unique", unique_case}, {"set", set_case}};
  return kinds;
}

}  // namespace tartan::oracle
