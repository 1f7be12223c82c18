#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <ml/model_selection/evaluate.hpp>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

struct Rated {
  const AnyEstimator& estimator;
  const Array& x;
  const Array& y;
  const Array& sample_weight;

  Array predictions() const { return estimator.predict(x); }
  ScoreOptions weighted() const { return {.sample_weight = sample_weight}; }
};
using Scorer = std::function<double(const Rated&)>;

/// Scores for the second of two classes, or for every class: what orders the rows.
Array ranking_of(const Rated& r) {
  if (r.estimator.can(Method::decision_function)) return r.estimator.decision_function(r.x);
  const Array probabilities = r.estimator.predict_proba(r.x);
  return probabilities.shape(1) == 2 ? probabilities.slice({All{}, 1}) : probabilities;
}

template <auto Metric>
double of_labels(const Rated& r) {
  return Metric(r.y, r.predictions(), r.weighted());
}
template <auto Metric>
double minus(const Rated& r) {
  return -Metric(r.y, r.predictions(), r.weighted());
}

using Averaged = double (*)(const Array&, const Array&, const PrecisionOptions&);
using Error = double (*)(const Array&, const Array&, const RegressionOptions&);

/// "f1", "f1_micro", "f1_macro" and "f1_weighted".
void add_averages(std::map<std::string, Scorer>& all, const std::string& name, Averaged metric) {
  for (const auto& [average, suffix] : EnumNames<ClassAverage>::values) {
    const bool binary = average == ClassAverage::binary;
    const auto kind = average;
    all.emplace(binary ? name : name + "_" + suffix, [metric, kind](const Rated& r) {
      return metric(r.y, r.predictions(), {.average = kind, .sample_weight = r.sample_weight});
    });
  }
}

void add_ranking(std::map<std::string, Scorer>& all) {
  all.emplace("roc_auc", [](const Rated& r) {
    return roc_auc_score(r.y, ranking_of(r), {.sample_weight = r.sample_weight});
  });
  for (const RocMultiClass kind : {RocMultiClass::ovr, RocMultiClass::ovo}) {
    const bool ovr = kind == RocMultiClass::ovr;
    all.emplace(ovr ? "roc_auc_ovr" : "roc_auc_ovo", [kind](const Rated& r) {
      return roc_auc_score(r.y, r.estimator.predict_proba(r.x),
                           {.multi_class = kind, .sample_weight = r.sample_weight});
    });
  }
  all.emplace("average_precision", [](const Rated& r) {
    return average_precision_score(r.y, ranking_of(r), {.sample_weight = r.sample_weight});
  });
  all.emplace("neg_log_loss", [](const Rated& r) {
    return -log_loss(r.y, r.estimator.predict_proba(r.x), {.sample_weight = r.sample_weight});
  });
}

void add_errors(std::map<std::string, Scorer>& all) {
  const std::pair<const char*, Error> errors[] = {
      {"mean_absolute_error", &mean_absolute_error},
      {"mean_absolute_percentage_error", &mean_absolute_percentage_error},
      {"mean_squared_error", &mean_squared_error},
      {"mean_squared_log_error", &mean_squared_log_error},
      {"median_absolute_error", &median_absolute_error},
      {"root_mean_squared_error", &root_mean_squared_error}};
  for (const auto& [name, error] : errors) {
    const Error metric = error;
    all.emplace("neg_" + std::string(name), [metric](const Rated& r) {
      return -metric(r.y, r.predictions(), r.weighted());
    });
  }
  all.emplace("max_error", [](const Rated& r) { return -max_error(r.y, r.predictions()); });
}

/// scikit-learn's names. Errors have a minus, so that greater is better.
std::map<std::string, Scorer> all_scorers() {
  std::map<std::string, Scorer> all{
      {std::string(selection::kOwnScore),
       [](const Rated& r) { return r.estimator.score(r.x, r.y, r.sample_weight); }},
      {"accuracy", &of_labels<&accuracy_score>},
      {"adjusted_rand_score",
       [](const Rated& r) { return adjusted_rand_score(r.y, r.predictions()); }},
      {"balanced_accuracy", &of_labels<&balanced_accuracy_score>},
      {"explained_variance",
       [](const Rated& r) { return explained_variance_score(r.y, r.predictions(), r.weighted()); }},
      {"matthews_corrcoef", &of_labels<&matthews_corrcoef>},
      {"neg_mean_gamma_deviance", &minus<&mean_gamma_deviance>},
      {"neg_mean_poisson_deviance", &minus<&mean_poisson_deviance>},
      {"r2", [](const Rated& r) { return r2_score(r.y, r.predictions(), r.weighted()); }},
      {"v_measure_score", [](const Rated& r) { return v_measure_score(r.y, r.predictions()); }},
  };
  add_averages(all, "f1", &f1_score);
  add_averages(all, "jaccard", &jaccard_score);
  add_averages(all, "precision", &precision_score);
  add_averages(all, "recall", &recall_score);
  add_ranking(all);
  add_errors(all);
  return all;
}

const std::map<std::string, Scorer>& scorers() {
  static const std::map<std::string, Scorer> all = all_scorers();
  return all;
}

}  // namespace

std::vector<std::string> scorer_names() {
  std::vector<std::string> names;
  for (const auto& [name, scorer] : scorers()) names.push_back(name);
  return names;
}

void selection::check_scorer(const std::string& name) {
  if (scorers().contains(name)) return;
  throw ValueError(
      fmt::format("there is no score '{}'; there are {}", name, fmt::join(scorer_names(), ", ")));
}

double score_by_name(const std::string& name, const AnyEstimator& estimator, const Array& x,
                     const Array& y, const Array& sample_weight) {
  selection::check_scorer(name);
  return scorers().at(name)({estimator, x, y, sample_weight});
}

}  // namespace tartan::ml
