#include <algorithm>
#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/meta/models.hpp>
#include <ml/metrics/contingency.hpp>
#include <tartan/ml/meta.hpp>

namespace tartan::ml {
namespace {

constexpr std::string_view kClassifier = "BlockwiseVotingClassifier";

std::int64_t place_of(const std::vector<std::int64_t>& classes, std::int64_t label) {
  return std::lower_bound(classes.begin(), classes.end(), label) - classes.begin();
}

/// The labels of a model's columns: its attribute `classes`.
std::vector<std::int64_t> classes_of(const AnyEstimator& model) {
  const ParamMap attributes = model.attributes();
  const auto found = attributes.find("classes");
  if (found == attributes.end()) {
    throw TypeError(fmt::format("{}: a {} does not say its classes, so that it cannot vote softly",
                                kClassifier, model.type()));
  }
  return as_labels(found->second.as<Chunk>(), kClassifier);
}

/// All classes of the models together.
std::vector<std::int64_t> joint_classes(const Models& models) {
  std::vector<std::int64_t> all;
  for (const AnyEstimator& model : models.list) {
    const auto of_model = classes_of(model);
    all.insert(all.end(), of_model.begin(), of_model.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

namespace tasks {

/// The label that most models predict, the least of equal ones: int64, one column.
Chunk hard_votes(const Chunk& x, const Models& models, std::int64_t) {
  std::vector<std::vector<std::int64_t>> votes;
  for (const AnyEstimator& model : models.list) {
    votes.push_back(as_labels(apply_method(model, Method::predict, x), kClassifier));
  }
  MutableChunk result(DType::int64, {x.shape[0], 1});
  const auto out = result.view<std::int64_t>();
  std::vector<std::int64_t> of_row(votes.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t m = 0; m < votes.size(); ++m) of_row[m] = votes[m][i];
    std::sort(of_row.begin(), of_row.end());
    std::size_t most = 0;
    for (std::size_t first = 0; first < of_row.size();) {
      std::size_t last = first;
      while (last < of_row.size() && of_row[last] == of_row[first]) ++last;
      if (last - first > most) {
        most = last - first;
        out[i] = of_row[first];
      }
      first = last;
    }
  }
  return std::move(result).freeze();
}

/// Rows x classes: the mean of the models' probabilities; a class a model has not met has none.
Chunk mean_probabilities(const Chunk& x, const Models& models, std::int64_t columns) {
  const std::vector<std::int64_t> classes = joint_classes(models);
  MutableChunk result(DType::float64, {x.shape[0], columns});
  const auto out = result.view<double>();
  std::fill(out.begin(), out.end(), 0.0);
  for (const AnyEstimator& model : models.list) {
    const auto of_model = classes_of(model);
    const Chunk probabilities = apply_method(model, Method::predict_proba, x);
    const auto width = static_cast<std::int64_t>(of_model.size());
    for (std::int64_t i = 0; i < x.shape[0]; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        const std::int64_t column = place_of(classes, of_model[static_cast<std::size_t>(j)]);
        out[static_cast<std::size_t>(i * columns + column)] +=
            element(probabilities, i * width + j) / static_cast<double>(models.list.size());
      }
    }
  }
  return std::move(result).freeze();
}

/// The mean of the models' predictions.
Chunk mean_predictions(const Chunk& x, const Models& models, std::int64_t columns) {
  MutableChunk result(DType::float64, {x.shape[0], columns});
  const auto out = result.view<double>();
  std::fill(out.begin(), out.end(), 0.0);
  for (const AnyEstimator& model : models.list) {
    const Chunk predicted = apply_method(model, Method::predict, x);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += element(predicted, i);
    }
  }
  for (double& value : out) value /= static_cast<double>(models.list.size());
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

void require_kind(const AnyEstimator& estimator, EstimatorKind kind, std::string_view name,
                  std::string_view what) {
  if (estimator.kind() == kind) return;
  throw TypeError(
      fmt::format("{}: estimator is a {}, but must be a {}", name, estimator.type(), what));
}

}  // namespace

bool BlockwiseVotingClassifier::can(Method method) const {
  switch (method) {
    case Method::predict:
    case Method::score:
      return true;
    case Method::predict_proba:
      return params_.voting == Voting::soft && params_.estimator.can(method);
    case Method::sample_weight:
      return params_.estimator.can(method);
    default:
      return false;
  }
}

BlockwiseVotingClassifier& BlockwiseVotingClassifier::fit(const Array& x, const Array& y,
                                                          const Array& sample_weight) {
  require_kind(params_.estimator, EstimatorKind::classifier, kName, "classifier");
  if (params_.voting == Voting::soft && !params_.estimator.can(Method::predict_proba)) {
    throw TypeError(fmt::format("{}: a {} has no predict_proba to vote softly with", kName,
                                params_.estimator.type()));
  }
  const Rows rows = fit_rows(x, y, sample_weight, kName, {.many_passes = false});
  Chunk classes = encode_classes(rows.y, kName).values;
  estimators_ = fit_clones(params_.estimator, rows.x, rows.y, rows.weight);
  classes_ = std::move(classes);
  n_features_in_ = rows.features;
  return *this;
}

Array BlockwiseVotingClassifier::predict(const Array& x) const {
  require_fitted();
  if (params_.voting == Voting::soft) {
    return decode_classes(classes_, argmax(predict_proba(x), 1));
  }
  const Array rows = as_rows(x, kName, n_features_in_);
  const Array labels =
      map_models<&tasks::hard_votes>("votes", rows, estimators_, 0, DType::int64, 1);
  return squeeze(labels, 1).astype(classes_.dtype);
}

Array BlockwiseVotingClassifier::predict_proba(const Array& x) const {
  require_fitted();
  if (params_.voting != Voting::soft) {
    throw TypeError(fmt::format("{}: has probabilities with voting soft only", kName));
  }
  const std::int64_t columns = classes_.shape.front();
  return map_models<&tasks::mean_probabilities>("votes", as_rows(x, kName, n_features_in_),
                                                estimators_, columns, DType::float64, columns);
}

const std::vector<AnyEstimator>& BlockwiseVotingClassifier::estimators() const {
  require_fitted();
  return estimators_;
}
const Chunk& BlockwiseVotingClassifier::classes() const {
  require_fitted();
  return classes_;
}

BlockwiseVotingRegressor& BlockwiseVotingRegressor::fit(const Array& x, const Array& y,
                                                        const Array& sample_weight) {
  require_kind(params_.estimator, EstimatorKind::regressor, kName, "regressor");
  const Rows rows = fit_rows(x, y, sample_weight, kName, {.many_passes = false});
  estimators_ = fit_clones(params_.estimator, rows.x, rows.y, rows.weight);
  n_outputs_ = rows.y.ndim() == 1 ? 0 : rows.y.shape(1);
  n_features_in_ = rows.features;
  return *this;
}

Array BlockwiseVotingRegressor::predict(const Array& x) const {
  require_fitted();
  const std::int64_t columns = std::max<std::int64_t>(1, n_outputs_);
  const Array result = map_models<&tasks::mean_predictions>(
      "votes", as_rows(x, kName, n_features_in_), estimators_, columns, DType::float64, columns);
  return n_outputs_ == 0 ? squeeze(result, 1) : result;
}

const std::vector<AnyEstimator>& BlockwiseVotingRegressor::estimators() const {
  require_fitted();
  return estimators_;
}

}  // namespace tartan::ml
