#include <chrono>
#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/base/task_batch.hpp>
#include <ml/model_selection/evaluate.hpp>
#include <span>
#include <tartan/client/progress.hpp>
#include <tartan/ml/pipeline.hpp>

namespace tartan::ml::selection {
namespace tasks {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Chunk rows_of(const Chunk& from, const std::vector<std::int64_t>& rows) {
  if (from.shape.front() == 0) return from;
  const std::int64_t row_bytes = static_cast<std::int64_t>(from.nbytes()) / from.shape.front();
  Shape shape = from.shape;
  shape[0] = static_cast<std::int64_t>(rows.size());
  MutableChunk to(from.dtype, shape);
  std::byte* out = to.data();
  for (const std::int64_t row : rows) {
    const auto bytes = from.data.bytes().subspan(static_cast<std::size_t>(row * row_bytes),
                                                 static_cast<std::size_t>(row_bytes));
    out = std::copy(bytes.begin(), bytes.end(), out);
  }
  return std::move(to).freeze();
}

Array array_of(const Chunk& chunk) { return chunk.shape.front() == 0 ? Array() : Array(chunk); }

std::vector<double> scores_of(const AnyEstimator& fitted, const Task& task, const Array& x,
                              const Array& y) {
  std::vector<double> scores;
  for (const std::string& name : task.scoring) {
    scores.push_back(score_by_name(name, fitted, x, y));
  }
  return scores;
}

Array predictions_of(const AnyEstimator& fitted, const std::string& method, const Array& x) {
  if (method == "predict_proba") return fitted.predict_proba(x);
  if (method == "decision_function") return fitted.decision_function(x);
  return fitted.predict(x);
}

void fit_and_score(Outcome& outcome, AnyEstimator estimator, const Fold& fold, const Task& task) {
  const Array x = array_of(fold.x_train);
  const Array y = array_of(fold.y_train);
  const Array x_test = array_of(fold.x_test);
  const auto start = Clock::now();
  estimator.fit(x, y, array_of(fold.weight_train));
  outcome.fit_seconds = fold.fit_seconds + seconds_since(start);
  const auto fitted = Clock::now();
  if (task.scores) outcome.test_scores = scores_of(estimator, task, x_test, array_of(fold.y_test));
  outcome.score_seconds = fold.score_seconds + seconds_since(fitted);
  if (task.train_scores) outcome.train_scores = scores_of(estimator, task, x, y);
  if (!task.method.empty()) {
    outcome.predictions = predictions_of(estimator, task.method, x_test).compute_chunk();
  }
}

}  // namespace

Fold cut_fold(const Chunk& x, const Chunk& y, const Chunk& weight, const Split& split) {
  Fold fold;
  fold.x_train = rows_of(x, split.train);
  fold.y_train = rows_of(y, split.train);
  fold.weight_train = rows_of(weight, split.train);
  fold.x_test = rows_of(x, split.test);
  fold.y_test = rows_of(y, split.test);
  return fold;
}

Fold fit_step(const Fold& fold, const AnyEstimator& step, bool catches) {
  if (!fold.error.empty()) return fold;
  const InlineScope here;
  Fold next = fold;
  try {
    AnyEstimator transformer = step;
    const Array x(fold.x_train);
    const auto start = Clock::now();
    transformer.fit(x, array_of(fold.y_train));
    next.x_train = transformer.transform(x).compute_chunk();
    next.fit_seconds += seconds_since(start);
    const auto fitted = Clock::now();
    next.x_test = transformer.transform(Array(fold.x_test)).compute_chunk();
    next.score_seconds += seconds_since(fitted);
  } catch (const std::exception& error) {
    if (!catches) throw;
    next.error = error.what();
  }
  return next;
}

Outcome fit_fold(const Fold& fold, const AnyEstimator& estimator, const Task& task) {
  const InlineScope here;
  Outcome outcome;
  outcome.predictions = Chunk{DType::float64, {0}, {}};
  outcome.error = fold.error;
  if (!outcome.error.empty()) return outcome;
  if (!task.catches) {
    fit_and_score(outcome, estimator, fold, task);
    return outcome;
  }
  try {
    fit_and_score(outcome, estimator, fold, task);
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  return outcome;
}

}  // namespace tasks

namespace {

/// An array as one future of one chunk; a chunk without elements stands for no array.
AnyFuture gathered(Client& client, const Array& array, std::vector<Array>& keep) {
  if (!array.valid()) {
    return client.scatter(Value::of(Chunk{DType::float64, {0}, {}}));
  }
  Chunks whole;
  for (const std::int64_t length : array.shape()) whole.push_back({length});
  keep.push_back(array.rechunk(whole).persist());
  return keep.back().futures().front();
}

/// Fits one candidate on every fold. Equal steps on equal folds are one task, whoever asks for them.
void add_fits(TaskBatch& batch, const AnyEstimator& candidate,
              const std::vector<TaskBatch::Ref>& folds, const Task& task,
              std::vector<TaskBatch::Ref>& fits) {
  std::vector<Value> before;
  AnyEstimator last = candidate;
  if (const auto* pipeline = candidate.get_if<Pipeline>()) {
    const auto& steps = pipeline->params().steps;
    const auto* end = steps.empty() ? nullptr : std::get_if<AnyEstimator>(&steps.back().second);
    if (end != nullptr) {
      last = *end;
      for (const auto& [name, step] : std::span(steps).first(steps.size() - 1)) {
        const auto* transformer = std::get_if<AnyEstimator>(&step);
        if (transformer != nullptr) before.push_back(Value::of(*transformer));
      }
    }
  }
  const Value estimator = Value::of(last);
  for (TaskBatch::Ref fold : folds) {
    for (const Value& step : before) {
      fold = batch.add<&tasks::fit_step>("fit-step", {fold, step, Value::of(task.catches)});
    }
    fits.push_back(
        batch.add<&tasks::fit_fold>("fit-and-score", {fold, estimator, Value::of(task)}));
  }
}

}  // namespace

std::vector<std::vector<Outcome>> evaluate(const Request& request, const Array& x, const Array& y) {
  Client& client = Client::current();
  std::vector<Array> keep;
  const AnyFuture all_x = gathered(client, x, keep);
  const AnyFuture all_y = gathered(client, y, keep);
  const AnyFuture weights = gathered(client, request.sample_weight, keep);
  const std::int64_t fold_bytes = x.nbytes() + (y.valid() ? y.nbytes() : 0) + 4096;

  TaskBatch batch(client);
  std::vector<TaskBatch::Ref> folds;
  for (const Split& split : request.splits) {
    folds.push_back(batch.add<&tasks::cut_fold>(
        "cut-fold", {batch.use(all_x), batch.use(all_y), batch.use(weights), Value::of(split)},
        static_cast<std::uint64_t>(fold_bytes)));
  }
  std::vector<TaskBatch::Ref> fits;
  for (const AnyEstimator& candidate : request.candidates) {
    add_fits(batch, candidate, folds, request.task, fits);
  }
  const std::vector<AnyFuture> futures = batch.submit(fits);
  std::optional<Progress> progress;
  if (request.verbose) progress.emplace("fits", futures.size());
  std::vector<std::vector<Outcome>> outcomes(request.candidates.size());
  std::size_t next = 0;
  for (auto& of_candidate : outcomes) {
    for (std::size_t split = 0; split < request.splits.size(); ++split) {
      of_candidate.push_back(futures[next++].get_value().get<Outcome>());
      if (progress) progress->advance();
    }
  }
  if (progress) progress->finish();
  return outcomes;
}

Splits splits_for(const AnyEstimator& estimator, const Array& x, const Array& y,
                  const ValidationOptions& options) {
  if (options.cv) return split_rows(*options.cv, x.shape(0), y, options.groups);
  if (estimator.kind() == EstimatorKind::classifier && y.valid()) {
    return split_rows(StratifiedKFold(), x.shape(0), y);
  }
  return split_rows(KFold(), x.shape(0));
}

}  // namespace tartan::ml::selection
