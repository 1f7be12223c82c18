#pragma once

// Linear models fitted by least squares.

#include <optional>
#include <tartan/ml/any_estimator.hpp>

namespace tartan::ml {

struct LinearRegressionParams {
  bool fit_intercept = true;

  static void each(auto& params, auto&& member) { member("fit_intercept", params.fit_intercept); }
};

struct RidgeParams {
  /// Weight of the penalty |coef|²; not negative.
  double alpha = 1.0;
  bool fit_intercept = true;

  static void each(auto& params, auto&& member) {
    member("alpha", params.alpha);
    member("fit_intercept", params.fit_intercept);
  }
};

/// What linear models have in common once they are fitted.
template <class Derived, class Params>
class LinearModel : public Estimator<Derived, Params> {
 public:
  /// features, or targets x features when y was 2-D. Throws ValueError before fit, as do all.
  const xt::xarray<double>& coef() const {
    this->require_fitted();
    return coef_;
  }
  /// 0-d, or one per target when y was 2-D.
  const xt::xarray<double>& intercept() const {
    this->require_fitted();
    return intercept_;
  }
  void fitted(Attributes& io) {
    io("coef", coef_);
    io("intercept", intercept_);
  }

 protected:
  using Estimator<Derived, Params>::Estimator;
  xt::xarray<double> coef_, intercept_;
};

/// Ordinary least squares by a QR factorisation of the blocks, combined in a tree (TSQR: Demmel,
/// Grigori, Hoemmen, Langou 2012) in one pass: the solution of least norm, without squaring the
/// condition of x.
class LinearRegression : public LinearModel<LinearRegression, LinearRegressionParams> {
 public:
  static constexpr std::string_view kName = "LinearRegression";
  static constexpr EstimatorKind kKind = EstimatorKind::regressor;

  explicit LinearRegression(LinearRegressionParams params = {}) : LinearModel(params) {}

  LinearRegression& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  Array predict(const Array& x) const;
};

/// Least squares with the penalty alpha |coef|² on the coefficients, not on the intercept, by the
/// same factorisation.
class Ridge : public LinearModel<Ridge, RidgeParams> {
 public:
  static constexpr std::string_view kName = "Ridge";
  static constexpr EstimatorKind kKind = EstimatorKind::regressor;

  explicit Ridge(RidgeParams params = {}) : LinearModel(params) {}
  static void check(const RidgeParams& params);

  Ridge& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  Array predict(const Array& x) const;
};

}  // namespace tartan::ml
