// Statistics, tests and special functions, beside SciPy.

#include <algorithm>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kSampled = {int32, float64};

/// A result as one array: the statistic and the logarithm of the p-value, whose error is the
/// p-value's relative one.
Term both(const stats::TestResult& result, const std::string& call) {
  return {stack({result.statistic, log(result.pvalue)}),
          fmt::format("(lambda r: np.stack([r[0], np.log(r[1])]))({})", call), 1000};
}

struct Sample {
  Term term;
  std::int64_t axis;
};
/// Tests count in float64 whatever they are given.
Sample sample(Recorder& recorder, Random& random, std::int64_t least) {
  Shape shape(1 + random.below(3));
  for (auto& length : shape) length = between(random, 1, 4);
  const auto axis = random.below(shape.size());
  shape[axis] = between(random, least, least + 30);
  auto x = recorder.input(random, shape, pick<DType>(random, {int32, float32, float64}));
  if (x.array.dtype() == float32) x.text += ".astype('f8')";
  return {x, static_cast<std::int64_t>(axis)};
}

struct AxesText {
  Axes axes;
  std::string text;
};
/// The axis, or all of them.
AxesText axes_of(Random& random, std::int64_t axis) {
  if (random.chance(0.2)) return {{}, "None"};
  return {axis, fmt::format("{}", axis)};
}

Term moment_case(Recorder& recorder, Random& random) {
  const auto [x, along] = sample(recorder, random, 4);
  const auto [axes, axis] = axes_of(random, along);
  const bool bias = random.chance(0.5);
  const bool fisher = random.chance(0.5);
  const auto flag = [](bool value) { return value ? "True" : "False"; };
  switch (random.below(4)) {
    case 0: {
      const auto order = static_cast<int>(between(random, 0, 7));
      return {stats::moment(x.array, order, axes),
              fmt::format("np.asarray(scipy.stats.moment({}, {}, axis={}))", x.text, order, axis),
              1e5};
    }
    case 1:
      return {stats::skew(x.array, {.axes = axes, .bias = bias}),
              fmt::format("np.asarray(scipy.stats.skew({}, axis={}, bias={}))", x.text, axis,
                          flag(bias)),
              1000};
    case 2:
      return {stats::kurtosis(x.array, {.axes = axes, .bias = bias, .fisher = fisher}),
              fmt::format("np.asarray(scipy.stats.kurtosis({}, axis={}, bias={}, fisher={}))",
                          x.text, axis, flag(bias), flag(fisher)),
              1000};
    default: {
      const auto ddof = between(random, 0, 2);
      return {stats::zscore(x.array, {.axes = axes, .ddof = static_cast<double>(ddof)}),
              fmt::format("scipy.stats.zscore({}, axis={}, ddof={})", x.text, axis, ddof), 1000};
    }
  }
}

Term normality_case(Recorder& recorder, Random& random) {
  const auto [x, along] = sample(recorder, random, 8);
  const auto [axes, axis] = axes_of(random, along);
  const auto call = [&x = x, &axis = axis](const char* test) {
    return fmt::format("scipy.stats.{}({}, axis={})", test, x.text, axis);
  };
  switch (random.below(4)) {
    case 0:
      return both(stats::skewtest(x.array, axes), call("skewtest"));
    case 1:
      return both(stats::kurtosistest(x.array, axes), call("kurtosistest"));
    case 2:
      return both(stats::normaltest(x.array, axes), call("normaltest"));
    default:
      return both(stats::jarque_bera(x.array, axes), call("jarque_bera"));
  }
}

Term ttest_case(Recorder& recorder, Random& random) {
  const auto [x, axis] = sample(recorder, random, 2);
  if (random.chance(0.3)) {
    const auto mean = static_cast<double>(between(random, -4, 4)) / 4;
    return both(stats::ttest_1samp(x.array, mean, axis),
                fmt::format("scipy.stats.ttest_1samp({}, {}, axis={})", x.text, mean, axis));
  }
  auto shape = x.array.shape();
  const bool related = random.chance(0.4);
  if (!related) shape[static_cast<std::size_t>(axis)] = between(random, 2, 20);
  const auto y = recorder.input(random, shape, pick(random, kSampled));
  if (related) {
    return both(stats::ttest_rel(x.array, y.array, axis),
                fmt::format("scipy.stats.ttest_rel({}, {}, axis={})", x.text, y.text, axis));
  }
  const bool equal = random.chance(0.5);
  return both(stats::ttest_ind(x.array, y.array, {.axes = axis, .equal_var = equal}),
              fmt::format("scipy.stats.ttest_ind({}, {}, axis={}, equal_var={})", x.text, y.text,
                          axis, equal ? "True" : "False"));
}

