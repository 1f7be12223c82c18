#include <cmath>
#include <fmt/format.h>
#include <ml/base/vectors.hpp>
#include <ml/linear_model/least_squares.hpp>
#include <ml/linear_model/solvers/solve.hpp>
#include <tartan/ml/linear_model.hpp>

namespace tartan::ml {
namespace {

using detail::GlmFamily;

void require_targets(const GlmFamily& family, const Array& y, std::string_view estimator) {
  if (family.power < 1) return;
  const double least = min(y).item<double>();
  if (family.power < 2 ? least >= 0 : least > 0) return;
  throw ValueError(fmt::format("{}: y holds {}, but must {}", estimator, least,
                               family.power < 2 ? "not be negative" : "be above 0"));
}

/// Of every row.
Array deviances(const GlmFamily& family, const Array& y, const Array& mean) {
  const double p = family.power;
  if (p == 0) return square(y - mean);
  if (p == 1) {
    const Array ratio = where(y > 0.0, y / mean, 1.0);
    return 2.0 * (y * log(ratio) - y + mean);
  }
  if (p == 2) return 2.0 * (log(mean / y) + y / mean - 1.0);
  return 2.0 * (pow(maximum(y, 0.0), 2 - p) / ((1 - p) * (2 - p)) - y * pow(mean, 1 - p) / (1 - p) +
                pow(mean, 2 - p) / (2 - p));
}

double weighted_sum(const Array& values, const Array& weight) {
  return sum(weight.valid() ? values * weight : values).item<double>();
}

}  // namespace

void TweedieRegressor::check(const TweedieRegressorParams& params) {
  detail::check_glm(detail::glm_params(params), kName);
  if (!std::isfinite(params.power) || (params.power > 0 && params.power < 1)) {
    throw ValueError(
        fmt::format("TweedieRegressor: power is {}, but there is no distribution between 0 and 1",
                    params.power));
  }
  if (params.power < 0 && params.link != GlmLink::log) {
    throw ValueError(fmt::format(
        "TweedieRegressor: power is {}; with powers below 0 link must be 'log'", params.power));
  }
  if (params.power != 0 && params.link == GlmLink::identity) {
    throw ValueError(
        fmt::format("TweedieRegressor: power is {}, but link 'identity' is for power 0; use 'log'",
                    params.power));
  }
}

namespace detail {

void check_glm(const GlmParams& params, std::string_view estimator) {
  const auto refuse = [&](std::string_view name, double value, std::string_view wanted) {
    throw ValueError(fmt::format("{}: {} is {}, but must be {}", estimator, name, value, wanted));
  };
  if (!(params.alpha >= 0)) refuse("alpha", params.alpha, "0 or more");
  if (!(params.tol > 0)) refuse("tol", params.tol, "above 0");
  if (params.max_iter < 1) refuse("max_iter", static_cast<double>(params.max_iter), "1 or more");
}

std::int64_t fit_glm(GlmFitted& fitted, bool warm, const GlmFamily& family, const GlmParams& params,
                     std::string_view estimator, const Array& x, const Array& y,
                     const Array& sample_weight) {
  if (!y.valid()) throw ValueError(fmt::format("{}: fit needs y, the targets", estimator));
  Rows rows = fit_rows(x, y, sample_weight, estimator);
  if (rows.y.ndim() != 1) {
    throw ValueError(fmt::format("{}: y must be 1-D, one target per row, but has the shape {}",
                                 estimator, to_string(rows.y.shape())));
  }
  rows.y = rows.y.astype(DType::float64).persist();
  require_targets(family, rows.y, estimator);
  const double weights =
      rows.weight.valid() ? sum(rows.weight).item<double>() : static_cast<double>(rows.count);
  if (!(weights > 0)) {
    throw ValueError(fmt::format("{}: the sample weights sum to 0", estimator));
  }

  linear::Losses losses;
  losses.shape = {.loss = family.log_link ? kernels::GlmLoss::tweedie : kernels::GlmLoss::squared,
                  .power = family.power,
                  .features = rows.features,
                  .intercept = params.fit_intercept};
  linear::Vector start(static_cast<std::size_t>(losses.shape.size()), 0.0);
  if (warm && fitted.coef.size() == static_cast<std::size_t>(rows.features)) {
    std::copy(fitted.coef.begin(), fitted.coef.end(), start.begin());
    if (params.fit_intercept) start.back() = fitted.intercept;
  } else if (params.fit_intercept) {
    const double mean = weighted_sum(rows.y, rows.weight) / weights;
    start.back() = family.log_link ? std::log(mean) : mean;
    if (!std::isfinite(start.back())) start.back() = 0;
  }
  linear::Fit found = linear::fit_losses(rows, losses,
                                         {.solver = params.solver,
                                          .scale = 1 / weights,
                                          .l2 = params.alpha,
                                          .tol = params.tol,
                                          .max_iter = params.max_iter},
                                         start);
  fitted.intercept = params.fit_intercept ? found.params.back() : 0.0;
  found.params.resize(static_cast<std::size_t>(rows.features));
  fitted.coef = as_xarray(found.params);
  fitted.n_iter = found.n_iter;
  return rows.features;
}

Array glm_rows(const Array& x, std::string_view estimator, std::int64_t features) {
  return as_rows(x, estimator, features);
}

Array predict_glm(const GlmFitted& fitted, const GlmFamily& family, const Array& rows) {
  const Array eta =
      linear::linear_predictor(rows, fitted.coef, xt::xarray<double>(fitted.intercept));
  return family.log_link ? exp(eta) : eta;
}

double score_glm(const GlmFamily& family, const Array& y, const Array& mean, const Array& weight,
                 std::string_view estimator) {
  if (!y.valid() || y.shape() != mean.shape()) {
    throw ValueError(fmt::format("{}: score needs y, one target per row of x", estimator));
  }
  const Array targets = y.astype(DType::float64);
  require_targets(family, targets, estimator);
  const double weights =
      weight.valid() ? sum(weight).item<double>() : static_cast<double>(y.size());
  const double average = weighted_sum(targets, weight) / weights;
  const Array constant = full_like(targets, average);
  const double deviance =
      weighted_sum(deviances(family, targets, mean.astype(DType::float64)), weight);
  return 1 - deviance / weighted_sum(deviances(family, targets, constant), weight);
}

}  // namespace detail
}  // namespace tartan::ml
