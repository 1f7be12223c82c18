// Cases of the largest elements, of searches, counts and histograms.

#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kOrdered = {boolean, int8,   int16,  int32,   int64,  uint8,
                                     uint16,  uint32, uint64, float32, float64};

Shape some_shape(Random& random) {
  return random.chance(0.4) ? Shape{between(random, 1, 300)} : random_shape(random, 1, 3);
}

/// Numbers without NaN, which NumPy refuses where it looks for a range itself, and takes for a
/// descent among bins.
Term finite(const Term& x) {
  if (!is_floating(x.array.dtype())) return x;
  return {clip(where(isnan(x.array), 0, x.array), -9, 9),
          fmt::format("np.clip(np.nan_to_num({}), -9, 9)", x.text)};
}

Term topk_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, some_shape(random), pick(random, kOrdered));
  const auto ndim = static_cast<std::int64_t>(x.array.ndim());
  const auto axis = between(random, -ndim, ndim - 1);
  const bool positions = random.chance(0.5);
  auto k = between(random, 1, 8);
  const char* name = positions ? "argsort" : "sort";
  const auto length = x.array.shape(axis);
  if (random.chance(0.5)) {
    return {(positions ? argtopk : topk)(x.array, -k, axis),
            fmt::format("np.take(np.{}({}, axis={}, kind='stable'), range({}), axis={})", name,
                        x.text, axis, std::min(k, length), axis)};
  }
  const auto sorted = positions
                          ? fmt::format(
                                "({} - 1 - np.flip(np.argsort(np.flip({}, {}), axis={}, "
                                "kind='stable'), {}))",
                                length, x.text, axis, axis, axis)
                          : fmt::format("np.flip(np.sort({}, axis={}), {})", x.text, axis, axis);
  return {(positions ? argtopk : topk)(x.array, k, axis),
          fmt::format("np.take({}, range({}), axis={})", sorted, std::min(k, length), axis)};
}

Term search_case(Recorder& recorder, Random& random) {
  const auto dtype = pick(random, kOrdered);
  const auto other = random.chance(0.5) ? dtype : float64;
  const auto x = recorder.input(random, some_shape(random), dtype);
  switch (random.below(4)) {
    case 0: {
      const auto sorted = recorder.input(random, {between(random, 0, 60)}, other);
      const bool right = random.chance(0.5);
      return {searchsorted(sort(sorted.array), x.array, {.side = right ? Side::right : Side::left}),
              fmt::format("np.searchsorted(np.sort({}), {}, side='{}')", sorted.text, x.text,
                          right ? "right" : "left")};
    }
    case 1: {
      const auto y = recorder.input(random, {between(random, 1, 60)}, other);
      return {searchsorted(y.array, x.array, {.sorter = argsort(y.array)}),
              fmt::format("np.searchsorted({}, {}, sorter=np.argsort({}, kind='stable'))", y.text,
                          x.text, y.text)};
    }
    case 2: {
      const auto y = recorder.input(random, random_shape(random, 0, 2), other);
      const bool invert = random.chance(0.5);
      return {isin(x.array, y.array, {.invert = invert}),
              fmt::format("np.isin({}, {}, invert={})", x.text, y.text, invert ? "True" : "False")};
    }
    default: {
      const auto bins = finite(recorder.input(random, {between(random, 1, 9)}, other));
      const bool right = random.chance(0.5);
      const bool descending = random.chance(0.5);
      return {digitize(x.array, sort(bins.array, {.descending = descending}), {.right = right}),
              fmt::format("np.digitize({}, np.sort({}){}, right={})", x.text, bins.text,
                          descending ? "[::-1]" : "", right ? "True" : "False")};
    }
  }
}

// ---- counts
// ---------------------------------------------------------------------------------------

const std::vector<DType> kWeights = {int32, int64, float32, float64};

Term bincount_case(Recorder& recorder, Random& random) {
  const auto count = between(random, 1, 200);
  const auto x = recorder.input(random, {count}, pick(random, std::vector<DType>{uint8, uint32}));
  const auto length = between(random, 10, 20);
  if (random.chance(0.5)) {
    return {bincount(x.array, {.minlength = length}),
            fmt::format("np.bincount({}, minlength={})", x.text, length)};
  }
  const auto weights = recorder.input(random, {count}, pick(random, kWeights));
  return {bincount(x.array, {.weights = weights.array, .minlength = length}),
          fmt::format("np.bincount({}, {}, {})", x.text, weights.text, length)};
}

