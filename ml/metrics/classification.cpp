#include <cmath>
#include <fmt/format.h>
#include <map>
#include <ml/base/vectors.hpp>
#include <ml/metrics/contingency.hpp>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

/// A matrix of more labels than this would be a mistake, and 512 MiB.
constexpr std::size_t kMostLabels = 8192;

double score_of(double share, const Scored& scored, bool normalize) {
  return normalize ? share : share * scored.total();
}

std::vector<std::int64_t> labels_of_matrix(const LabelSums& sums,
                                           const std::vector<std::int64_t>& wanted,
                                           std::string_view score) {
  const std::vector<std::int64_t>& labels = wanted.empty() ? sums.labels : wanted;
  if (labels.size() > kMostLabels) {
    throw ValueError(fmt::format("{}: a matrix of {} labels is too large; choose some by labels",
                                 score, labels.size()));
  }
  bool met = false;
  for (const std::int64_t label : labels) {
    const std::int64_t place = sums.find(label);
    met = met || (place >= 0 && sums.truth[static_cast<std::size_t>(place)] > 0);
  }
  if (!wanted.empty() && !met) {
    throw ValueError(
        fmt::format("{}: none of the labels {} is in y_true", score, list_labels(labels)));
  }
  return labels;
}

xt::xarray<double> matrix_of(const Contingency& table, const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < labels.size(); ++i) places.emplace(labels[i], i);
  xt::xarray<double> matrix = xt::zeros<double>({labels.size(), labels.size()});
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto row = places.find(table.truth[i]);
    const auto column = places.find(table.predicted[i]);
    if (row == places.end() || column == places.end()) continue;
    matrix(row->second, column->second) += table.weight[i];
  }
  return matrix;
}

void normalize(xt::xarray<double>& matrix, ConfusionNormalize how) {
  if (how == ConfusionNormalize::none) return;
  const std::size_t count = matrix.shape(0);
  std::vector<double> rows(count, 0.0), columns(count, 0.0);
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      rows[i] += matrix(i, j);
      columns[j] += matrix(i, j);
      total += matrix(i, j);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      const double divisor = how == ConfusionNormalize::truth  ? rows[i]
                             : how == ConfusionNormalize::pred ? columns[j]
                                                               : total;
      matrix(i, j) = divisor == 0 ? 0.0 : matrix(i, j) / divisor;
    }
  }
}

}  // namespace

double accuracy_score(const Array& y_true, const Array& y_pred, const AccuracyOptions& options) {
  const Scored scored = scored_labels(y_true, y_pred, options.sample_weight, "accuracy_score");
  const Array hits = equal(scored.truth, scored.predicted).astype(DType::float64);
  return score_of(scored.mean(hits).item<double>(), scored, options.normalize);
}

double zero_one_loss(const Array& y_true, const Array& y_pred, const AccuracyOptions& options) {
  const Scored scored = scored_labels(y_true, y_pred, options.sample_weight, "zero_one_loss");
  const Array misses = not_equal(scored.truth, scored.predicted).astype(DType::float64);
  return score_of(scored.mean(misses).item<double>(), scored, options.normalize);
}

double hamming_loss(const Array& y_true, const Array& y_pred, const ScoreOptions& options) {
  return zero_one_loss(y_true, y_pred, {.sample_weight = options.sample_weight});
}

double balanced_accuracy_score(const Array& y_true, const Array& y_pred,
                               const BalancedAccuracyOptions& options) {
  constexpr std::string_view kScore = "balanced_accuracy_score";
  const LabelSums sums =
      label_sums(count_pairs(scored_labels(y_true, y_pred, options.sample_weight, kScore), kScore));
  double recalls = 0;
  double classes = 0;
  for (std::size_t i = 0; i < sums.labels.size(); ++i) {
    if (sums.truth[i] == 0) continue;
    recalls += sums.hits[i] / sums.truth[i];
    classes += 1;
  }
  const double score = recalls / classes;
  return options.adjusted ? (score - 1 / classes) / (1 - 1 / classes) : score;
}

xt::xarray<double> confusion_matrix(const Array& y_true, const Array& y_pred,
                                    const ConfusionOptions& options) {
  constexpr std::string_view kScore = "confusion_matrix";
  const Contingency table =
      count_pairs(scored_labels(y_true, y_pred, options.sample_weight, kScore), kScore);
  xt::xarray<double> matrix =
      matrix_of(table, labels_of_matrix(label_sums(table), options.labels, kScore));
  normalize(matrix, options.normalize);
  return matrix;
}

double matthews_corrcoef(const Array& y_true, const Array& y_pred, const ScoreOptions& options) {
  constexpr std::string_view kScore = "matthews_corrcoef";
  const LabelSums sums =
      label_sums(count_pairs(scored_labels(y_true, y_pred, options.sample_weight, kScore), kScore));
  double hits = 0, total = 0, both = 0, truth = 0, predicted = 0;
  for (std::size_t i = 0; i < sums.labels.size(); ++i) {
    hits += sums.hits[i];
    total += sums.truth[i];
    both += sums.truth[i] * sums.predicted[i];
    truth += sums.truth[i] * sums.truth[i];
    predicted += sums.predicted[i] * sums.predicted[i];
  }
  // Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004.
  const double spread = (total * total - truth) * (total * total - predicted);
  return spread == 0 ? 0.0 : (hits * total - both) / std::sqrt(spread);
}

double cohen_kappa_score(const Array& y1, const Array& y2, const KappaOptions& options) {
  constexpr std::string_view kScore = "cohen_kappa_score";
  const Contingency table =
      count_pairs(scored_labels(y1, y2, options.sample_weight, kScore), kScore);
  const xt::xarray<double> matrix =
      matrix_of(table, labels_of_matrix(label_sums(table), options.labels, kScore));
  const std::size_t count = matrix.shape(0);
  std::vector<double> rows(count, 0.0), columns(count, 0.0);
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      rows[i] += matrix(i, j);
      columns[j] += matrix(i, j);
      total += matrix(i, j);
    }
  }
  double observed = 0;
  double expected = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      const double apart = static_cast<double>(i) - static_cast<double>(j);
      const double cost = options.weights == KappaWeights::none     ? (i == j ? 0.0 : 1.0)
                          : options.weights == KappaWeights::linear ? std::abs(apart)
                                                                    : apart * apart;
      observed += cost * matrix(i, j);
      expected += cost * rows[i] * columns[j] / total;
    }
  }
  return 1 - observed / expected;
}

}  // namespace tartan::ml
