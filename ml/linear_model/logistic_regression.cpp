#include <fmt/format.h>
#include <ml/base/class_weight.hpp>
#include <ml/base/vectors.hpp>
#include <ml/linear_model/classify.hpp>
#include <ml/linear_model/solvers/solve.hpp>
#include <tartan/ml/linear_model.hpp>

namespace tartan::ml {
namespace {

using linear::Vector;

linear::Settings settings_of(const LogisticRegressionParams& params) {
  linear::Settings settings{
      .solver = params.solver, .tol = params.tol, .max_iter = params.max_iter};
  if (!params.penalty) return settings;
  const double ratio = *params.penalty == Penalty::l1   ? 1
                       : *params.penalty == Penalty::l2 ? 0
                                                        : params.l1_ratio;
  settings.l1 = ratio / params.C;
  settings.l2 = (1 - ratio) / params.C;
  return settings;
}

/// The same model with the intercepts, and coefficients without a penalty, summing to 0 over the
/// classes: nothing but this fixes them.
void centre(Vector& params, const kernels::GlmShape& shape, bool free_coefficients) {
  const auto outputs = static_cast<std::size_t>(shape.outputs);
  const auto features = static_cast<std::size_t>(shape.features);
  const auto centre_column = [&](std::size_t first, std::size_t step) {
    double mean = 0;
    for (std::size_t k = 0; k < outputs; ++k) mean += params[first + k * step];
    mean /= static_cast<double>(outputs);
    for (std::size_t k = 0; k < outputs; ++k) params[first + k * step] -= mean;
  };
  if (shape.intercept) centre_column(outputs * features, 1);
  for (std::size_t j = 0; free_coefficients && j < features; ++j) centre_column(j, features);
}

}  // namespace

void LogisticRegression::check(const LogisticRegressionParams& params) {
  const auto refuse = [](std::string_view name, double value, std::string_view wanted) {
    throw ValueError(
        fmt::format("LogisticRegression: {} is {}, but must be {}", name, value, wanted));
  };
  if (!(params.C > 0)) refuse("C", params.C, "above 0");
  if (!(params.tol >= 0)) refuse("tol", params.tol, "0 or more");
  if (params.max_iter < 0) {
    refuse("max_iter", static_cast<double>(params.max_iter), "0 or more");
  }
  if (!(params.l1_ratio >= 0 && params.l1_ratio <= 1)) {
    refuse("l1_ratio", params.l1_ratio, "from 0 to 1");
  }
  const bool smooth_only =
      params.solver == LinearSolver::newton_cg || params.solver == LinearSolver::gradient_descent;
  if (smooth_only && params.penalty && *params.penalty != Penalty::l2) {
    throw ValueError(
        "LogisticRegression: this solver takes the penalty l2 or none; lbfgs, proximal_grad and "
        "admm take l1 and elasticnet");
  }
}

LogisticRegression& LogisticRegression::fit(const Array& x, const Array& y,
                                            const Array& sample_weight) {
  if (!y.valid()) throw ValueError("LogisticRegression: fit needs y, the labels");
  Rows rows = fit_rows(x, y, sample_weight, kName);
  const Classes classes = encode_classes(rows.y, kName);
  rows.y = classes.codes.persist();
  linear::Losses losses;
  losses.shape.features = rows.features;
  losses.shape.intercept = params_.fit_intercept;
  const bool binary = classes.count() == 2;
  losses.shape.loss = binary ? kernels::GlmLoss::logistic : kernels::GlmLoss::softmax;
  losses.shape.outputs = binary ? 1 : classes.count();
  losses.class_weight = class_weights(params_.class_weight, classes, kName);
  const auto coefficients = static_cast<std::size_t>(losses.shape.coefficients());
  const auto size = static_cast<std::size_t>(losses.shape.size());

  Vector start(size, 0.0);
  if (params_.warm_start && is_fitted() && coef_.size() == coefficients) {
    std::copy(coef_.begin(), coef_.end(), start.begin());
    if (params_.fit_intercept) {
      std::copy(intercept_.begin(), intercept_.end(),
                start.begin() + static_cast<std::ptrdiff_t>(coefficients));
    }
  }
  const linear::Settings settings = settings_of(params_);
  linear::Fit found = linear::fit_losses(rows, losses, settings, start);
  if (!binary) centre(found.params, losses.shape, settings.l1 == 0 && settings.l2 == 0);

  const auto outputs = static_cast<std::size_t>(losses.shape.outputs);
  const auto split = found.params.begin() + static_cast<std::ptrdiff_t>(coefficients);
  coef_ = as_xarray({found.params.begin(), split}, outputs, coefficients / outputs);
  Vector intercepts(split, found.params.end());
  intercepts.resize(outputs, 0.0);
  intercept_ = as_xarray(intercepts);
  classes_ = classes.values;
  n_iter_ = found.n_iter;
  n_features_in_ = rows.features;
  return *this;
}

Array LogisticRegression::decision_function(const Array& x) const {
  require_fitted();
  return linear::decision(as_rows(x, kName, n_features_in_), coef_, intercept_);
}

Array LogisticRegression::predict(const Array& x) const {
  return linear::classify(decision_function(x), classes_);
}

Array LogisticRegression::predict_proba(const Array& x) const {
  const Array decision = decision_function(x);
  if (decision.ndim() == 2) return linear::softmax(decision);
  return linear::both_probabilities(linear::expit(decision));
}

}  // namespace tartan::ml
