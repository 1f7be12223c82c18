// Scores of two labelings, from how often their labels meet.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <ml/metrics/contingency.hpp>
#include <numeric>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

/// The table by its margins and cells.
struct Margins {
  std::vector<double> rows, columns;
  struct Cell {
    std::size_t row, column;
    double count;
  };
  std::vector<Cell> cells;
  double total = 0;
};

std::vector<std::int64_t> distinct(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Margins margins_of(const Contingency& table) {
  const std::vector<std::int64_t> rows = distinct(table.truth);
  const std::vector<std::int64_t> columns = distinct(table.predicted);
  const auto place = [](const std::vector<std::int64_t>& labels, std::int64_t label) {
    return static_cast<std::size_t>(std::lower_bound(labels.begin(), labels.end(), label) -
                                    labels.begin());
  };
  Margins margins{std::vector<double>(rows.size(), 0.0),
                  std::vector<double>(columns.size(), 0.0),
                  {},
                  table.total()};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::size_t row = place(rows, table.truth[i]);
    const std::size_t column = place(columns, table.predicted[i]);
    margins.rows[row] += table.weight[i];
    margins.columns[column] += table.weight[i];
    margins.cells.push_back({row, column, table.weight[i]});
  }
  return margins;
}

Margins margins_of(const Array& labels_true, const Array& labels_pred, std::string_view score) {
  return margins_of(count_pairs(scored_labels(labels_true, labels_pred, {}, score), score));
}

double entropy_of(const std::vector<double>& counts, double total) {
  if (counts.size() <= 1) return 0;
  double entropy = 0;
  for (const double count : counts) entropy -= count / total * std::log(count / total);
  return entropy;
}

double information_of(const Margins& table) {
  double information = 0;
  for (const auto& [row, column, count] : table.cells) {
    const double term = count / table.total *
                        (std::log(count) - std::log(table.rows[row]) -
                         std::log(table.columns[column]) + std::log(table.total));
    // What rounding leaves of independent labels.
    if (std::abs(term) >= std::numeric_limits<double>::epsilon()) information += term;
  }
  return std::max(0.0, information);
}

double average_of(double a, double b, NmiAverage average) {
  switch (average) {
    case NmiAverage::geometric:
      return std::sqrt(a * b);
    case NmiAverage::min:
      return std::min(a, b);
    case NmiAverage::max:
      return std::max(a, b);
    case NmiAverage::arithmetic:
      break;
  }
  return (a + b) / 2;
}

/// Labels of one class each, which say nothing of each other and agree in everything.
bool both_constant(const Margins& table) {
  return table.rows.size() <= 1 && table.columns.size() <= 1;
}

double normalized_information(const Margins& table, NmiAverage average) {
  if (both_constant(table)) return 1;
  const double information = information_of(table);
  if (information <= std::numeric_limits<double>::epsilon()) return 0;
  return information / average_of(entropy_of(table.rows, table.total),
                                  entropy_of(table.columns, table.total), average);
}

/// Of random labels with these margins: Vinh, Epps, Bailey, Information theoretic measures for
/// clusterings comparison, 2010, equation 24a. Margins that are equal are taken together.
double expected_information(const Margins& table) {
  const auto times = [](const std::vector<double>& counts) {
    std::map<double, double> result;
    for (const double count : counts) result[count] += 1;
    return result;
  };
  const double n = table.total;
  const double log_n = std::log(n);
  double expected = 0;
  for (const auto& [a, times_a] : times(table.rows)) {
    for (const auto& [b, times_b] : times(table.columns)) {
      const double fixed = std::lgamma(a + 1) + std::lgamma(b + 1) + std::lgamma(n - a + 1) +
                           std::lgamma(n - b + 1) - std::lgamma(n + 1);
      double sum = 0;
      for (double both = std::max(1.0, a + b - n); both <= std::min(a, b); both += 1) {
        const double chance = fixed - std::lgamma(both + 1) - std::lgamma(a - both + 1) -
                              std::lgamma(b - both + 1) - std::lgamma(n - a - b + both + 1);
        const double gain = log_n + std::log(both) - std::log(a) - std::log(b);
        sum += both / n * gain * std::exp(chance);
      }
      expected += times_a * times_b * sum;
    }
  }
  return expected;
}

struct Pairs {
  double apart = 0;          ///< in both
  double together_pred = 0;  ///< but apart in true
  double together_true = 0;  ///< but apart in pred
  double together = 0;       ///< in both
};

double squares(const std::vector<double>& counts) {
  return std::inner_product(counts.begin(), counts.end(), counts.begin(), 0.0);
}

