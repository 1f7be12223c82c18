#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/pass.hpp>
#include <ml/metrics/contingency.hpp>
#include <numeric>

namespace tartan::ml {
namespace {

/// Tables of this many cells, or as many as there are rows, are counted by index, else sorted.
constexpr std::uint64_t kDenseCells = 4096;

struct Integers {
  std::vector<std::int64_t> values;
  std::int64_t unfit = 0;
};

Integers integers(const Chunk& chunk) {
  Integers result;
  result.values.resize(static_cast<std::size_t>(chunk.size()));
  array::visit_dtype(chunk.dtype, [&]<class T>(array::Type<T>) {
    const auto from = chunk.view<T>();
    for (std::size_t i = 0; i < from.size(); ++i) {
      if constexpr (std::is_integral_v<T>) {
        result.values[i] = static_cast<std::int64_t>(from[i]);
      } else if constexpr (std::is_floating_point_v<T>) {
        // Beyond 2^53 every number is whole, and not every one fits.
        const bool fits =
            std::abs(from[i]) <= static_cast<T>(1LL << 53) && from[i] == std::trunc(from[i]);
        result.values[i] = fits ? static_cast<std::int64_t>(from[i]) : 0;
        result.unfit += fits ? 0 : 1;
      }
    }
  });
  return result;
}

std::uint64_t spread(std::span<const std::int64_t> values, std::int64_t least) {
  const std::int64_t most = *std::max_element(values.begin(), values.end());
  return static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least) + 1;
}

void put(Contingency& table, std::int64_t truth, std::int64_t predicted, double weight) {
  if (table.size() > 0 && table.truth.back() == truth && table.predicted.back() == predicted) {
    table.weight.back() += weight;
    return;
  }
  table.truth.push_back(truth);
  table.predicted.push_back(predicted);
  table.weight.push_back(weight);
}

Contingency count(std::span<const std::int64_t> truth, std::span<const std::int64_t> predicted,
                  const double* weight) {
  Contingency table;
  if (truth.empty()) return table;
  const auto weight_of = [&](std::size_t i) { return weight == nullptr ? 1.0 : weight[i]; };
  const std::int64_t low_truth = *std::min_element(truth.begin(), truth.end());
  const std::int64_t low_predicted = *std::min_element(predicted.begin(), predicted.end());
  const std::uint64_t rows = spread(truth, low_truth);
  const std::uint64_t columns = spread(predicted, low_predicted);
  const std::uint64_t most = std::max<std::uint64_t>(kDenseCells, truth.size());
  if (rows != 0 && columns != 0 && rows <= most && columns <= most / rows) {
    std::vector<double> cells(rows * columns, 0.0);
    std::vector<char> met(rows * columns, 0);  // a cell of weight 0 is there all the same
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const auto cell = static_cast<std::uint64_t>(truth[i] - low_truth) * columns +
                        static_cast<std::uint64_t>(predicted[i] - low_predicted);
      cells[cell] += weight_of(i);
      met[cell] = 1;
    }
    for (std::uint64_t cell = 0; cell < cells.size(); ++cell) {
      if (met[cell] == 0) continue;
      put(table, low_truth + static_cast<std::int64_t>(cell / columns),
          low_predicted + static_cast<std::int64_t>(cell % columns), cells[cell]);
    }
    return table;
  }
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(truth[a], predicted[a]) < std::pair(truth[b], predicted[b]);
  });
  for (const std::size_t i : order) put(table, truth[i], predicted[i], weight_of(i));
  return table;
}

void refuse_unfit(std::int64_t unfit, std::string_view score) {
  if (unfit == 0) return;
  throw ValueError(fmt::format(
      "{}: {} labels are fractions or not finite; continuous values are for metrics of regressors",
      score, unfit));
}

}  // namespace

namespace tasks {

Contingency contingency(const Chunk& truth, const Chunk& predicted, const Chunk& weights) {
  const Integers rows = integers(truth);
  const Integers columns = integers(predicted);
  Contingency table = count(rows.values, columns.values,
                            weights.data.empty() ? nullptr : weights.view<double>().data());
  table.unfit = rows.unfit + columns.unfit;
  return table;
}

Contingency add_contingencies(const std::vector<Contingency>& parts) {
  struct Cell {
    std::int64_t truth, predicted;
    double weight;
  };
  std::vector<Cell> cells;
  Contingency sum;
  for (const Contingency& part : parts) {
    sum.unfit += part.unfit;
    for (std::size_t i = 0; i < part.size(); ++i) {
      cells.push_back({part.truth[i], part.predicted[i], part.weight[i]});
    }
  }
  std::stable_sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return std::pair(a.truth, a.predicted) < std::pair(b.truth, b.predicted);
  });
  for (const Cell& cell : cells) put(sum, cell.truth, cell.predicted, cell.weight);
  return sum;
}

}  // namespace tasks

double Contingency::total() const { return std::accumulate(weight.begin(), weight.end(), 0.0); }

std::int64_t LabelSums::find(std::int64_t label) const {
  const auto found = std::lower_bound(labels.begin(), labels.end(), label);
  return found != labels.end() && *found == label ? found - labels.begin() : -1;
}

Contingency count_pairs(const Scored& scored, std::string_view score) {
  Contingency table = reduce_rows<&tasks::contingency, &tasks::add_contingencies>(
      "count-pairs", scored.truth, scored.predicted, scored.weight);
  refuse_unfit(table.unfit, score);
  return table;
}

Contingency count_pairs(std::span<const std::int64_t> truth,
                        std::span<const std::int64_t> predicted) {
  return count(truth, predicted, nullptr);
}

LabelSums label_sums(const Contingency& table) {
  LabelSums sums;
  sums.labels = table.truth;
  sums.labels.insert(sums.labels.end(), table.predicted.begin(), table.predicted.end());
  std::sort(sums.labels.begin(), sums.labels.end());
  sums.labels.erase(std::unique(sums.labels.begin(), sums.labels.end()), sums.labels.end());
  const std::size_t count = sums.labels.size();
  sums.hits.assign(count, 0.0);
  sums.truth.assign(count, 0.0);
  sums.predicted.assign(count, 0.0);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto row = static_cast<std::size_t>(sums.find(table.truth[i]));
    const auto column = static_cast<std::size_t>(sums.find(table.predicted[i]));
    sums.truth[row] += table.weight[i];
    sums.predicted[column] += table.weight[i];
    if (row == column) sums.hits[row] += table.weight[i];
  }
  return sums;
}

std::vector<std::int64_t> as_labels(const Chunk& labels, std::string_view score) {
  Integers result = integers(labels);
  refuse_unfit(result.unfit, score);
  return std::move(result.values);
}

}  // namespace tartan::ml
