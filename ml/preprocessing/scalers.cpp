#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/kernels/normal.hpp>
#include <ml/preprocessing/columns.hpp>
#include <tartan/array.hpp>
#include <tartan/ml/preprocessing.hpp>
#include <xtensor/xview.hpp>

namespace tartan::ml {

using columns::constant;

void MinMaxScaler::check(const MinMaxScalerParams& params) {
  const auto [low, high] = params.feature_range;
  if (low < high) return;
  throw ValueError(
      fmt::format("MinMaxScaler: feature_range is ({}, {}), but its first number must "
                  "be smaller than its second",
                  low, high));
}

MinMaxScaler& MinMaxScaler::fit(const Array& x) {
  MinMaxScaler fresh(params_);
  *this = std::move(fresh.partial_fit(x));
  return *this;
}

MinMaxScaler& MinMaxScaler::partial_fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = false, .allow_nan = true});
  if (is_fitted()) static_cast<void>(as_rows(x, kName, n_features_in_));
  const Array all = rows.x;
  const auto found = compute_chunks(
      {nanmin(all, 0).astype(DType::float64), nanmax(all, 0).astype(DType::float64)});
  auto least = to_xarray<double>(found[0]);
  auto most = to_xarray<double>(found[1]);
  for (std::size_t j = 0; is_fitted() && j < least.size(); ++j) {
    least(j) = std::fmin(least(j), data_min_(j));
    most(j) = std::fmax(most(j), data_max_(j));
  }
  n_samples_seen_ = rows.count + (is_fitted() ? n_samples_seen_ : 0);
  n_features_in_ = rows.features;
  data_min_ = std::move(least);
  data_max_ = std::move(most);
  data_range_ = data_max_ - data_min_;
  const auto [low, high] = params_.feature_range;
  xt::xarray<double> range = data_range_;
  columns::handle_zeros(range);
  scale_ = (high - low) / range;
  min_ = low - data_min_ * scale_;
  return *this;
}

Array MinMaxScaler::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  const Array moved = rows * constant(scale_, rows.dtype()) + constant(min_, rows.dtype());
  if (!params_.clip) return moved;
  return tartan::clip(moved, params_.feature_range.first, params_.feature_range.second);
}

Array MinMaxScaler::inverse_transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return (rows - constant(min_, rows.dtype())) / constant(scale_, rows.dtype());
}

void MinMaxScaler::fitted(Attributes& io) {
  io("min", min_);
  io("scale", scale_);
  io("data_min", data_min_);
  io("data_max", data_max_);
  io("data_range", data_range_);
  io("n_samples_seen", n_samples_seen_);
}

MaxAbsScaler& MaxAbsScaler::fit(const Array& x) {
  MaxAbsScaler fresh(params_);
  *this = std::move(fresh.partial_fit(x));
  return *this;
}

MaxAbsScaler& MaxAbsScaler::partial_fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = false, .allow_nan = true});
  if (is_fitted()) static_cast<void>(as_rows(x, kName, n_features_in_));
  auto most = nanmax(abs(rows.x), 0).astype(DType::float64).compute<double>();
  for (std::size_t j = 0; is_fitted() && j < most.size(); ++j) {
    most(j) = std::fmax(most(j), max_abs_(j));
  }
  n_samples_seen_ = rows.count + (is_fitted() ? n_samples_seen_ : 0);
  n_features_in_ = rows.features;
  max_abs_ = std::move(most);
  scale_ = max_abs_;
  columns::handle_zeros(scale_);
  return *this;
}

Array MaxAbsScaler::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return rows / constant(scale_, rows.dtype());
}

Array MaxAbsScaler::inverse_transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return rows * constant(scale_, rows.dtype());
}

const xt::xarray<double>& MaxAbsScaler::max_abs() const {
  require_fitted();
  return max_abs_;
}
const xt::xarray<double>& MaxAbsScaler::scale() const {
  require_fitted();
  return scale_;
}

void MaxAbsScaler::fitted(Attributes& io) {
  io("max_abs", max_abs_);
  io("scale", scale_);
  io("n_samples_seen", n_samples_seen_);
}

void RobustScaler::check(const RobustScalerParams& params) {
  const auto [low, high] = params.quantile_range;
  if (low >= 0 && low <= high && high <= 100) return;
  throw ValueError(
      fmt::format("RobustScaler: quantile_range is ({}, {}), but must be two percents "
                  "in ascending order",
                  low, high));
}

RobustScaler& RobustScaler::fit(const Array& x) {
  const bool reads = params_.with_centering || params_.with_scaling;
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = reads, .allow_nan = true});
  const auto [low, high] = params_.quantile_range;
  std::optional<xt::xarray<double>> center;
  std::optional<xt::xarray<double>> scale;
  if (reads) {
    const auto found = columns::quantiles(rows.x, {0.5, low / 100, high / 100});
    const auto row = [&](std::size_t i) { return xt::xarray<double>(xt::view(found, i)); };
    if (params_.with_centering) center = row(0);
    if (params_.with_scaling) {
      scale = row(2) - row(1);
      columns::handle_zeros(*scale);
      if (params_.unit_variance) {
        *scale /= kernels::normal_quantile(high / 100) - kernels::normal_quantile(low / 100);
      }
    }
  }
  center_ = std::move(center);
  scale_ = std::move(scale);
  n_features_in_ = rows.features;
  return *this;
}

Array RobustScaler::transform(const Array& x) const {
  require_fitted();
  Array result = as_rows(x, kName, n_features_in_);
  if (center_) result = result - constant(*center_, result.dtype());
  if (scale_) result = result / constant(*scale_, result.dtype());
  return result;
}

Array RobustScaler::inverse_transform(const Array& x) const {
  require_fitted();
  Array result = as_rows(x, kName, n_features_in_);
  if (scale_) result = result * constant(*scale_, result.dtype());
  if (center_) result = result + constant(*center_, result.dtype());
  return result;
}

const std::optional<xt::xarray<double>>& RobustScaler::center() const {
  require_fitted();
  return center_;
}
const std::optional<xt::xarray<double>>& RobustScaler::scale() const {
  require_fitted();
  return scale_;
}

void RobustScaler::fitted(Attributes& io) {
  io("center", center_);
  io("scale", scale_);
}

}  // namespace tartan::ml
