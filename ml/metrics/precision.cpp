// Precision, recall and what is made of them, all from the sums over single labels.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/vectors.hpp>
#include <ml/metrics/contingency.hpp>
#include <numeric>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

/// One entry per class that counts, or one of all together.
struct Decisions {
  std::vector<double> hits, truth, predicted;

  void add(double hit, double of_truth, double of_predicted) {
    hits.push_back(hit);
    truth.push_back(of_truth);
    predicted.push_back(of_predicted);
  }
};

Decisions choose(const LabelSums& sums, const std::vector<std::int64_t>& labels) {
  Decisions chosen;
  for (const std::int64_t label : labels.empty() ? sums.labels : labels) {
    const std::int64_t place = sums.find(label);
    const auto i = static_cast<std::size_t>(std::max<std::int64_t>(place, 0));
    if (place < 0) {
      chosen.add(0, 0, 0);
    } else {
      chosen.add(sums.hits[i], sums.truth[i], sums.predicted[i]);
    }
  }
  return chosen;
}

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

Decisions together(const Decisions& all) {
  Decisions one;
  one.add(sum_of(all.hits), sum_of(all.truth), sum_of(all.predicted));
  return one;
}

void check_binary(const LabelSums& sums, std::int64_t pos_label, std::string_view score) {
  if (sums.labels.size() > 2) {
    throw ValueError(
        fmt::format("{}: there are {} classes, but average is binary; choose micro, "
                    "macro or weighted, or one of the classes by labels",
                    score, sums.labels.size()));
  }
  if (sums.labels.size() == 2 && sums.find(pos_label) < 0) {
    throw ValueError(fmt::format("{}: pos_label is {}, but the labels are {}", score, pos_label,
                                 list_labels(sums.labels)));
  }
}

Decisions decisions(const Array& y_true, const Array& y_pred, const PrecisionOptions& options,
                    bool raw, std::string_view score) {
  if (options.zero_division != 0 && options.zero_division != 1) {
    throw ValueError(
        fmt::format("{}: zero_division is {}, but must be 0 or 1", score, options.zero_division));
  }
  const LabelSums sums =
      label_sums(count_pairs(scored_labels(y_true, y_pred, options.sample_weight, score), score));
  if (!raw && options.average == ClassAverage::binary) {
    check_binary(sums, options.pos_label, score);
    return choose(sums, {options.pos_label});
  }
  Decisions chosen = choose(sums, options.labels);
  return !raw && options.average == ClassAverage::micro ? together(chosen) : chosen;
}

std::vector<double> ratios(const std::vector<double>& part, const std::vector<double>& whole,
                           double zero_division) {
  std::vector<double> result(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    result[i] = whole[i] == 0 ? zero_division : part[i] / whole[i];
  }
  return result;
}

struct Ratios {
  std::vector<double> precision, recall, fscore;
};

Ratios ratios_of(const Decisions& all, double beta, double zero_division) {
  Ratios result{ratios(all.hits, all.predicted, zero_division),
                ratios(all.hits, all.truth, zero_division),
                {}};
  for (std::size_t i = 0; i < all.hits.size(); ++i) {
    const double precision = result.precision[i];
    const double recall = result.recall[i];
    const double below = beta * beta * precision + recall;
    result.fscore.push_back(std::isinf(beta) ? recall
                            : below == 0     ? 0.0
                                             : (1 + beta * beta) * precision * recall / below);
  }
  return result;
}

double mean_of(const std::vector<double>& values, const std::vector<double>* weights) {
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = weights == nullptr ? 1.0 : (*weights)[i];
    sum += weight * values[i];
    total += weight;
  }
  return sum / total;
}

void check_beta(double beta, std::string_view score) {
  if (beta >= 0) return;
  throw ValueError(fmt::format("{}: beta is {}, but must not be negative", score, beta));
}

PrecisionRecall raw_scores(const Array& y_true, const Array& y_pred,
                           const PrecisionOptions& options, double beta, std::string_view score) {
  check_beta(beta, score);
  const Decisions all = decisions(y_true, y_pred, options, true, score);
  const Ratios each = ratios_of(all, beta, options.zero_division);
  return {as_xarray(each.precision), as_xarray(each.recall), as_xarray(each.fscore),
          as_xarray(all.truth)};
}

