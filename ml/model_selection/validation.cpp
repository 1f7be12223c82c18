#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <ml/model_selection/evaluate.hpp>
#include <tartan/array/xtensor.hpp>

namespace tartan::ml {
namespace selection {

Task task_for(const ValidationOptions& options) {
  Task task;
  task.scoring = options.scoring;
  if (task.scoring.empty()) task.scoring = {std::string(kOwnScore)};
  for (const std::string& name : task.scoring) check_scorer(name);
  task.train_scores = options.return_train_score;
  task.catches = options.error_score.has_value();
  return task;
}

Validation summarize(const Task& task, const std::vector<Outcome>& folds,
                     const ValidationOptions& options) {
  Validation result;
  for (const Outcome& fold : folds) {
    const bool failed = !fold.error.empty();
    for (std::size_t s = 0; s < task.scoring.size(); ++s) {
      const std::string& name = task.scoring[s];
      result.test_scores[name].push_back(failed ? *options.error_score : fold.test_scores[s]);
      if (!task.train_scores) continue;
      result.train_scores[name].push_back(failed ? *options.error_score : fold.train_scores[s]);
    }
    result.fit_seconds.push_back(fold.fit_seconds);
    result.score_seconds.push_back(fold.score_seconds);
    result.errors.push_back(fold.error);
  }
  return result;
}

}  // namespace selection

namespace {

using selection::Outcome;
using selection::Request;

/// points x folds.
xt::xarray<double> table(const std::vector<std::vector<double>>& rows) {
  auto result = xt::xarray<double>::from_shape({rows.size(), rows.empty() ? 0 : rows[0].size()});
  auto out = result.begin();
  for (const auto& row : rows) out = std::copy(row.begin(), row.end(), out);
  return result;
}

/// The one score a function returns.
const std::string& only_score(const selection::Task& task) {
  if (task.scoring.size() == 1) return task.scoring.front();
  throw ValueError(fmt::format("one score is wanted, but scoring names {}", task.scoring.size()));
}

void add_point(Curve& curve, std::vector<std::vector<double>>& train,
               std::vector<std::vector<double>>& test, const Validation& folds,
               const std::string& score) {
  train.push_back(folds.train_scores.at(score));
  test.push_back(folds.test_scores.at(score));
  curve.train_scores = table(train);
  curve.test_scores = table(test);
}

/// The rows of a partition in their places.
Chunk in_order(const std::vector<Outcome>& folds, const Splits& splits, std::int64_t rows) {
  const Chunk& first = folds.front().predictions;
  Shape shape = first.shape;
  shape[0] = rows;
  MutableChunk result(first.dtype, shape);
  const std::size_t row_bytes = result.nbytes() / static_cast<std::size_t>(rows);
  std::vector<bool> seen(static_cast<std::size_t>(rows), false);
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const std::byte* from = folds[fold].predictions.data.data();
    for (const std::int64_t row : splits[fold].test) {
      if (seen[static_cast<std::size_t>(row)]) {
        throw ValueError("cross_val_predict: row " + std::to_string(row) +
                         " is tested twice; the tests must be a partition of the rows (KFold)");
      }
      seen[static_cast<std::size_t>(row)] = true;
      std::memcpy(result.data() + static_cast<std::size_t>(row) * row_bytes, from, row_bytes);
      from += row_bytes;
    }
  }
  if (std::find(seen.begin(), seen.end(), false) != seen.end()) {
    throw ValueError(
        "cross_val_predict: some rows are never tested; the tests must be a partition of the rows");
  }
  return std::move(result).freeze();
}

}  // namespace

Validation cross_validate(const AnyEstimator& estimator, const Array& x, const Array& y,
                          const ValidationOptions& options) {
  const Request request{{estimator.clone()},
                        selection::splits_for(estimator, x, y, options),
                        selection::task_for(options),
                        options.sample_weight,
                        options.verbose};
  return selection::summarize(request.task, selection::evaluate(request, x, y).front(), options);
}

std::vector<double> cross_val_score(const AnyEstimator& estimator, const Array& x, const Array& y,
                                    const ValidationOptions& options) {
  const std::string score = only_score(selection::task_for(options));
  return cross_validate(estimator, x, y, options).test_scores.at(score);
}

Array cross_val_predict(const AnyEstimator& estimator, const Array& x, const Array& y,
                        const ValidationOptions& options, const std::string& method) {
  if (method != "predict" && method != "predict_proba" && method != "decision_function") {
    throw ValueError(
        fmt::format("cross_val_predict: there is no method '{}'; there are predict, "
                    "predict_proba and decision_function",
                    method));
  }
  Request request{{estimator.clone()},
                  selection::splits_for(estimator, x, y, options),
                  {},
                  options.sample_weight,
                  options.verbose};
  request.task.scores = false;
  request.task.method = method;
  const auto outcomes = selection::evaluate(request, x, y).front();
  return Array(in_order(outcomes, request.splits, x.shape(0)));
}

Curve learning_curve(const AnyEstimator& estimator, const Array& x, const Array& y,
                     const std::variant<std::vector<double>, std::vector<std::int64_t>>& sizes,
                     const ValidationOptions& options) {
  ValidationOptions both = options;
  both.return_train_score = true;
  const selection::Task task = selection::task_for(both);
  const std::string score = only_score(task);
  const Splits splits = selection::splits_for(estimator, x, y, options);
  std::size_t most = splits.front().train.size();
  for (const Split& split : splits) most = std::min(most, split.train.size());
  std::vector<std::int64_t> rows;
  if (const auto* fractions = std::get_if<std::vector<double>>(&sizes)) {
    for (const double fraction : *fractions) {
      rows.push_back(static_cast<std::int64_t>(fraction * static_cast<double>(most)));
    }
  } else {
    rows = std::get<std::vector<std::int64_t>>(sizes);
  }
  Curve curve;
  std::vector<std::vector<double>> train, test;
  for (const std::int64_t count : rows) {
    if (count < 1 || count > static_cast<std::int64_t>(most)) {
      throw ValueError(fmt::format(
          "learning_curve: a size of {} rows is asked for, but fits have between 1 and {}", count,
          most));
    }
    Splits shortened = splits;
    for (Split& split : shortened) split.train.resize(static_cast<std::size_t>(count));
    const Request request{
        {estimator.clone()}, shortened, task, options.sample_weight, options.verbose};
    const auto folds = selection::summarize(task, selection::evaluate(request, x, y).front(), both);
    curve.at.push_back(static_cast<double>(count));
    add_point(curve, train, test, folds, score);
  }
  return curve;
}

Curve validation_curve(const AnyEstimator& estimator, const Array& x, const Array& y,
                       const std::string& parameter, const std::vector<ParamValue>& values,
                       const ValidationOptions& options) {
  ValidationOptions both = options;
  both.return_train_score = true;
  const selection::Task task = selection::task_for(both);
  const std::string score = only_score(task);
  Request request{{},
                  selection::splits_for(estimator, x, y, options),
                  task,
                  options.sample_weight,
                  options.verbose};
  for (const ParamValue& value : values) {
    request.candidates.push_back(estimator.clone().set_params({{parameter, value}}));
  }
  Curve curve;
  std::vector<std::vector<double>> train, test;
  for (const auto& outcomes : selection::evaluate(request, x, y)) {
    add_point(curve, train, test, selection::summarize(task, outcomes, both), score);
  }
  return curve;
}

}  // namespace tartan::ml
