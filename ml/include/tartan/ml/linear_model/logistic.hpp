#pragma once

// Logistic regression.

#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/class_weight.hpp>
#include <tartan/ml/linear_model/solver.hpp>

namespace tartan::ml {

/// What linear classifiers have in common once they are fitted.
template <class Derived, class Params>
class LinearClassifier : public Estimator<Derived, Params> {
 public:
  /// 1 x features of the second class of two, or classes x features. Throws ValueError before fit,
  /// as do all.
  const xt::xarray<double>& coef() const {
    this->require_fitted();
    return coef_;
  }
  /// One per row of coef; zeros without an intercept.
  const xt::xarray<double>& intercept() const {
    this->require_fitted();
    return intercept_;
  }
  /// The labels, sorted, of y's dtype.
  const Chunk& classes() const {
    this->require_fitted();
    return classes_;
  }
  /// Iterations of the last fit.
  std::int64_t n_iter() const {
    this->require_fitted();
    return n_iter_;
  }
  void fitted(Attributes& io) {
    io("coef", coef_);
    io("intercept", intercept_);
    io("classes", classes_);
    io("n_iter", n_iter_);
  }

 protected:
  using Estimator<Derived, Params>::Estimator;
  xt::xarray<double> coef_, intercept_;
  Chunk classes_;
  std::int64_t n_iter_ = 0;
};

struct LogisticRegressionParams {
  /// None: no penalty.
  std::optional<Penalty> penalty = Penalty::l2;
  /// The largest element of the gradient at which the fit is done.
  double tol = 1e-4;
  /// The inverse of the penalty's weight; above 0.
  double C = 1.0;
  bool fit_intercept = true;
  ClassWeight class_weight = {};
  LinearSolver solver = LinearSolver::lbfgs;
  std::int64_t max_iter = 100;
  /// Start at the coefficients of the last fit, when they are as many.
  bool warm_start = false;
  /// The part of l1 in elasticnet, from 0 to 1.
  double l1_ratio = 0.5;

  static void each(auto& params, auto&& member) {
    member("penalty", params.penalty);
    member("tol", params.tol);
    member("C", params.C);
    member("fit_intercept", params.fit_intercept);
    member("class_weight", params.class_weight);
    member("solver", params.solver);
    member("max_iter", params.max_iter);
    member("warm_start", params.warm_start);
    member("l1_ratio", params.l1_ratio);
  }
};

/// Minimises C * sum of weight * log loss + the penalty on the coefficients: |coef|² / 2, |coef|_1,
/// or l1_ratio of one and the rest of the other. The intercept is never penalised. More than two
/// classes share one softmax (multinomial). Every iteration of lbfgs reads the data once, mostly.
class LogisticRegression : public LinearClassifier<LogisticRegression, LogisticRegressionParams> {
 public:
  static constexpr std::string_view kName = "LogisticRegression";
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;

  explicit LogisticRegression(LogisticRegressionParams params = {})
      : LinearClassifier(std::move(params)) {}
  static void check(const LogisticRegressionParams& params);

  /// y: labels. Throws ValueError for one class only.
  LogisticRegression& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  /// Two classes: 1-D, positive for the second. More: rows x classes.
  Array decision_function(const Array& x) const;
  Array predict(const Array& x) const;
  /// rows x classes.
  Array predict_proba(const Array& x) const;
};

}  // namespace tartan::ml