struct NamedBins {
  Bins bins;
  std::string text;
  std::string range = "None";
};

/// Elements are between -9 and 9, so that many lie on the edges of whole numbers.
NamedBins some_bins(Recorder& recorder, Random& random, DType dtype) {
  const auto count = between(random, 1, 12);
  switch (random.below(3)) {
    case 0:
      return {Bins(count), fmt::format("{}", count)};
    case 1: {
      // NumPy fails on ranges below 0 for unsigned integers.
      const auto low = static_cast<double>(between(random, is_unsigned_integer(dtype) ? 0 : -5, 3));
      const auto high = low + static_cast<double>(between(random, 0, 8)) / 4;
      return {Bins(count, low, high), fmt::format("{}", count),
              fmt::format("(float({}), float({}))", low, high)};
    }
    default: {
      const auto edges =
          finite(recorder.input(random, {between(random, 2, 9)}, pick(random, kAnalytic)));
      return {Bins(sort(edges.array)), fmt::format("np.sort({})", edges.text)};
    }
  }
}

Term histogram_case(Recorder& recorder, Random& random) {
  auto x = recorder.input(random, some_shape(random), pick(random, kNumeric));
  const auto bins = some_bins(recorder, random, x.array.dtype());
  if (bins.range == "None") x = finite(x);
  HistogramOptions options;
  options.density = random.chance(0.3);
  std::string weights = "None";
  if (random.chance(0.4)) {
    // One NaN or infinity spoils all of NumPy's differences of running sums.
    const auto w = finite(recorder.input(random, x.array.shape(), pick(random, kWeights)));
    options.weights = w.array;
    weights = w.text;
  }
  const auto result = histogram(x.array, bins.bins, options);
  const bool edges = random.chance(0.3);
  return {edges ? result.edges : result.counts,
          fmt::format("np.histogram({}, bins={}, range={}, weights={}, density={})[{}]", x.text,
                      bins.text, bins.range, weights, options.density ? "True" : "False",
                      edges ? 1 : 0),
          // NumPy adds float32 weights in float32 for a result of float64.
          options.density && options.weights ? 1e7 : 1};
}

Term histogramdd_case(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 1, 200)};
  const auto dtype = pick(random, kAnalytic);
  const bool two = random.chance(0.5);
  const auto dimensions = two ? 2 : between(random, 1, 3);
  HistogramOptions options;
  options.density = random.chance(0.3);
  std::vector<Array> samples;
  std::vector<Bins> bins;
  std::vector<std::string> texts, bin_texts, ranges;
  for (std::int64_t d = 0; d < dimensions; ++d) {
    const auto x = finite(recorder.input(random, shape, dtype));
    const auto some = some_bins(recorder, random, dtype);
    samples.push_back(x.array);
    texts.push_back(x.text);
    bins.push_back(some.bins);
    bin_texts.push_back(some.text);
    ranges.push_back(some.range);
  }
  std::string weights = "None";
  if (random.chance(0.4)) {
    const auto w = recorder.input(random, shape, pick(random, kWeights));
    options.weights = w.array;
    weights = w.text;
  }
  const auto result = two ? histogram2d(samples[0], samples[1], bins[0], bins[1], options)
                          : histogramdd(samples, bins, options);
  const bool edges = random.chance(0.2);
  return {
      edges ? result.edges.back() : result.counts,
      fmt::format("np.histogramdd([{}], bins=[{}], range=[{}], weights={}, density={})[{}]{}",
                  fmt::join(texts, ", "), fmt::join(bin_texts, ", "), fmt::join(ranges, ", "),
                  weights, options.density ? "True" : "False", edges ? 1 : 0, edges ? "[-1]" : "")};
}

}  // namespace

const std::vector<CaseKind>& search_kinds() {
  static const std::vector<CaseKind> kinds = {{"topk", topk_case},
                                              {"search", search_case},
                                              {"bincount", bincount_case},
                                              {"histogram", histogram_case},
                                              {"histogramdd", histogramdd_case}};
  return kinds;
}

}  // namespace tartan::oracle
