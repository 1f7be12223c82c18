#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/visit_floating.hpp>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/rows.hpp>
#include <ml/base/vectors.hpp>
#include <ml/preprocessing/columns.hpp>
#include <tartan/ml/impute.hpp>
#include <xtensor/xview.hpp>

namespace tartan::ml {
namespace tasks {

/// The features that are kept, filled, and behind them which of the marked features have gaps.
Chunk impute(const Chunk& x, double missing, const std::vector<double>& fill,
             const std::vector<std::int64_t>& kept, const std::vector<std::int64_t>& marked) {
  MutableChunk result(x.dtype,
                      {x.shape[0], static_cast<std::int64_t>(kept.size() + marked.size())});
  visit_floating(x, [&]<class T>(std::span<const T> elements) {
    const T gap = static_cast<T>(missing);
    const bool is_nan = std::isnan(missing);
    const auto is_gap = [&](T value) { return is_nan ? std::isnan(value) : value == gap; };
    T* out = result.view<T>().data();
    for (std::int64_t i = 0; i < x.shape[0]; ++i) {
      const T* row = elements.data() + i * x.shape[1];
      for (const std::int64_t j : kept) {
        *out++ = is_gap(row[j]) ? static_cast<T>(fill[static_cast<std::size_t>(j)]) : row[j];
      }
      for (const std::int64_t j : marked) *out++ = is_gap(row[j]) ? T(1) : T(0);
    }
  });
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The most frequent number of each column; NaN where there is none.
std::vector<double> most_frequent(const ColumnValues& found) {
  std::vector<double> result;
  for (std::size_t j = 0; j < found.values.size(); ++j) {
    double best = kNaN;
    double count = 0;
    for (std::size_t i = 0; i < found.values[j].size(); ++i) {
      if (std::isnan(found.values[j][i]) || found.counts[j][i] <= count) continue;
      best = found.values[j][i];
      count = found.counts[j][i];
    }
    result.push_back(best);
  }
  return result;
}

}  // namespace

void SimpleImputer::check(const SimpleImputerParams& params) {
  if (!std::isinf(params.missing_values)) return;
  throw ValueError("SimpleImputer: missing_values is infinite, but must be NaN or a number");
}

SimpleImputer& SimpleImputer::fit(const Array& x) {
  const bool for_nan = std::isnan(params_.missing_values);
  const Rows rows = fit_rows(x, {}, {}, kName, {.allow_nan = for_nan});
  const Array known =
      for_nan ? rows.x
              : where(rows.x == params_.missing_values, kNaN, rows.x).astype(rows.x.dtype());
  const Moments moments = reduce_rows<&tasks::column_moments, &tasks::combine_moments>(
      "column-moments", known, Array());
  std::vector<double> statistics = moments.mean;
  switch (params_.strategy) {
    case ImputeStrategy::mean:
      break;
    case ImputeStrategy::median:
      statistics = as_vector(columns::quantiles(known, {0.5}));
      break;
    case ImputeStrategy::most_frequent:
      statistics = most_frequent(columns::distinct(known));
      break;
    case ImputeStrategy::constant:
      std::ranges::fill(statistics, params_.fill_value.value_or(0));
      break;
  }
  std::vector<std::int64_t> marked;
  for (std::size_t j = 0; j < statistics.size(); ++j) {
    if (moments.count[j] == 0 && params_.strategy != ImputeStrategy::constant) {
      statistics[j] = params_.keep_empty_features ? 0 : kNaN;
    }
    const bool has_gaps = moments.count[j] < static_cast<double>(rows.count);
    if (params_.add_indicator && has_gaps) marked.push_back(static_cast<std::int64_t>(j));
  }
  statistics_ = as_xarray(statistics);
  indicator_features_ = std::move(marked);
  n_features_in_ = rows.features;
  return *this;
}

Array SimpleImputer::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  std::vector<std::int64_t> kept;
  for (std::int64_t j = 0; j < n_features_in_; ++j) {
    if (!std::isnan(statistics_(static_cast<std::size_t>(j)))) kept.push_back(j);
  }
  const auto width = static_cast<std::int64_t>(kept.size() + indicator_features_.size());
  return map_rows<&tasks::impute>("impute", rows, width, rows.dtype(), params_.missing_values,
                                  as_vector(statistics_), kept, indicator_features_);
}

const xt::xarray<double>& SimpleImputer::statistics() const {
  require_fitted();
  return statistics_;
}
const std::vector<std::int64_t>& SimpleImputer::indicator_features() const {
  require_fitted();
  return indicator_features_;
}

void SimpleImputer::fitted(Attributes& io) {
  io("statistics", statistics_);
  io("indicator_features", indicator_features_);
}

}  // namespace tartan::ml
