#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/vectors.hpp>
#include <ml/decomposition/axes.hpp>
#include <numeric>
#include <tartan/array.hpp>
#include <tartan/ml/decomposition.hpp>

namespace tartan::ml {
namespace {

/// Up to here scikit-learn takes the whole SVD.
constexpr std::int64_t kSmall = 500;
/// Up to here eigenvalues of the scatter matrix are quickly had.
constexpr std::int64_t kFewFeatures = 1000;

xt::xarray<double> matrix_of(const Chunk& chunk) { return to_xarray<double>(chunk); }

const std::int64_t* wanted_number(const PCAParams& params) {
  return params.n_components ? std::get_if<std::int64_t>(&*params.n_components) : nullptr;
}
const double* wanted_part(const PCAParams& params) {
  return params.n_components ? std::get_if<double>(&*params.n_components) : nullptr;
}

PcaSolver solver_for(const PCAParams& params, std::int64_t rows, std::int64_t features) {
  if (params.svd_solver != PcaSolver::automatic) return params.svd_solver;
  if (std::max(rows, features) <= kSmall) return PcaSolver::full;
  if (features <= kFewFeatures && rows >= 10 * features) return PcaSolver::covariance_eigh;
  const std::int64_t* number = wanted_number(params);
  const double most = static_cast<double>(std::min(rows, features));
  if (number != nullptr && static_cast<double>(*number) < 0.8 * most) return PcaSolver::randomized;
  return PcaSolver::full;
}

/// How many components explain more than that part of the variance.
std::int64_t enough(const std::vector<double>& variance, double total, double part) {
  double sum = 0;
  std::int64_t count = 1;
  for (const double each : variance) {
    sum += each / total;
    if (sum > part) break;
    ++count;
  }
  return std::min(count, static_cast<std::int64_t>(variance.size()));
}

}  // namespace

void PCA::check(const PCAParams& params) {
  const std::int64_t* number = wanted_number(params);
  if (number != nullptr && *number < 1) {
    throw ValueError(fmt::format("PCA: n_components is {}, but must be at least 1", *number));
  }
  const double* part = wanted_part(params);
  if (part != nullptr && !(*part > 0 && *part < 1)) {
    throw ValueError(
        fmt::format("PCA: n_components is {}, but a part of the variance must be "
                    "between 0 and 1, without these; a number of components is an "
                    "integer",
                    *part));
  }
  if (part != nullptr && params.svd_solver == PcaSolver::randomized) {
    throw ValueError(
        "PCA: randomized cannot tell how many components explain a part of the "
        "variance; take svd_solver full or covariance_eigh");
  }
  const auto* iterations = std::get_if<std::int64_t>(&params.iterated_power);
  if (iterations != nullptr && *iterations < 0) {
    throw ValueError(
        fmt::format("PCA: iterated_power is {}, but must not be negative", *iterations));
  }
  if (params.n_oversamples < 1) {
    throw ValueError(
        fmt::format("PCA: n_oversamples is {}, but must be at least 1", params.n_oversamples));
  }
}

PCA& PCA::fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.min_rows = 2});
  const std::int64_t most = std::min(rows.count, rows.features);
  const std::int64_t* number = wanted_number(params_);
  if (number != nullptr && *number > most) {
    throw ValueError(
        fmt::format("PCA: n_components is {}, but must be between 1 and "
                    "min(rows, features), {}",
                    *number, most));
  }
  std::int64_t count = number != nullptr ? *number : most;
  const double freedom = static_cast<double>(rows.count - 1);
  std::vector<double> mean;
  std::optional<double> total;
  decomposition::Axes axes;
  const PcaSolver solver = solver_for(params_, rows.count, rows.features);
  if (solver == PcaSolver::randomized) {
    const Moments moments = reduce_rows<&tasks::column_moments, &tasks::combine_moments>(
        "column-moments", rows.x, Array());
    mean = moments.mean;
    total = std::accumulate(moments.m2.begin(), moments.m2.end(), 0.0) / freedom;
    const auto* iterations = std::get_if<std::int64_t>(&params_.iterated_power);
    const bool few = static_cast<double>(count) < 0.1 * static_cast<double>(most);
    axes = decomposition::randomized_axes(rows, mean,
                                          {.count = count,
                                           .oversamples = params_.n_oversamples,
                                           .iterations = iterations != nullptr ? *iterations
                                                         : few                 ? 7
                                                                               : 4,
                                           .seed = params_.random_state});
  } else if (solver == PcaSolver::covariance_eigh) {
    axes = decomposition::axes_of_scatter(rows.x, most, mean);
  } else {
    auto centred = decomposition::centred_triangle(rows.x);
    mean = std::move(centred.mean);
    axes = decomposition::axes_of_triangle(centred.triangle, most);
  }

  std::vector<double> variance;
  variance.reserve(axes.singular_values.size());
  for (const double value : axes.singular_values) variance.push_back(value * value / freedom);
  const double found = std::accumulate(variance.begin(), variance.end(), 0.0);
  if (!total) total = found;
  if (const double* part = wanted_part(params_)) count = enough(variance, *total, *part);
  const auto kept = variance.begin() + count;
  const double left =
      solver == PcaSolver::randomized ? *total - found : std::accumulate(kept, variance.end(), 0.0);
  variance.erase(kept, variance.end());
  axes = decomposition::first_axes(axes, count);
  decomposition::turn_by_rows(rows.x, mean, axes);

  components_ = matrix_of(axes.vectors);
  explained_variance_ = as_xarray(variance);
  explained_variance_ratio_ = explained_variance_ / *total;
  singular_values_ = as_xarray(axes.singular_values);
  mean_ = as_xarray(mean);
  noise_variance_ = count < most ? left / static_cast<double>(most - count) : 0.0;
  n_components_ = count;
  n_samples_ = rows.count;
  n_features_in_ = rows.features;
  return *this;
}

template <class Derived, class Params>
Array PrincipalAxes<Derived, Params>::transform(const Array& x) const {
  this->require_fitted();
  const Array rows = as_rows(x, Derived::kName, this->n_features_in_);
  const auto constant = [&](const xt::xarray<double>& values) {
    return from_xtensor(values).astype(rows.dtype());
  };
  Array result = matmul(rows - constant(mean_), constant(components_).T());
  if (this->params_.whiten) result = result / sqrt(constant(explained_variance_));
  return result;
}

template <class Derived, class Params>
Array PrincipalAxes<Derived, Params>::inverse_transform(const Array& x) const {
  this->require_fitted();
  Array rows = as_rows(x, Derived::kName, n_components_);
  const auto constant = [&](const xt::xarray<double>& values) {
    return from_xtensor(values).astype(rows.dtype());
  };
  if (this->params_.whiten) rows = rows * sqrt(constant(explained_variance_));
  return matmul(rows, constant(components_)) + constant(mean_);
}

template class PrincipalAxes<PCA, PCAParams>;
template class PrincipalAxes<IncrementalPCA, IncrementalPCAParams>;

}  // namespace tartan::ml
