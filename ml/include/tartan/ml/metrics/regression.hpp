#pragma once

// Scores of regressors; see metrics.hpp. Targets are 1-D, or rows x targets; of several targets the
// mean over them is taken, or all are given with raw_values as first argument. NaN gives NaN.

#include <tartan/ml/metrics/options.hpp>

namespace tartan::ml {

struct RegressionOptions {
  Array sample_weight = {};
  /// What each target counts for in the mean over them; empty: alike.
  std::vector<double> output_weights = {};
};

#define TARTAN_ML_REGRESSION_METRIC(name)                                                       \
  double name(const Array& y_true, const Array& y_pred, const RegressionOptions& options = {}); \
  xt::xarray<double> name(RawValues, const Array& y_true, const Array& y_pred,                  \
                          const RegressionOptions& options = {});
TARTAN_ML_REGRESSION_METRIC(mean_squared_error)
TARTAN_ML_REGRESSION_METRIC(root_mean_squared_error)
TARTAN_ML_REGRESSION_METRIC(mean_absolute_error)
/// |error| / |y_true|, where that is at least the epsilon of float64.
TARTAN_ML_REGRESSION_METRIC(mean_absolute_percentage_error)
/// Of log(1 + y); ValueError for negative targets.
TARTAN_ML_REGRESSION_METRIC(mean_squared_log_error)
TARTAN_ML_REGRESSION_METRIC(root_mean_squared_log_error)
/// With weights the lower of two medians.
TARTAN_ML_REGRESSION_METRIC(median_absolute_error)
#undef TARTAN_ML_REGRESSION_METRIC

/// alpha times the error below the target, 1 - alpha times that above it.
double mean_pinball_loss(const Array& y_true, const Array& y_pred, double alpha = 0.5,
                         const RegressionOptions& options = {});

/// Of one target.
double max_error(const Array& y_true, const Array& y_pred);

enum class Multioutput : std::uint8_t { uniform_average, variance_weighted };
template <>
struct EnumNames<Multioutput> {
  static constexpr std::array values{
      std::pair{Multioutput::uniform_average, "uniform_average"},
      std::pair{Multioutput::variance_weighted, "variance_weighted"}};
};
struct R2Options {
  Array sample_weight = {};
  Multioutput multioutput = Multioutput::uniform_average;
  std::vector<double> output_weights = {};  ///< instead of multioutput
  /// Constant targets score 1 when all are met, else 0, and not NaN or -inf.
  bool force_finite = true;
};
/// The coefficient of determination: 1 for a perfect prediction, 0 for one no better than the mean,
/// and below for worse. NaN for a single row.
double r2_score(const Array& y_true, const Array& y_pred, const R2Options& options = {});
xt::xarray<double> r2_score(RawValues, const Array& y_true, const Array& y_pred,
                            const R2Options& options = {});
/// The same without regard to a constant error.
double explained_variance_score(const Array& y_true, const Array& y_pred,
                                const R2Options& options = {});
xt::xarray<double> explained_variance_score(RawValues, const Array& y_true, const Array& y_pred,
                                            const R2Options& options = {});

struct TweedieOptions {
  double power = 0;  ///< 0: squared error, 1: Poisson, 2: gamma, 3: inverse Gaussian
  Array sample_weight = {};
};
/// ValueError for a power between 0 and 1, and for targets the distribution does not have.
double mean_tweedie_deviance(const Array& y_true, const Array& y_pred,
                             const TweedieOptions& options = {});
double mean_poisson_deviance(const Array& y_true, const Array& y_pred,
                             const ScoreOptions& options = {});
double mean_gamma_deviance(const Array& y_true, const Array& y_pred,
                           const ScoreOptions& options = {});
/// The part of the deviance that is explained: 1 - deviance / that of the mean. NaN for a single
/// row.
double d2_tweedie_score(const Array& y_true, const Array& y_pred,
                        const TweedieOptions& options = {});

}  // namespace tartan::ml
