// Cases of sorting, searching, quantiles and histograms.

#include "cases.hpp"

#include <array/algorithms/order.hpp>
#include <fmt/ranges.h>

namespace tartan::oracle {
namespace {

const std::vector<DType> kEvery = {boolean, int8,    int16,   int32,     int64,     uint8, uint16,
                                   uint32,  uint64,  float32, float64, complex64, complex128};

/// Axes of any lengths, or now and then one long axis.
Term ordered_input(Recorder& recorder, Random& random, DType dtype) {
  if (random.chance(0.4)) return recorder.input(random, {between(random, 1, 400)}, dtype);
  return recorder.input(random, random_shape(random, 1, 3), dtype);
}

/// Sorted by an exchange when it is a vector, however small.
Array exchanged(const Array& x, std::int64_t axis, bool descending, bool positions) {
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x.ndim()) : axis);
  return Array(array::sort_node(x.node(), at,
                                {.descending = descending, .positions = positions, .whole_bytes = 0}));
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
  if (!positions) return {got, fmt::format("np.flip(np.sort({}, axis={}), {})", x.text, axis, axis)};
  // Reversed before and after, equal elements stay in order.
  return {got, fmt::format("{} - 1 - np.flip(np.argsort(np.flip({}, {}), axis={}, kind='stable'), {})",
                           x.array.shape(axis), x.text, axis, axis, axis)};
}

}  // namespace

const std::vector<CaseKind>& order_kinds() {
  static const std::vector<CaseKind> kinds = {{"sort", sort_case}};
  return kinds;
}

}  // namespace tartan::oracle
