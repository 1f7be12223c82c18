#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ml/metrics/inputs.hpp>
#include <numeric>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

using Numbers = xt::xarray<double>;

/// Per target, also when there is one only: 1-D.
Numbers per_target(const Array& values) {
  const Numbers numbers = values.compute<double>();
  Numbers result = Numbers::from_shape({numbers.size()});
  std::copy(numbers.begin(), numbers.end(), result.begin());
  return result;
}

/// Weights of another number than there are targets are refused.
double combined(const Numbers& values, const std::vector<double>& weights, std::string_view score) {
  if (!weights.empty() && weights.size() != values.size()) {
    throw ValueError(fmt::format("{}: output_weights has {} entries, but there are {} targets",
                                 score, weights.size(), values.size()));
  }
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    sum += weight * values(i);
    total += weight;
  }
  return sum / total;
}

/// |x| with the weighted median in the middle: the least number at which the weights of those up
/// to it reach half of all.
double weighted_median(const Array& values, const Array& weight) {
  const Array order = argsort(values);
  const Array reached = cumsum(take(weight, order, 0)).persist();
  const double half = reached[-1].item<double>() / 2;
  const Array before = from_xtensor(Numbers{half > 0 ? half : std::nextafter(0.0, 1.0)});
  const auto place =
      std::min(searchsorted(reached, before).item<std::int64_t>(), values.shape(0) - 1);
  return take(values, order.slice({{place, place + 1}}), 0).item<double>();
}

Numbers medians(const Scored& scored) {
  const Array errors = abs(scored.truth - scored.predicted).persist();
  const std::int64_t targets = errors.ndim() == 1 ? 1 : errors.shape(1);
  Numbers result = Numbers::from_shape({static_cast<std::size_t>(targets)});
  for (std::int64_t target = 0; target < targets; ++target) {
    const Array of_target = errors.ndim() == 1 ? errors : errors.slice({all_of_axis, target});
    result(static_cast<std::size_t>(target)) = scored.weight.valid()
                                                   ? weighted_median(of_target, scored.weight)
                                                   : median(of_target).item<double>();
  }
  return result;
}

Scored scored_logs(const Array& y_true, const Array& y_pred, const Array& weight,
                   std::string_view score) {
  Scored scored = scored_numbers(y_true, y_pred, weight, score);
  const auto least = compute_chunks({min(scored.truth), min(scored.predicted)});
  if (least[0].view<double>()[0] < 0 || least[1].view<double>()[0] < 0) {
    throw ValueError(
        fmt::format("{}: there are negative targets, of which there is no such error", score));
  }
  scored.truth = log1p(scored.truth);
  scored.predicted = log1p(scored.predicted);
  return scored;
}

Numbers squared_errors(const Scored& scored) {
  return per_target(scored.mean(square(scored.truth - scored.predicted)));
}

}  // namespace

