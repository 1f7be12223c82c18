#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <tartan/ml/meta.hpp>

namespace tartan::ml {

bool OneVsRestClassifier::can(Method method) const {
  const AnyEstimator& each = params_.estimator;
  switch (method) {
    case Method::predict:
    case Method::score:
      return true;
    case Method::predict_proba:
    case Method::decision_function:
      return each.kind() != EstimatorKind::regressor && each.can(method);
    case Method::sample_weight:
      return each.can(method);
    default:
      return false;
  }
}

OneVsRestClassifier& OneVsRestClassifier::fit(const Array& x, const Array& y,
                                              const Array& sample_weight) {
  const Rows rows = fit_rows(x, y, sample_weight, kName);
  Classes classes = encode_classes(rows.y, kName);
  const Array codes = classes.codes.persist();
  std::vector<AnyEstimator> models;
  // Of two classes the second is told from the first, and that is all.
  for (std::int64_t c = classes.count() == 2 ? 1 : 0; c < classes.count(); ++c) {
    const bool regressor = params_.estimator.kind() == EstimatorKind::regressor;
    const Array is = equal(codes, c).astype(regressor ? DType::float64 : DType::int64);
    models.push_back(params_.estimator.clone());
    models.back().fit(rows.x, is, rows.weight);
  }
  estimators_ = std::move(models);
  classes_ = std::move(classes.values);
  n_features_in_ = rows.features;
  return *this;
}

std::vector<Array> OneVsRestClassifier::scores(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  std::vector<Array> scores;
  for (const AnyEstimator& model : estimators_) {
    if (model.kind() == EstimatorKind::regressor) {
      scores.push_back(model.predict(rows));
    } else if (decides()) {
      scores.push_back(model.decision_function(rows));
    } else {
      scores.push_back(model.predict_proba(rows).slice({all_of_axis, 1}));
    }
  }
  return scores;
}

Array OneVsRestClassifier::predict(const Array& x) const {
  const std::vector<Array> each = scores(x);
  if (each.size() == 1) {
    const double limit = decides() ? 0.0 : 0.5;
    return decode_classes(classes_, (each.front() > limit).astype(DType::int64));
  }
  return decode_classes(classes_,
                        argmax(stack(each, 1).rechunk({each.front().chunks()[0], -1}), 1));
}

Array OneVsRestClassifier::predict_proba(const Array& x) const {
  require_fitted();
  if (!can(Method::predict_proba)) {
    throw TypeError(fmt::format("{}: a {} has no predict_proba", kName, params_.estimator.type()));
  }
  const Array rows = as_rows(x, kName, n_features_in_);
  if (estimators_.size() == 1) return estimators_.front().predict_proba(rows);
  std::vector<Array> columns;
  for (const AnyEstimator& model : estimators_) {
    columns.push_back(model.predict_proba(rows).slice({all_of_axis, 1}));
  }
  const Array joint = stack(columns, 1);
  const Array total = sum(joint, 1, {.keepdims = true});
  return joint / where(total == 0, 1.0, total);
}

Array OneVsRestClassifier::decision_function(const Array& x) const {
  require_fitted();
  if (!decides()) {
    throw TypeError(
        fmt::format("{}: a {} has no decision_function", kName, params_.estimator.type()));
  }
  const std::vector<Array> each = scores(x);
  return each.size() == 1 ? each.front() : stack(each, 1);
}

const std::vector<AnyEstimator>& OneVsRestClassifier::estimators() const {
  require_fitted();
  return estimators_;
}
const Chunk& OneVsRestClassifier::classes() const {
  require_fitted();
  return classes_;
}

}  // namespace tartan::ml
