#pragma once

// Searching for parameters and judging models by held-out rows. A search is one graph of tasks: the
// data is brought to the workers once, every fold is cut out once, and each fit is a task that runs
// the estimator as it is (its own passes run inside the task). So are cross-validations and curves.
// The rows must fit one worker's memory several times over; results do not depend on workers.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/split.hpp>
#include <variant>
#include <vector>

namespace tartan::ml {

// ---- candidates -------------------------------------------------------------------------------

/// Values to try, by parameter; several grids are tried one after the other.
using Grid = std::map<std::string, std::vector<ParamValue>, std::less<>>;

/// Every combination of every grid, as scikit-learn's ParameterGrid orders them: parameters by the
/// alphabet, the last one varying fastest. Throws ValueError for a parameter without values.
std::vector<ParamMap> parameter_grid(const std::vector<Grid>& grids);

/// What a parameter is drawn from: one of several values, or a distribution of numbers.
struct Uniform {
  double low = 0;
  double high = 1;
};
/// Uniform in the logarithm; 0 < low <= high.
struct LogUniform {
  double low = 1;
  double high = 10;
};
/// Whole numbers in [low, high).
struct RandInt {
  std::int64_t low = 0;
  std::int64_t high = 10;
};
using Distribution = std::variant<std::vector<ParamValue>, Uniform, LogUniform, RandInt>;
using Distributions = std::map<std::string, Distribution, std::less<>>;

/// n_iter draws. When all are lists the draws are different ones, at most as many as there are.
std::vector<ParamMap> parameter_sampler(const Distributions& distributions, std::int64_t n_iter,
                                        std::uint64_t random_state = 0);

// ---- judging ----------------------------------------------------------------------------------

/// The names that may stand in `scoring`: "accuracy", "r2", ... greater is better for all.
std::vector<std::string> scorer_names();
/// A fitted estimator's score by that name. Throws ValueError naming those there are.
double score_by_name(const std::string& name, const AnyEstimator& estimator, const Array& x,
                     const Array& y, const Array& sample_weight = {});

struct ValidationOptions {
  /// Not given: five folds, stratified for classifiers.
  std::optional<Splitter> cv = {};
  /// Names of scores; empty: the estimator's own, called "score".
  std::vector<std::string> scoring = {};
  bool return_train_score = false;
  /// What a fit that throws scores. Not given: the search throws.
  std::optional<double> error_score = {};
  Array groups = {};         ///< for GroupKFold
  Array sample_weight = {};  ///< of the fits
  bool verbose = false;      ///< shows progress on stderr
};

/// One entry per fold.
struct Validation {
  std::map<std::string, std::vector<double>> test_scores;   ///< by score
  std::map<std::string, std::vector<double>> train_scores;  ///< when asked for
  std::vector<double> fit_seconds;
  std::vector<double> score_seconds;
  /// What fits threw; empty where they did not.
  std::vector<std::string> errors;
};

/// Throws TaskError for a fit that throws (see error_score), ValueError for bad options.
Validation cross_validate(const AnyEstimator& estimator, const Array& x, const Array& y,
                          const ValidationOptions& options = {});
/// The test scores by the one score of options.scoring.
std::vector<double> cross_val_score(const AnyEstimator& estimator, const Array& x, const Array& y,
                                    const ValidationOptions& options = {});
/// Every row's prediction by the model that did not see it, by `method` ("predict", "predict_proba"
/// or "decision_function"). The tests of the splits must be a partition of the rows (ValueError).
Array cross_val_predict(const AnyEstimator& estimator, const Array& x, const Array& y,
                        const ValidationOptions& options = {},
                        const std::string& method = "predict");

/// Points of a curve by folds.
struct Curve {
  std::vector<double> at;                        ///< rows fitted, or nothing for a validation curve
  xt::xarray<double> train_scores, test_scores;  ///< points x folds
};
/// Scores by the number of rows fitted: fractions of the largest fit if double, in (0, 1], else
/// rows.
Curve learning_curve(const AnyEstimator& estimator, const Array& x, const Array& y,
                     const std::variant<std::vector<double>, std::vector<std::int64_t>>& sizes,
                     const ValidationOptions& options = {});
/// Scores by the values of one parameter.
Curve validation_curve(const AnyEstimator& estimator, const Array& x, const Array& y,
                       const std::string& parameter, const std::vector<ParamValue>& values,
                       const ValidationOptions& options = {});

// ---- searches ---------------------------------------------------------------------------------

/// What a search found, as columns of one entry per candidate, named as scikit-learn's cv_results_:
/// "mean_test_score", "split0_test_score", "rank_test_score", "mean_fit_time", ... (with several
/// scores "mean_test_accuracy" and so on).
struct SearchResults {
  std::vector<ParamMap> params;
  std::map<std::string, std::vector<double>> columns;

  /// Throws ValueError naming the columns there are.
  const std::vector<double>& operator[](const std::string& column) const;
};

struct SearchOptions : ValidationOptions {
  /// Whether the best candidate is fitted to all rows in the end.
  bool refit = true;
  /// The score that decides when there are several.
  std::string refit_score = {};
};

/// What GridSearchCV and RandomizedSearchCV share. Throws ValueError for what it has not got:
/// before fit(), or without refit.
class Search {
 public:
  const SearchResults& cv_results() const;
  /// The first of the candidates with the best mean score.
  std::size_t best_index() const;
  const ParamMap& best_params() const { return cv_results().params[best_index()]; }
  double best_score() const;
  const AnyEstimator& best_estimator() const;
  std::int64_t n_splits() const;

  Array predict(const Array& x) const { return best_estimator().predict(x); }
  Array predict_proba(const Array& x) const { return best_estimator().predict_proba(x); }
  Array decision_function(const Array& x) const { return best_estimator().decision_function(x); }
  Array transform(const Array& x) const { return best_estimator().transform(x); }
  /// By the score that decides.
  double score(const Array& x, const Array& y) const;

 protected:
  Search(AnyEstimator estimator, SearchOptions options);
  void run(const std::vector<ParamMap>& candidates, const Array& x, const Array& y);

 private:
  AnyEstimator estimator_;
  SearchOptions options_;
  std::optional<SearchResults> results_;
  std::optional<AnyEstimator> best_;
  std::size_t best_index_ = 0;
  std::string decides_;
  std::int64_t n_splits_ = 0;
};

/// Tries every combination of a grid (or of several).
class GridSearchCV : public Search {
 public:
  GridSearchCV(AnyEstimator estimator, std::vector<Grid> grids, SearchOptions options = {});
  GridSearchCV(AnyEstimator estimator, Grid grid, SearchOptions options = {})
      : GridSearchCV(std::move(estimator), std::vector<Grid>{std::move(grid)}, std::move(options)) {
  }
  GridSearchCV& fit(const Array& x, const Array& y = {});

 private:
  std::vector<Grid> grids_;
};

/// Tries n_iter combinations drawn from distributions.
class RandomizedSearchCV : public Search {
 public:
  RandomizedSearchCV(AnyEstimator estimator, Distributions distributions, std::int64_t n_iter = 10,
                     std::uint64_t random_state = 0, SearchOptions options = {});
  RandomizedSearchCV& fit(const Array& x, const Array& y = {});

 private:
  Distributions distributions_;
  std::int64_t n_iter_;
  std::uint64_t random_state_;
};

}  // namespace tartan::ml
