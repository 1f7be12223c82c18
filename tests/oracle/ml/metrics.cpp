#include <functional>
#include <map>

#include "jobs.hpp"

namespace oracle {
namespace {

using namespace tartan::ml;
using tartan::Array;

struct Given {
  Array y_true, y_pred, sample_weight;
  const json& job;

  bool has(const char* name) const { return job.contains(name); }
  /// scikit-learn's None among the values of `average` or `multioutput`.
  bool raw(const char* name) const {
    return has(name) && (job.at(name).is_null() || job.at(name) == "raw_values");
  }
  template <class T>
  T get(const char* name, T otherwise) const {
    if (!has(name) || job.at(name).is_null()) return otherwise;
    return ParamTraits<T>::from(to_param(job.at(name)));
  }
  std::vector<std::int64_t> labels() const { return get("labels", std::vector<std::int64_t>()); }
};
using Metric = std::function<json(const Given&)>;

json numbers(const xt::xarray<double>& values) { return to_json(tartan::to_chunk(values)); }

ScoreOptions weighted(const Given& g) { return {.sample_weight = g.sample_weight}; }

PrecisionOptions precision(const Given& g) {
  PrecisionOptions options{.labels = g.labels(), .sample_weight = g.sample_weight};
  if (!g.raw("average")) options.average = g.get("average", options.average);
  options.pos_label = g.get("pos_label", options.pos_label);
  options.zero_division = g.get("zero_division", options.zero_division);
  return options;
}

RegressionOptions regression(const Given& g) {
  RegressionOptions options{.sample_weight = g.sample_weight};
  if (g.has("multioutput") && g.job.at("multioutput").is_array()) {
    options.output_weights = g.get("multioutput", options.output_weights);
  }
  return options;
}

R2Options r2(const Given& g) {
  R2Options options{.sample_weight = g.sample_weight,
                    .output_weights = regression(g).output_weights};
  if (g.has("multioutput") && g.job.at("multioutput").is_string() && !g.raw("multioutput")) {
    options.multioutput = g.get("multioutput", options.multioutput);
  }
  options.force_finite = g.get("force_finite", true);
  return options;
}

CurveOptions curve(const Given& g) {
  CurveOptions options{.sample_weight = g.sample_weight};
  options.pos_label = g.get("pos_label", options.pos_label);
  options.drop_intermediate = g.get("drop_intermediate", true);
  return options;
}

PairwiseKernelOptions kernel(const Given& g) {
  PairwiseKernelOptions options;
  options.gamma = g.get("gamma", options.gamma);
  options.degree = g.get("degree", options.degree);
  options.coef0 = g.get("coef0", options.coef0);
  return options;
}

/// A metric of classes, or of targets, whose parts may be wanted.
#define TARTAN_RAW(name, parameter, options, ...)                                          \
  {                                                                                        \
#name, [](const Given& g) -> json {                                                      \
      if (g.raw(parameter)) {                                                                \
        return numbers(name(raw_values, g.y_true, g.y_pred, ##__VA_ARGS__, options(g)));     \
      }                                                                                      \
      return name(g.y_true, g.y_pred, ##__VA_ARGS__, options(g));                            \
    } \
  }
#define TARTAN_PLAIN(name)                                                 \
  {                                                                        \
#name, [](const Given& g) -> json { return name(g.y_true, g.y_pred); } \
  }
#define TARTAN_SCORE(name, ...)                                                         \
  {                                                                                     \
#name, [](const Given& g) -> json { return name(g.y_true, g.y_pred, __VA_ARGS__); } \
  }

using Metrics = std::map<std::string, Metric>;

Metrics of_classifiers() {
  return {
      TARTAN_SCORE(accuracy_score,
                   {.normalize = g.get("normalize", true), .sample_weight = g.sample_weight}),
      TARTAN_SCORE(zero_one_loss,
                   {.normalize = g.get("normalize", true), .sample_weight = g.sample_weight}),
      TARTAN_SCORE(hamming_loss, weighted(g)),
      TARTAN_SCORE(balanced_accuracy_score,
                   {.adjusted = g.get("adjusted", false), .sample_weight = g.sample_weight}),
      {"confusion_matrix",
       [](const Given& g) {
         return numbers(confusion_matrix(g.y_true, g.y_pred,
                                         {.labels = g.labels(),
                                          .normalize = g.get("normalize", ConfusionNormalize::none),
                                          .sample_weight = g.sample_weight}));
       }},
      TARTAN_RAW(precision_score, "average", precision),
      TARTAN_RAW(recall_score, "average", precision),
      TARTAN_RAW(f1_score, "average", precision),
      TARTAN_RAW(jaccard_score, "average", precision),
      TARTAN_RAW(fbeta_score, "average", precision, g.get("beta", 1.0)),
      {"precision_recall_fscore_support",
       [](const Given& g) -> json {
         const double beta = g.get("beta", 1.0);
         const PrecisionRecall found =
             g.get<std::string>("average", "").empty()
                 ? precision_recall_fscore_support(raw_values, g.y_true, g.y_pred, precision(g),
                                                   beta)
                 : precision_recall_fscore_support(g.y_true, g.y_pred, precision(g), beta);
         return {numbers(found.precision), numbers(found.recall), numbers(found.fscore),
                 numbers(found.support)};
       }},
      TARTAN_SCORE(matthews_corrcoef, weighted(g)),
      TARTAN_SCORE(cohen_kappa_score, {.labels = g.labels(),
                                       .weights = g.get("weights", KappaWeights::none),
                                       .sample_weight = g.sample_weight}),
      TARTAN_SCORE(log_loss, {.eps = g.get("eps", std::optional<double>()),
                              .normalize = g.get("normalize", true),
                              .labels = g.labels(),
                              .sample_weight = g.sample_weight}),
      TARTAN_SCORE(brier_score_loss,
                   {.pos_label = g.get("pos_label", std::optional<std::int64_t>()),
                    .sample_weight = g.sample_weight}),
      TARTAN_SCORE(hinge_loss, {.labels = g.labels(), .sample_weight = g.sample_weight}),
  };
}

Metrics of_scores() {
  return {
      {"roc_curve",
       [](const Given& g) -> json {
         const RocCurve found = roc_curve(g.y_true, g.y_pred, curve(g));
         return {to_json(found.fpr), to_json(found.tpr), to_json(found.thresholds)};
       }},
      {"precision_recall_curve",
       [](const Given& g) -> json {
         const auto found = precision_recall_curve(g.y_true, g.y_pred, curve(g));
         return {to_json(found.precision), to_json(found.recall), to_json(found.thresholds)};
       }},
      TARTAN_PLAIN(auc),
      TARTAN_SCORE(roc_auc_score, {.average = g.get("average", ClassAverage::macro),
                                   .max_fpr = g.get("max_fpr", std::optional<double>()),
                                   .multi_class = g.get("multi_class", RocMultiClass::raise),
                                   .labels = g.labels(),
                                   .sample_weight = g.sample_weight}),
      TARTAN_SCORE(average_precision_score, {.pos_label = g.get("pos_label", std::int64_t{1}),
                                             .sample_weight = g.sample_weight}),
  };
}

Metrics of_regressors() {
  return {
      TARTAN_RAW(mean_squared_error, "multioutput", regression),
      TARTAN_RAW(root_mean_squared_error, "multioutput", regression),
      TARTAN_RAW(mean_absolute_error, "multioutput", regression),
      TARTAN_RAW(mean_absolute_percentage_error, "multioutput", regression),
      TARTAN_RAW(mean_squared_log_error, "multioutput", regression),
      TARTAN_RAW(root_mean_squared_log_error, "multioutput", regression),
      TARTAN_RAW(median_absolute_error, "multioutput", regression),
      TARTAN_RAW(r2_score, "multioutput", r2),
      TARTAN_RAW(explained_variance_score, "multioutput", r2),
      TARTAN_SCORE(mean_pinball_loss, g.get("alpha", 0.5), regression(g)),
      TARTAN_PLAIN(max_error),
      TARTAN_SCORE(mean_tweedie_deviance,
                   {.power = g.get("power", 0.0), .sample_weight = g.sample_weight}),
      TARTAN_SCORE(mean_poisson_deviance, weighted(g)),
      TARTAN_SCORE(mean_gamma_deviance, weighted(g)),
      TARTAN_SCORE(d2_tweedie_score,
                   {.power = g.get("power", 0.0), .sample_weight = g.sample_weight}),
  };
}

Metrics of_clusterings() {
  return {
      TARTAN_SCORE(normalized_mutual_info_score, g.get("average_method", NmiAverage::arithmetic)),
      TARTAN_SCORE(adjusted_mutual_info_score, g.get("average_method", NmiAverage::arithmetic)),
      TARTAN_PLAIN(mutual_info_score),
      TARTAN_PLAIN(rand_score),
      TARTAN_PLAIN(adjusted_rand_score),
      TARTAN_PLAIN(fowlkes_mallows_score),
      {"pair_confusion_matrix",
       [](const Given& g) { return numbers(pair_confusion_matrix(g.y_true, g.y_pred)); }},
      {"homogeneity_completeness_v_measure",
       [](const Given& g) -> json {
         const auto found =
             homogeneity_completeness_v_measure(g.y_true, g.y_pred, g.get("beta", 1.0));
         return {found.homogeneity, found.completeness, found.v_measure};
       }},
      {"silhouette_samples",
       [](const Given& g) {
         return to_json(
             silhouette_samples(g.y_true, g.y_pred, g.get("metric", PairwiseMetric::euclidean)));
       }},
      TARTAN_SCORE(silhouette_score, g.get("metric", PairwiseMetric::euclidean)),
      TARTAN_PLAIN(calinski_harabasz_score),
      TARTAN_PLAIN(davies_bouldin_score),
      {"pairwise_distances",
       [](const Given& g) {
         return to_json(
             pairwise_distances(g.y_true, g.y_pred, g.get("metric", PairwiseMetric::euclidean)));
       }},
      {"pairwise_distances_argmin_min",
       [](const Given& g) -> json {
         const auto found = pairwise_distances_argmin_min(
             g.y_true, g.y_pred, g.get("metric", PairwiseMetric::euclidean));
         return {to_json(found.indices), to_json(found.distances)};
       }},
      {"pairwise_kernels",
       [](const Given& g) {
         return to_json(pairwise_kernels(g.y_true, g.y_pred,
                                         g.get("metric", PairwiseKernel::linear), kernel(g)));
       }},
  };
}

#undef TARTAN_RAW
#undef TARTAN_PLAIN
#undef TARTAN_SCORE

/// Every metric has its line.
const Metrics& metrics() {
  static const Metrics all = [] {
    Metrics joined = of_classifiers();
    joined.merge(of_scores());
    joined.merge(of_regressors());
    joined.merge(of_clusterings());
    return joined;
  }();
  return all;
}

/// NaN and infinities are no numbers of JSON.
json finite(const json& value) {
  if (!value.is_number_float()) return value;
  const double number = value.get<double>();
  if (number != number) return "nan";
  if (number - number != 0) return number > 0 ? "inf" : "-inf";
  return value;
}

}  // namespace

json run_metric(const json& job) {
  const Given given{read_array(job, "y_true"), read_array(job, "y_pred"),
                    read_array(job, "sample_weight"), job};
  return {{"value", finite(metrics().at(job.at("name").get<std::string>())(given))}};
}

}  // namespace oracle
