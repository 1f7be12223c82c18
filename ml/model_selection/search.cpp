#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ml/model_selection/evaluate.hpp>
#include <numeric>

namespace tartan::ml {
namespace {

struct Spread {
  double mean = 0;
  double std = 0;
};

Spread spread_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Spread spread;
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.std = std::sqrt(squares / count);
  return spread;
}

/// Adds one candidate's "split0_<what>", ..., "mean_<what>" and "std_<what>".
void add_columns(SearchResults& results, const std::string& what,
                 const std::vector<double>& of_folds, bool with_folds) {
  for (std::size_t fold = 0; with_folds && fold < of_folds.size(); ++fold) {
    results.columns[fmt::format("split{}_{}", fold, what)].push_back(of_folds[fold]);
  }
  const Spread spread = spread_of(of_folds);
  results.columns["mean_" + what].push_back(spread.mean);
  results.columns["std_" + what].push_back(spread.std);
}

/// 1 for the greatest; equal values share the lowest rank, and NaN comes last.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto before = std::count_if(values.begin(), values.end(), [&](double other) {
      return other > value || (std::isnan(value) && !std::isnan(other));
    });
    ranks.push_back(1 + static_cast<double>(before));
  }
  return ranks;
}

/// The column that holds the score is "test_score", or "test_<name>" when there are several.
std::string suffix_of(const std::string& score, std::size_t scores) {
  return scores == 1 ? "score" : score;
}

}  // namespace

const std::vector<double>& SearchResults::operator[](const std::string& column) const {
  const auto found = columns.find(column);
  if (found != columns.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, values] : columns) names.push_back(name);
  throw ValueError(
      fmt::format("the results have no column '{}'; they have {}", column, fmt::join(names, ", ")));
}

Search::Search(AnyEstimator estimator, SearchOptions options)
    : estimator_(std::move(estimator)), options_(std::move(options)) {
  const auto task = selection::task_for(options_);
  decides_ = options_.refit_score.empty() ? task.scoring.front() : options_.refit_score;
  if (std::find(task.scoring.begin(), task.scoring.end(), decides_) == task.scoring.end()) {
    throw ValueError(fmt::format("refit_score is '{}', but the scores are {}", decides_,
                                 fmt::join(task.scoring, ", ")));
  }
  if (task.scoring.size() > 1 && options_.refit && options_.refit_score.empty()) {
    throw ValueError("several scores are asked for: say by refit_score which one decides");
  }
}

void Search::run(const std::vector<ParamMap>& candidates, const Array& x, const Array& y) {
  if (candidates.empty()) throw ValueError("a search needs a candidate at least");
  selection::Request request{{},
                             selection::splits_for(estimator_, x, y, options_),
                             selection::task_for(options_),
                             options_.sample_weight,
                             options_.verbose};
  for (const ParamMap& candidate : candidates) {
    request.candidates.push_back(estimator_.clone().set_params(candidate));
  }
  const auto outcomes = selection::evaluate(request, x, y);

  SearchResults results{candidates, {}};
  const auto& scoring = request.task.scoring;
  for (const auto& of_candidate : outcomes) {
    const auto folds = selection::summarize(request.task, of_candidate, options_);
    add_columns(results, "fit_time", folds.fit_seconds, false);
    add_columns(results, "score_time", folds.score_seconds, false);
    for (const std::string& score : scoring) {
      const std::string suffix = suffix_of(score, scoring.size());
      add_columns(results, "test_" + suffix, folds.test_scores.at(score), true);
      if (!options_.return_train_score) continue;
      add_columns(results, "train_" + suffix, folds.train_scores.at(score), true);
    }
  }
  for (const std::string& score : scoring) {
    const std::string suffix = suffix_of(score, scoring.size());
    results.columns["rank_test_" + suffix] = ranks_of(results["mean_test_" + suffix]);
  }
  const auto& ranks = results["rank_test_" + suffix_of(decides_, scoring.size())];
  best_index_ =
      static_cast<std::size_t>(std::min_element(ranks.begin(), ranks.end()) - ranks.begin());
  n_splits_ = static_cast<std::int64_t>(request.splits.size());
  std::optional<AnyEstimator> best;
  if (options_.refit) {
    best = request.candidates[best_index_];
    best->fit(x, y, options_.sample_weight);
  }
  best_ = std::move(best);
  results_ = std::move(results);
}

const SearchResults& Search::cv_results() const {
  if (!results_) throw ValueError("the search has not been run; call fit(x, y) first");
  return *results_;
}

std::size_t Search::best_index() const {
  cv_results();
  return best_index_;
}

double Search::best_score() const {
  const std::string suffix = suffix_of(decides_, std::max<std::size_t>(1, options_.scoring.size()));
  return cv_results()["mean_test_" + suffix][best_index_];
}

const AnyEstimator& Search::best_estimator() const {
  cv_results();
  if (!best_) throw ValueError("the best candidate was not fitted to all rows: refit is false");
  return *best_;
}

std::int64_t Search::n_splits() const {
  cv_results();
  return n_splits_;
}

double Search::score(const Array& x, const Array& y) const {
  return score_by_name(decides_, best_estimator(), x, y);
}

GridSearchCV::GridSearchCV(AnyEstimator estimator, std::vector<Grid> grids, SearchOptions options)
    : Search(std::move(estimator), std::move(options)), grids_(std::move(grids)) {
  static_cast<void>(parameter_grid(grids_));
}

GridSearchCV& GridSearchCV::fit(const Array& x, const Array& y) {
  run(parameter_grid(grids_), x, y);
  return *this;
}

RandomizedSearchCV::RandomizedSearchCV(AnyEstimator estimator, Distributions distributions,
                                       std::int64_t n_iter, std::uint64_t random_state,
                                       SearchOptions options)
    : Search(std::move(estimator), std::move(options)),
      distributions_(std::move(distributions)),
      n_iter_(n_iter),
      random_state_(random_state) {
  static_cast<void>(parameter_sampler(distributions_, 1));
}

RandomizedSearchCV& RandomizedSearchCV::fit(const Array& x, const Array& y) {
  run(parameter_sampler(distributions_, n_iter_, random_state_), x, y);
  return *this;
}

}  // namespace tartan::ml
