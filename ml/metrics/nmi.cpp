#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tartan/array/xtensor.hpp>
#include <tartan/ml/metrics.hpp>
#include <vector>

namespace tartan::ml {
namespace {

using Counts = std::map<std::int64_t, double>;

double entropy_of(const Counts& counts, double total) {
  double entropy = 0;
  for (const auto& [label, count] : counts) {
    entropy -= count / total * std::log(count / total);
  }
  return entropy;
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

std::vector<std::int64_t> labels_of(const Array& labels, const char* name) {
  if (labels.ndim() != 1 || !is_integer(labels.dtype())) {
    throw ValueError(fmt::format(
        "normalized_mutual_info_score: {} must be a 1-D integer array, but has {} dimensions and "
        "dtype {}",
        name, labels.ndim(), tartan::name(labels.dtype())));
  }
  const auto values = labels.astype(DType::int64).compute<std::int64_t>();
  return {values.begin(), values.end()};
}

}  // namespace

double normalized_mutual_info_score(std::span<const std::int64_t> labels_true,
                                    std::span<const std::int64_t> labels_pred,
                                    NmiAverage average) {
  if (labels_true.size() != labels_pred.size()) {
    throw ValueError(
        fmt::format("normalized_mutual_info_score: labels_true has {} entries, labels_pred {}",
                    labels_true.size(), labels_pred.size()));
  }
  if (labels_true.empty()) return 1;
  Counts rows;
  Counts columns;
  std::map<std::pair<std::int64_t, std::int64_t>, double> cells;
  for (std::size_t i = 0; i < labels_true.size(); ++i) {
    rows[labels_true[i]] += 1;
    columns[labels_pred[i]] += 1;
    cells[{labels_true[i], labels_pred[i]}] += 1;
  }
  if (rows.size() == 1 && columns.size() == 1) return 1;
  const auto total = static_cast<double>(labels_true.size());
  double information = 0;
  for (const auto& [cell, count] : cells) {
    const double expected = rows[cell.first] * columns[cell.second] / total;
    information += count / total * std::log(count / expected);
  }
  if (!(information > 0)) return 0;
  const double normalizer =
      average_of(entropy_of(rows, total), entropy_of(columns, total), average);
  return normalizer > 0 ? information / normalizer : 0;
}

double normalized_mutual_info_score(const Array& labels_true, const Array& labels_pred,
                                    NmiAverage average) {
  return normalized_mutual_info_score(labels_of(labels_true, "labels_true"),
                                      labels_of(labels_pred, "labels_pred"), average);
}

}  // namespace tartan::ml
