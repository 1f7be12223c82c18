#include <fmt/format.h>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/vectors.hpp>
#include <ml/decomposition/axes.hpp>
#include <numeric>
#include <tartan/array.hpp>
#include <tartan/ml/decomposition.hpp>

namespace tartan::ml {

void TruncatedSVD::check(const TruncatedSVDParams& params) {
  const auto at_least = [](std::string_view name, std::int64_t value, std::int64_t least) {
    if (value >= least) return;
    throw ValueError(
        fmt::format("{}: {} is {}, but must be at least {}", kName, name, value, least));
  };
  at_least("n_components", params.n_components, 1);
  at_least("n_iter", params.n_iter, 0);
  at_least("n_oversamples", params.n_oversamples, 1);
}

TruncatedSVD& TruncatedSVD::fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.min_rows = 2});
  const std::int64_t count = params_.n_components;
  if (count > rows.features) {
    throw ValueError(fmt::format("{}: n_components is {}, but x has only {} features", kName, count,
                                 rows.features));
  }
  decomposition::Axes axes;
  if (params_.algorithm == SvdAlgorithm::exact) {
    axes = decomposition::axes_of_triangle(decomposition::plain_triangle(rows.x), count);
  } else {
    axes = decomposition::randomized_axes(rows, {},
                                          {.count = count,
                                           .oversamples = params_.n_oversamples,
                                           .iterations = params_.n_iter,
                                           .seed = params_.random_state});
  }
  decomposition::turn_by_rows(rows.x, {}, axes);
  const auto variances = [](const Array& of) {
    return reduce_rows<&tasks::column_moments, &tasks::combine_moments>("column-moments", of,
                                                                        Array())
        .variance();
  };
  const Array directions = Array(axes.vectors).astype(rows.x.dtype());
  const std::vector<double> projected = variances(matmul(rows.x, directions.T()));
  const std::vector<double> all = variances(rows.x);
  components_ = to_xarray<double>(axes.vectors);
  singular_values_ = as_xarray(axes.singular_values);
  explained_variance_ = as_xarray(projected);
  explained_variance_ratio_ = explained_variance_ / std::accumulate(all.begin(), all.end(), 0.0);
  n_features_in_ = rows.features;
  return *this;
}

Array TruncatedSVD::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return matmul(rows, from_xtensor(components_).astype(rows.dtype()).T());
}

Array TruncatedSVD::inverse_transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, static_cast<std::int64_t>(components_.shape(0)));
  return matmul(rows, from_xtensor(components_).astype(rows.dtype()));
}

const xt::xarray<double>& TruncatedSVD::components() const {
  require_fitted();
  return components_;
}
const xt::xarray<double>& TruncatedSVD::singular_values() const {
  require_fitted();
  return singular_values_;
}
const xt::xarray<double>& TruncatedSVD::explained_variance() const {
  require_fitted();
  return explained_variance_;
}
const xt::xarray<double>& TruncatedSVD::explained_variance_ratio() const {
  require_fitted();
  return explained_variance_ratio_;
}

void TruncatedSVD::fitted(Attributes& io) {
  io("components", components_);
  io("singular_values", singular_values_);
  io("explained_variance", explained_variance_);
  io("explained_variance_ratio", explained_variance_ratio_);
}

}  // namespace tartan::ml
