#include <functional>
#include <map>

#include "jobs.hpp"

namespace oracle {
namespace {

using tartan::Array;

struct Given {
  Array y_true, y_pred, sample_weight;
  const json& job;
};
using Metric = std::function<json(const Given&)>;

/// Every metric has its line.
const std::map<std::string, Metric>& metrics() {
  using namespace tartan::ml;
  static const std::map<std::string, Metric> all{
      {"accuracy_score",
       [](const Given& g) {
         return accuracy_score(g.y_true, g.y_pred, {.sample_weight = g.sample_weight});
       }},
      {"normalized_mutual_info_score",
       [](const Given& g) { return normalized_mutual_info_score(g.y_true, g.y_pred); }},
      {"r2_score",
       [](const Given& g) {
         return r2_score(g.y_true, g.y_pred, {.sample_weight = g.sample_weight});
       }},
  };
  return all;
}

}  // namespace

json run_metric(const json& job) {
  const Given given{read_array(job, "y_true"), read_array(job, "y_pred"),
                    read_array(job, "sample_weight"), job};
  return {{"value", metrics().at(job.at("name").get<std::string>())(given)}};
}

}  // namespace oracle