Term anova_case(Recorder& recorder, Random& random) {
  const auto [x, axis] = sample(recorder, random, 2);
  std::vector<Array> samples{x.array};
  std::string texts = x.text;
  for (auto count = between(random, 1, 3); count > 0; --count) {
    auto shape = x.array.shape();
    shape[static_cast<std::size_t>(axis)] = between(random, 1, 9);
    const auto next = recorder.input(random, shape, pick(random, kSampled));
    samples.push_back(next.array);
    texts += ", " + next.text;
  }
  return both(stats::f_oneway(samples, axis),
              fmt::format("scipy.stats.f_oneway({}, axis={})", texts, axis));
}

/// Counts, so that no element is negative; the expected ones have the same sums.
Term divergence_case(Recorder& recorder, Random& random) {
  const auto [raw, axis] = sample(recorder, random, 2);
  const bool single = raw.array.dtype() == float32;
  const Term x{abs(single ? raw.array.astype(float64) : raw.array) + 1,
               fmt::format("(np.abs({}) + 1)", raw.text)};
  const auto lambda = pick<double>(random, {1, 0, -1, -0.5, -2, 2.0 / 3});
  const auto ddof = between(random, 0, 1);
  stats::DivergenceOptions options{
      .ddof = static_cast<double>(ddof), .axes = axis, .lambda = lambda};
  std::string expected = "None";
  if (random.chance(0.5)) {
    options.expected = flip(x.array, axis);
    expected = fmt::format("np.flip({}, {})", x.text, axis);
  }
  if (random.chance(0.2)) {
    return both(stats::chisquare(x.array, options),
                fmt::format("scipy.stats.chisquare({}, {}, ddof={}, axis={})", x.text, expected,
                            ddof, axis));
  }
  return both(stats::power_divergence(x.array, options),
              fmt::format("scipy.stats.power_divergence({}, {}, ddof={}, axis={}, lambda_={})",
                          x.text, expected, ddof, axis, lambda));
}

/// SciPy refuses samples with NaN and infinities, and loses NaN beside an infinite parameter.
Term finite(const Term& x) {
  return {where(isfinite(x.array), x.array, 0.5),
          fmt::format("np.where(np.isfinite({0}), {0}, 0.5)", x.text)};
}

Term pearson_case(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 2, 60)};
  const auto x = finite(recorder.input(random, shape, float64));
  auto y = finite(recorder.input(random, shape, float64));
  if (random.chance(0.5)) y = {x.array * 3 + y.array, fmt::format("({} * 3 + {})", x.text, y.text)};
  return both(stats::pearsonr(x.array, y.array),
              fmt::format("scipy.stats.pearsonr({}, {})", x.text, y.text));
}

Term special_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  const auto x = recorder.input(random, shape, float64);
  const auto part = finite(recorder.input(random, broadcastable(random, shape), float64));
  const Term positive{abs(part.array) + 0.1, fmt::format("(np.abs({}) + 0.1)", part.text)};
  const auto name_of = [](const char* name) { return fmt::format("scipy.special.{}", name); };
  switch (random.below(6)) {
    case 0:
      return {special::erf(x.array), fmt::format("{}({})", name_of("erf"), x.text)};
    case 1:
      return {special::erfc(x.array), fmt::format("{}({})", name_of("erfc"), x.text)};
    case 2:
      return {special::gammaln(positive.array),
              fmt::format("{}({})", name_of("gammaln"), positive.text)};
    case 3:
      return {special::gammainc(positive.array, abs(x.array)),
              fmt::format("{}({}, np.abs({}))", name_of("gammainc"), positive.text, x.text)};
    case 4:
      return {special::gammaincc(2.5, abs(x.array)),
              fmt::format("{}(2.5, np.abs({}))", name_of("gammaincc"), x.text)};
    default:
      return {
          special::betainc(positive.array, 0.5, abs(x.array) / 3),
          fmt::format("{}({}, 0.5, np.abs({}) / 3)", name_of("betainc"), positive.text, x.text)};
  }
}

}  // namespace

const std::vector<CaseKind>& stats_kinds() {
  static const std::vector<CaseKind> kinds = {{"moments", moment_case},
                                              {"normality", normality_case},
                                              {"ttest", ttest_case},
                                              {"anova", anova_case},
                                              {"divergence", divergence_case},
                                              {"pearson", pearson_case},
                                              {"special functions", special_case}};
  return kinds;
}

}  // namespace tartan::oracle
