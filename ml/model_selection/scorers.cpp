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

/// scikit-learn's names. Errors have a minus, so that greater is better.
const std::map<std::string, Scorer>& scorers() {
  static const std::map<std::string, Scorer> all{
      {std::string(selection::kOwnScore),
       [](const Rated& r) { return r.estimator.score(r.x, r.y, r.sample_weight); }},
      {"accuracy",
       [](const Rated& r) { return accuracy_score(r.y, r.predictions(), r.weighted()); }},
      {"r2", [](const Rated& r) { return r2_score(r.y, r.predictions(), r.weighted()); }},
  };
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