/// Ordered pairs of different rows.
Pairs pairs_of(const Margins& table) {
  double cells = 0;
  for (const auto& cell : table.cells) cells += cell.count * cell.count;
  Pairs pairs;
  pairs.together = cells - table.total;
  pairs.together_pred = squares(table.columns) - cells;
  pairs.together_true = squares(table.rows) - cells;
  pairs.apart = table.total * table.total - pairs.together_pred - pairs.together_true - cells;
  return pairs;
}

}  // namespace

double normalized_mutual_info_score(std::span<const std::int64_t> labels_true,
                                    std::span<const std::int64_t> labels_pred, NmiAverage average) {
  if (labels_true.size() != labels_pred.size()) {
    throw ValueError(
        fmt::format("normalized_mutual_info_score: labels_true has {} entries, labels_pred {}",
                    labels_true.size(), labels_pred.size()));
  }
  return normalized_information(margins_of(count_pairs(labels_true, labels_pred)), average);
}

double normalized_mutual_info_score(const Array& labels_true, const Array& labels_pred,
                                    NmiAverage average) {
  return normalized_information(
      margins_of(labels_true, labels_pred, "normalized_mutual_info_score"), average);
}

double mutual_info_score(const Array& labels_true, const Array& labels_pred) {
  return information_of(margins_of(labels_true, labels_pred, "mutual_info_score"));
}

double adjusted_mutual_info_score(const Array& labels_true, const Array& labels_pred,
                                  NmiAverage average) {
  const Margins table = margins_of(labels_true, labels_pred, "adjusted_mutual_info_score");
  if (both_constant(table)) return 1;
  // A constant labeling says nothing, by chance or otherwise.
  if (table.rows.size() == 1 || table.columns.size() == 1) return 0;
  const double expected = expected_information(table);
  const double most = average_of(entropy_of(table.rows, table.total),
                                 entropy_of(table.columns, table.total), average);
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double range = most - expected;
  return (information_of(table) - expected) /
         (range < 0 ? std::min(range, -kEpsilon) : std::max(range, kEpsilon));
}

xt::xarray<double> pair_confusion_matrix(const Array& labels_true, const Array& labels_pred) {
  const Pairs pairs = pairs_of(margins_of(labels_true, labels_pred, "pair_confusion_matrix"));
  return {{pairs.apart, pairs.together_pred}, {pairs.together_true, pairs.together}};
}

double rand_score(const Array& labels_true, const Array& labels_pred) {
  const Pairs pairs = pairs_of(margins_of(labels_true, labels_pred, "rand_score"));
  const double agree = pairs.apart + pairs.together;
  const double all = agree + pairs.together_pred + pairs.together_true;
  return all == 0 ? 1.0 : agree / all;
}

double adjusted_rand_score(const Array& labels_true, const Array& labels_pred) {
  const auto [tn, fp, fn, tp] =
      pairs_of(margins_of(labels_true, labels_pred, "adjusted_rand_score"));
  if (fn == 0 && fp == 0) return 1;
  return 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn));
}

double fowlkes_mallows_score(const Array& labels_true, const Array& labels_pred) {
  const Pairs pairs = pairs_of(margins_of(labels_true, labels_pred, "fowlkes_mallows_score"));
  if (pairs.together == 0) return 0;
  return std::sqrt(pairs.together / (pairs.together + pairs.together_pred)) *
         std::sqrt(pairs.together / (pairs.together + pairs.together_true));
}

Homogeneity homogeneity_completeness_v_measure(const Array& labels_true, const Array& labels_pred,
                                               double beta) {
  constexpr std::string_view kScore = "homogeneity_completeness_v_measure";
  if (!(beta >= 0)) {
    throw ValueError(fmt::format("{}: beta is {}, but must not be negative", kScore, beta));
  }
  const Margins table = margins_of(labels_true, labels_pred, kScore);
  const double information = information_of(table);
  const double of_classes = entropy_of(table.rows, table.total);
  const double of_clusters = entropy_of(table.columns, table.total);
  Homogeneity result;
  result.homogeneity = of_classes > 0 ? information / of_classes : 1.0;
  result.completeness = of_clusters > 0 ? information / of_clusters : 1.0;
  const double below = beta * result.homogeneity + result.completeness;
  result.v_measure =
      below == 0 ? 0.0 : (1 + beta) * result.homogeneity * result.completeness / below;
  return result;
}

double homogeneity_score(const Array& labels_true, const Array& labels_pred) {
  return homogeneity_completeness_v_measure(labels_true, labels_pred).homogeneity;
}
double completeness_score(const Array& labels_true, const Array& labels_pred) {
  return homogeneity_completeness_v_measure(labels_true, labels_pred).completeness;
}
double v_measure_score(const Array& labels_true, const Array& labels_pred, double beta) {
  return homogeneity_completeness_v_measure(labels_true, labels_pred, beta).v_measure;
}

}  // namespace tartan::ml
