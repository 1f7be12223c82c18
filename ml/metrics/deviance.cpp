// Deviances of Tweedie's distributions.

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ml/metrics/inputs.hpp>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

/// Per row, but for what both sides of a difference have. Inputs are in the distribution's range.
Array deviance(const Array& y, const Array& mean, double power) {
  if (power == 0) return square(y - mean);
  // x log x is 0 at 0.
  if (power == 1) return (where(y > 0, y * log(where(y > 0, y, 1.0) / mean), 0.0) - y + mean) * 2.0;
  if (power == 2) return (log(mean / y) + y / mean - 1.0) * 2.0;
  const Array positive = power < 0 ? maximum(y, 0.0) : y;
  return (pow(positive, 2 - power) / ((1 - power) * (2 - power)) -
          y * pow(mean, 1 - power) / (1 - power) + pow(mean, 2 - power) / (2 - power)) *
         2.0;
}

void check_range(const Scored& scored, double power, std::string_view score) {
  if (power == 0) return;
  const auto least = compute_chunks({min(scored.truth), min(scored.predicted)});
  const auto refuse = [&](std::string_view what) {
    throw ValueError(fmt::format("{}: with a power of {} {}", score, power, what));
  };
  if (!(least[1].view<double>()[0] > 0)) refuse("y_pred must be above 0");
  if (power >= 2 && !(least[0].view<double>()[0] > 0)) refuse("y_true must be above 0");
  if (power >= 1 && !(least[0].view<double>()[0] >= 0)) refuse("y_true must not be negative");
}

Scored scored_counts(const Array& y_true, const Array& y_pred, double power, const Array& weight,
                     std::string_view score) {
  if (power > 0 && power < 1) {
    throw ValueError(fmt::format("{}: there is no distribution with a power of {}, between 0 and 1",
                                 score, power));
  }
  Scored scored = scored_numbers(y_true, y_pred, weight, score);
  if (scored.truth.ndim() != 1) {
    throw ValueError(fmt::format("{}: is of one target, but y_true has the shape {}", score,
                                 to_string(y_true.shape())));
  }
  check_range(scored, power, score);
  return scored;
}

double mean_deviance(const Array& y_true, const Array& y_pred, double power, const Array& weight,
                     std::string_view score) {
  const Scored scored = scored_counts(y_true, y_pred, power, weight, score);
  return scored.mean(deviance(scored.truth, scored.predicted, power)).item<double>();
}

}  // namespace

double mean_tweedie_deviance(const Array& y_true, const Array& y_pred,
                             const TweedieOptions& options) {
  return mean_deviance(y_true, y_pred, options.power, options.sample_weight,
                       "mean_tweedie_deviance");
}

double mean_poisson_deviance(const Array& y_true, const Array& y_pred,
                             const ScoreOptions& options) {
  return mean_deviance(y_true, y_pred, 1, options.sample_weight, "mean_poisson_deviance");
}

double mean_gamma_deviance(const Array& y_true, const Array& y_pred, const ScoreOptions& options) {
  return mean_deviance(y_true, y_pred, 2, options.sample_weight, "mean_gamma_deviance");
}

double d2_tweedie_score(const Array& y_true, const Array& y_pred, const TweedieOptions& options) {
  const Scored scored =
      scored_counts(y_true, y_pred, options.power, options.sample_weight, "d2_tweedie_score");
  if (scored.rows() < 2) return std::numeric_limits<double>::quiet_NaN();
  const Array mean = scored.mean(scored.truth);
  const auto parts =
      compute_chunks({scored.mean(deviance(scored.truth, scored.predicted, options.power)),
                      scored.mean(deviance(scored.truth, mean, options.power))});
  return 1 - parts[0].view<double>()[0] / parts[1].view<double>()[0];
}

}  // namespace tartan::ml
