#include <fmt/format.h>
#include <ml/base/class_weight.hpp>
#include <ml/linear_model/classify.hpp>
#include <ml/linear_model/least_squares.hpp>
#include <ml/linear_model/sgd_walk.hpp>
#include <tartan/ml/linear_model.hpp>

namespace tartan::ml {
namespace {

/// Whether the mean of the coefficients is what the model gives.
bool gives_mean(const kernels::SGDRule& rule, const detail::SGDWalk& walk) {
  return rule.average > 0 && static_cast<double>(rule.average) <= walk.t - 1;
}

/// Every row's number among classes that were told before.
Array codes_of(const Array& y, const Chunk& classes, std::string_view estimator) {
  const Array known(classes);
  const Array codes = clip(searchsorted(known, y), 0, classes.size() - 1).astype(DType::int32);
  if (any(take(known, codes, 0) != y).item<bool>()) {
    throw ValueError(
        fmt::format("{}: y holds labels that are not among the classes of the first partial_fit; "
                    "give all of them there",
                    estimator));
  }
  return codes;
}

/// The walk to go on with: a fit starts anew unless it is a warm start.
template <class Model, class Walk>
Walk first_walk(const Model& model, const Walk& walk, bool once, std::int64_t features) {
  if (!model.is_fitted() || (!once && !model.params().warm_start)) return {};
  if (model.n_features_in() != features) {
    throw ValueError(fmt::format("{}: x has {} features, but the model was fitted with {}",
                                 Model::kName, features, model.n_features_in()));
  }
  Walk next = walk;
  if (!once) next.t = 1;
  return next;
}

}  // namespace

void SGDClassifier::check(const SGDClassifierParams& params) { linear::check_sgd(kName, params); }

SGDClassifier& SGDClassifier::fit(const Array& x, const Array& y, const Array& sample_weight) {
  return go_on(x, y, sample_weight, {}, false);
}

SGDClassifier& SGDClassifier::partial_fit(const Array& x, const Array& y,
                                          const PartialFitOptions& options) {
  const auto& weight = params_.class_weight;
  if (weight && std::holds_alternative<ClassBalance>(*weight)) {
    throw ValueError(
        "SGDClassifier: class_weight 'balanced' needs all rows at once; give partial_fit weights "
        "by label, or sample_weight");
  }
  return go_on(x, y, options.sample_weight, options.classes, true);
}

SGDClassifier& SGDClassifier::go_on(const Array& x, const Array& y, const Array& sample_weight,
                                    const Array& labels, bool once) {
  if (!y.valid()) throw ValueError("SGDClassifier: fit needs y, the labels");
  Rows rows = fit_rows(x, y, sample_weight, kName, {.many_passes = !once});
  Classes classes;
  if (once && (is_fitted() || labels.valid())) {
    classes.values = is_fitted() ? classes_ : encode_classes(labels, kName).values;
    classes.codes = codes_of(rows.y, classes.values, kName);
  } else {
    classes = encode_classes(rows.y, kName);
  }
  rows.y = classes.codes.persist();
  linear::SGDPlan plan = linear::plan_of(params_);
  plan.rows = rows.count;
  plan.features = rows.features;
  plan.class_weight = class_weights(params_.class_weight, classes, kName);
  if (once) plan.max_epochs = 1;
  detail::SGDWalk walk = first_walk(*this, walk_, once, rows.features);
  n_iter_ = linear::sgd_walk(rows, plan, classes.count(), walk, kName);
  walk_ = std::move(walk);
  const bool mean = gives_mean(plan.rule, walk_);
  coef_ = mean ? walk_.average_coef : walk_.coef;
  intercept_ = mean ? walk_.average_intercept : walk_.intercept;
  classes_ = classes.values;
  n_features_in_ = rows.features;
  return *this;
}

Array SGDClassifier::decision_function(const Array& x) const {
  require_fitted();
  return linear::decision(as_rows(x, kName, n_features_in_), coef_, intercept_);
}

Array SGDClassifier::predict(const Array& x) const {
  return linear::classify(decision_function(x), classes_);
}

Array SGDClassifier::predict_proba(const Array& x) const {
  const bool log = params_.loss == SGDLoss::log_loss;
  if (!log && params_.loss != SGDLoss::modified_huber) {
    throw ValueError(
        "SGDClassifier: there is no predict_proba with this loss; fit with log_loss or "
        "modified_huber");
  }
  const Array decision = decision_function(x);
  const Array positive = log ? linear::expit(decision) : (clip(decision, -1, 1) + 1.0) / 2.0;
  if (decision.ndim() == 1) return linear::both_probabilities(positive);
  const Array total = sum(positive, {1}, {.keepdims = true});
  // A row that every class is certain not to have: all are alike.
  const double alike = 1.0 / static_cast<double>(classes_.size());
  return where(total > 0.0, positive / where(total > 0.0, total, 1.0), alike)
      .astype(decision.dtype());
}

void SGDRegressor::check(const SGDRegressorParams& params) {
  if (params.loss <= SGDLoss::perceptron) {
    throw ValueError(
        "SGDRegressor: this loss is for classes; squared_error, huber, epsilon_insensitive and "
        "squared_epsilon_insensitive are for targets");
  }
  linear::check_sgd(kName, params);
}

SGDRegressor& SGDRegressor::fit(const Array& x, const Array& y, const Array& sample_weight) {
  return go_on(x, y, sample_weight, false);
}

SGDRegressor& SGDRegressor::partial_fit(const Array& x, const Array& y,
                                        const PartialFitOptions& options) {
  return go_on(x, y, options.sample_weight, true);
}

SGDRegressor& SGDRegressor::go_on(const Array& x, const Array& y, const Array& sample_weight,
                                  bool once) {
  if (!y.valid()) throw ValueError("SGDRegressor: fit needs y, the targets");
  Rows rows = fit_rows(x, y, sample_weight, kName, {.many_passes = !once});
  if (rows.y.ndim() != 1) {
    throw ValueError(
        fmt::format("SGDRegressor: y must be 1-D, one target per row, but has the "
                    "shape {}",
                    to_string(rows.y.shape())));
  }
  rows.y = rows.y.astype(DType::float64);
  linear::SGDPlan plan = linear::plan_of(params_);
  plan.rows = rows.count;
  plan.features = rows.features;
  if (once) plan.max_epochs = 1;
  detail::SGDWalk walk = first_walk(*this, walk_, once, rows.features);
  n_iter_ = linear::sgd_walk(rows, plan, 0, walk, kName);
  walk_ = std::move(walk);
  const bool mean = gives_mean(plan.rule, walk_);
  coef_ = xt::flatten(mean ? walk_.average_coef : walk_.coef);
  intercept_ = mean ? walk_.average_intercept : walk_.intercept;
  n_features_in_ = rows.features;
  return *this;
}

Array SGDRegressor::predict(const Array& x) const {
  require_fitted();
  return linear::linear_predictor(as_rows(x, kName, n_features_in_), coef_,
                                  xt::xarray<double>(intercept_(0)));
}

}  // namespace tartan::ml
