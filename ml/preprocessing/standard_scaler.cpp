#include <cmath>
#include <limits>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/rows.hpp>
#include <ml/base/vectors.hpp>
#include <tartan/ml/preprocessing.hpp>

namespace tartan::ml {
namespace {

/// Whether a variance is what rounding makes of a constant: scikit-learn's bound, after Chan,
/// Golub and LeVeque, Algorithms for computing the sample variance, 1983.
bool is_constant(double var, double mean, double count) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double rounding = count * mean * kEpsilon;
  return var <= count * kEpsilon * var + rounding * rounding;
}

}  // namespace

StandardScaler& StandardScaler::fit(const Array& x, const Array& sample_weight) {
  StandardScaler fresh(params_);
  *this = std::move(fresh.partial_fit(x, sample_weight));
  return *this;
}

StandardScaler& StandardScaler::partial_fit(const Array& x, const Array& sample_weight) {
  const Rows rows =
      fit_rows(x, {}, sample_weight, kName, {.many_passes = false, .allow_nan = true});
  if (is_fitted()) static_cast<void>(as_rows(x, kName, n_features_in_));
  Moments moments;
  if (is_fitted()) {
    moments.count = as_vector(n_samples_seen_);
    moments.mean = as_vector(mean_);
    moments.m2 = as_vector(var_ * n_samples_seen_);
  }
  merge(moments, reduce_rows<&tasks::column_moments, &tasks::combine_moments>("column-moments",
                                                                              rows.x, rows.weight));
  n_features_in_ = rows.features;
  n_samples_seen_ = as_xarray(moments.count);
  mean_ = as_xarray(moments.mean);
  var_ = as_xarray(moments.variance());
  scale_ = var_;
  for (std::size_t j = 0; j < scale_.size(); ++j) {
    const bool constant = is_constant(var_(j), mean_(j), n_samples_seen_(j));
    scale_(j) = constant ? 1.0 : std::sqrt(var_(j));
  }
  return *this;
}

Array StandardScaler::transform(const Array& x) const {
  require_fitted();
  Array result = as_rows(x, kName, n_features_in_);
  if (params_.with_mean) result = result - from_xtensor(mean_).astype(result.dtype());
  if (params_.with_std) result = result / from_xtensor(scale_).astype(result.dtype());
  return result;
}

Array StandardScaler::inverse_transform(const Array& x) const {
  require_fitted();
  Array result = as_rows(x, kName, n_features_in_);
  if (params_.with_std) result = result * from_xtensor(scale_).astype(result.dtype());
  if (params_.with_mean) result = result + from_xtensor(mean_).astype(result.dtype());
  return result;
}

const xt::xarray<double>& StandardScaler::mean() const {
  require_fitted();
  return mean_;
}
const xt::xarray<double>& StandardScaler::var() const {
  require_fitted();
  return var_;
}
const xt::xarray<double>& StandardScaler::scale() const {
  require_fitted();
  return scale_;
}
const xt::xarray<double>& StandardScaler::n_samples_seen() const {
  require_fitted();
  return n_samples_seen_;
}

void StandardScaler::fitted(Attributes& io) {
  io("mean", mean_);
  io("var", var_);
  io("scale", scale_);
  io("n_samples_seen", n_samples_seen_);
}

}  // namespace tartan::ml
