#pragma once

// Fitting and scoring many candidates on many splits, as one graph of tasks.

#include <ml/base/partial.hpp>
#include <string>
#include <tartan/ml/search.hpp>
#include <vector>

namespace tartan::ml::selection {

/// The rows of one split, or what the first steps of a pipeline made of them. y and weights may have
/// no elements.
struct Fold {
  Chunk x_train, y_train, weight_train, x_test, y_test;
  double fit_seconds = 0;  ///< of the steps so far
  double score_seconds = 0;
  std::string error;  ///< of a step that threw

  static constexpr std::string_view kCodec = "tartan::ml::selection::Fold";
  static void fields(auto& self, auto&& field) {
    field(self.x_train, self.y_train, self.weight_train, self.x_test, self.y_test,
          self.fit_seconds, self.score_seconds, self.error);
  }
};

/// What one fit gave.
struct Outcome {
  std::vector<double> test_scores, train_scores;  ///< in the order of the scoring
  double fit_seconds = 0;
  double score_seconds = 0;
  std::string error;
  Chunk predictions;  ///< of the test rows, when asked for

  static constexpr std::string_view kCodec = "tartan::ml::selection::Outcome";
  static void fields(auto& self, auto&& field) {
    field(self.test_scores, self.train_scores, self.fit_seconds, self.score_seconds, self.error,
          self.predictions);
  }
};

/// What every fit of an evaluation is told.
struct Task {
  std::vector<std::string> scoring;
  bool train_scores = false;
  bool scores = true;
  bool catches = false;  ///< a fit that throws is an outcome with an error
  std::string method;    ///< predictions by this are wanted; empty: none

  static constexpr std::string_view kCodec = "tartan::ml::selection::Task";
  static void fields(auto& self, auto&& field) {
    field(self.scoring, self.train_scores, self.scores, self.catches, self.method);
  }
};

/// What is asked of evaluate().
struct Request {
  std::vector<AnyEstimator> candidates;
  Splits splits;
  Task task;
  Array sample_weight;
  bool verbose = false;
};

/// The outcomes by candidate, then by split. The steps of a pipeline are tasks of their own, so that
/// candidates whose first steps are equal share what these made of a fold.
std::vector<std::vector<Outcome>> evaluate(const Request& request, const Array& x, const Array& y);

/// The splits for an estimator: the options', or five folds.
Splits splits_for(const AnyEstimator& estimator, const Array& x, const Array& y,
                  const ValidationOptions& options);

/// The name of the estimator's own score.
inline constexpr std::string_view kOwnScore = "score";
/// Throws ValueError for a name there is not.
void check_scorer(const std::string& name);
/// The options' scores, checked.
Task task_for(const ValidationOptions& options);
/// The folds of one candidate. A fit that threw scores error_score.
Validation summarize(const Task& task, const std::vector<Outcome>& folds,
                     const ValidationOptions& options);

}  // namespace tartan::ml::selection