struct Averages {
  double precision, recall, fscore;
};

Averages average_scores(const Array& y_true, const Array& y_pred, const PrecisionOptions& options,
                        double beta, std::string_view score) {
  check_beta(beta, score);
  const Decisions all = decisions(y_true, y_pred, options, false, score);
  const bool weighted = options.average == ClassAverage::weighted;
  if (weighted && sum_of(all.truth) == 0) {
    // Nothing to weigh with: scikit-learn's answers for no labels at all.
    const double ratio = sum_of(all.predicted) == 0 ? options.zero_division : 0.0;
    return {ratio, options.zero_division, ratio};
  }
  const Ratios each = ratios_of(all, beta, options.zero_division);
  const std::vector<double>* weights = weighted ? &all.truth : nullptr;
  return {mean_of(each.precision, weights), mean_of(each.recall, weights),
          mean_of(each.fscore, weights)};
}

/// As decisions, whose union takes the place of what was found.
Decisions unions(Decisions all) {
  for (std::size_t i = 0; i < all.hits.size(); ++i) all.predicted[i] += all.truth[i] - all.hits[i];
  return all;
}

}  // namespace

double precision_score(const Array& y_true, const Array& y_pred, const PrecisionOptions& options) {
  return average_scores(y_true, y_pred, options, 1, "precision_score").precision;
}
double recall_score(const Array& y_true, const Array& y_pred, const PrecisionOptions& options) {
  return average_scores(y_true, y_pred, options, 1, "recall_score").recall;
}
double f1_score(const Array& y_true, const Array& y_pred, const PrecisionOptions& options) {
  return average_scores(y_true, y_pred, options, 1, "f1_score").fscore;
}
double fbeta_score(const Array& y_true, const Array& y_pred, double beta,
                   const PrecisionOptions& options) {
  return average_scores(y_true, y_pred, options, beta, "fbeta_score").fscore;
}

xt::xarray<double> precision_score(RawValues, const Array& y_true, const Array& y_pred,
                                   const PrecisionOptions& options) {
  return raw_scores(y_true, y_pred, options, 1, "precision_score").precision;
}
xt::xarray<double> recall_score(RawValues, const Array& y_true, const Array& y_pred,
                                const PrecisionOptions& options) {
  return raw_scores(y_true, y_pred, options, 1, "recall_score").recall;
}
xt::xarray<double> f1_score(RawValues, const Array& y_true, const Array& y_pred,
                            const PrecisionOptions& options) {
  return raw_scores(y_true, y_pred, options, 1, "f1_score").fscore;
}
xt::xarray<double> fbeta_score(RawValues, const Array& y_true, const Array& y_pred, double beta,
                               const PrecisionOptions& options) {
  return raw_scores(y_true, y_pred, options, beta, "fbeta_score").fscore;
}

PrecisionRecall precision_recall_fscore_support(RawValues, const Array& y_true, const Array& y_pred,
                                                const PrecisionOptions& options, double beta) {
  return raw_scores(y_true, y_pred, options, beta, "precision_recall_fscore_support");
}

PrecisionRecall precision_recall_fscore_support(const Array& y_true, const Array& y_pred,
                                                const PrecisionOptions& options, double beta) {
  const Averages means =
      average_scores(y_true, y_pred, options, beta, "precision_recall_fscore_support");
  return {means.precision, means.recall, means.fscore, {}};
}

double jaccard_score(const Array& y_true, const Array& y_pred, const PrecisionOptions& options) {
  const Decisions all = unions(decisions(y_true, y_pred, options, false, "jaccard_score"));
  const bool weighted = options.average == ClassAverage::weighted && sum_of(all.truth) > 0;
  return mean_of(ratios(all.hits, all.predicted, options.zero_division),
                 weighted ? &all.truth : nullptr);
}

xt::xarray<double> jaccard_score(RawValues, const Array& y_true, const Array& y_pred,
                                 const PrecisionOptions& options) {
  const Decisions all = unions(decisions(y_true, y_pred, options, true, "jaccard_score"));
  return as_xarray(ratios(all.hits, all.predicted, options.zero_division));
}

}  // namespace tartan::ml