// Each metric: one number per target, from scored.
#define TARTAN_ML_REGRESSION_METRIC(name, scored_by, expression)                               \
  xt::xarray<double> name(RawValues, const Array& y_true, const Array& y_pred,                 \
                          const RegressionOptions& options) {                                  \
    const Scored scored = scored_by(y_true, y_pred, options.sample_weight, #name);             \
    return expression;                                                                         \
  }                                                                                            \
  double name(const Array& y_true, const Array& y_pred, const RegressionOptions& options) {    \
    return combined(name(raw_values, y_true, y_pred, options), options.output_weights, #name); \
  }
TARTAN_ML_REGRESSION_METRIC(mean_squared_error, scored_numbers, squared_errors(scored))
TARTAN_ML_REGRESSION_METRIC(root_mean_squared_error, scored_numbers,
                            xt::sqrt(squared_errors(scored)))
TARTAN_ML_REGRESSION_METRIC(mean_absolute_error, scored_numbers,
                            per_target(scored.mean(abs(scored.truth - scored.predicted))))
TARTAN_ML_REGRESSION_METRIC(
    mean_absolute_percentage_error, scored_numbers,
    per_target(scored.mean(abs(scored.truth - scored.predicted) /
                           maximum(abs(scored.truth), std::numeric_limits<double>::epsilon()))))
TARTAN_ML_REGRESSION_METRIC(mean_squared_log_error, scored_logs, squared_errors(scored))
TARTAN_ML_REGRESSION_METRIC(root_mean_squared_log_error, scored_logs,
                            xt::sqrt(squared_errors(scored)))
TARTAN_ML_REGRESSION_METRIC(median_absolute_error, scored_numbers, medians(scored))
#undef TARTAN_ML_REGRESSION_METRIC

double mean_pinball_loss(const Array& y_true, const Array& y_pred, double alpha,
                         const RegressionOptions& options) {
  constexpr std::string_view kScore = "mean_pinball_loss";
  if (!(alpha >= 0 && alpha <= 1)) {
    throw ValueError(fmt::format("{}: alpha is {}, but must be in [0, 1]", kScore, alpha));
  }
  const Scored scored = scored_numbers(y_true, y_pred, options.sample_weight, kScore);
  const Array error = scored.truth - scored.predicted;
  const Array loss = maximum(error * alpha, error * (alpha - 1));
  return combined(per_target(scored.mean(loss)), options.output_weights, kScore);
}

double max_error(const Array& y_true, const Array& y_pred) {
  const Scored scored = scored_numbers(y_true, y_pred, {}, "max_error");
  if (scored.truth.ndim() != 1)
    throw ValueError("max_error: is of one target, but y_true has more");
  return max(abs(scored.truth - scored.predicted)).item<double>();
}

namespace {

struct Explained {
  Numbers scores;
  Numbers spread;  ///< of the targets
};

Explained explained(const Scored& scored, const Array& residual, bool force_finite) {
  const Array off = scored.truth - scored.mean(scored.truth);
  const auto parts = compute_chunks({scored.mean(square(residual)), scored.mean(square(off))});
  const auto residuals = parts[0].view<double>();
  const auto spreads = parts[1].view<double>();
  Explained result{Numbers::from_shape({spreads.size()}), Numbers::from_shape({spreads.size()})};
  for (std::size_t i = 0; i < spreads.size(); ++i) {
    result.spread(i) = spreads[i];
    if (spreads[i] != 0 || !force_finite) {
      result.scores(i) = 1 - residuals[i] / spreads[i];
    } else {
      result.scores(i) = residuals[i] == 0 ? 1.0 : 0.0;
    }
  }
  return result;
}

Explained r2_scores(const Array& y_true, const Array& y_pred, const R2Options& options) {
  const Scored scored = scored_numbers(y_true, y_pred, options.sample_weight, "r2_score");
  Explained result = explained(scored, scored.truth - scored.predicted, options.force_finite);
  if (scored.rows() < 2) result.scores.fill(std::numeric_limits<double>::quiet_NaN());
  return result;
}

Explained explained_variances(const Array& y_true, const Array& y_pred, const R2Options& options) {
  const Scored scored =
      scored_numbers(y_true, y_pred, options.sample_weight, "explained_variance_score");
  const Array error = scored.truth - scored.predicted;
  return explained(scored, error - scored.mean(error), options.force_finite);
}

double combined(const Explained& each, const R2Options& options, std::string_view score) {
  std::vector<double> weights = options.output_weights;
  if (weights.empty() && options.multioutput == Multioutput::variance_weighted) {
    weights.assign(each.spread.begin(), each.spread.end());
    if (std::accumulate(weights.begin(), weights.end(), 0.0) == 0) weights.clear();
  }
  return combined(each.scores, weights, score);
}

}  // namespace

double r2_score(const Array& y_true, const Array& y_pred, const R2Options& options) {
  return combined(r2_scores(y_true, y_pred, options), options, "r2_score");
}
xt::xarray<double> r2_score(RawValues, const Array& y_true, const Array& y_pred,
                            const R2Options& options) {
  return r2_scores(y_true, y_pred, options).scores;
}
double explained_variance_score(const Array& y_true, const Array& y_pred,
                                const R2Options& options) {
  return combined(explained_variances(y_true, y_pred, options), options,
                  "explained_variance_score");
}
xt::xarray<double> explained_variance_score(RawValues, const Array& y_true, const Array& y_pred,
                                            const R2Options& options) {
  return explained_variances(y_true, y_pred, options).scores;
}

}  // namespace tartan::ml
