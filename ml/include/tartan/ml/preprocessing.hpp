#pragma once

// Transformers of features. Each learns from x in one pass or none and is applied lazily: arrays
// in, arrays out, in the chunks of x's rows. float32 stays float32, other dtypes become float64.

#include <tartan/ml/any_estimator.hpp>
#include <vector>

namespace tartan::ml {

struct StandardScalerParams {
  bool with_mean = true;
  bool with_std = true;

  static void each(auto& params, auto&& member) {
    member("with_mean", params.with_mean);
    member("with_std", params.with_std);
  }
};

/// (x - mean) / standard deviation of every feature, the population's (divisor n). Features that
/// are constant are divided by 1. NaN stays NaN and counts for nothing.
class StandardScaler : public Estimator<StandardScaler, StandardScalerParams> {
 public:
  static constexpr std::string_view kName = "StandardScaler";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit StandardScaler(StandardScalerParams params = {}) : Estimator(std::move(params)) {}

  /// x: rows x features; sample_weight: 1-D or not given. Computes, in one pass.
  StandardScaler& fit(const Array& x, const Array& sample_weight = {});
  /// Goes on with further rows, as if all had been fitted at once.
  StandardScaler& partial_fit(const Array& x, const Array& sample_weight = {});
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// Per feature; throw ValueError before fit.
  const xt::xarray<double>& mean() const;
  const xt::xarray<double>& var() const;
  /// What x is divided by: sqrt(var), or 1 for constant features.
  const xt::xarray<double>& scale() const;
  /// Rows (or their weights) that were not NaN.
  const xt::xarray<double>& n_samples_seen() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<double> mean_, var_, scale_, n_samples_seen_;
};

}  // namespace tartan::ml
