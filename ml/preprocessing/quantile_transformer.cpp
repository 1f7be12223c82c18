#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ml/base/pass.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/base/rows.hpp>
#include <ml/base/vectors.hpp>
#include <ml/kernels/normal.hpp>
#include <ml/preprocessing/columns.hpp>
#include <tartan/ml/preprocessing.hpp>

namespace tartan::ml {
namespace tasks {
namespace {

/// What is so near to a bound is taken for it, and normal values end there.
constexpr double kBoundsThreshold = 1e-7;
const double kLeastNormal =
    kernels::normal_quantile(kBoundsThreshold - std::numeric_limits<double>::epsilon());
const double kMostNormal =
    kernels::normal_quantile(1 - (kBoundsThreshold - std::numeric_limits<double>::epsilon()));

/// The piecewise linear function through (from, to), from ascending. Where several of `from` are
/// equal, the mean of the first and the last of their `to`.
double interpolate(std::span<const double> from, std::span<const double> to, double x) {
  if (x < from.front()) return to.front();
  if (x > from.back()) return to.back();
  const auto above = std::upper_bound(from.begin(), from.end(), x) - from.begin();
  const auto last = static_cast<std::size_t>(above - 1);
  if (from[last] == x) {
    const auto first = std::lower_bound(from.begin(), from.end(), x) - from.begin();
    return 0.5 * (to[static_cast<std::size_t>(first)] + to[last]);
  }
  const double slope = (to[last + 1] - to[last]) / (from[last + 1] - from[last]);
  return slope * (x - from[last]) + to[last];
}

double rank_of(std::span<const double> quantiles, std::span<const double> references, double x,
               bool normal) {
  const double near = normal ? kBoundsThreshold : 0;
  double rank = interpolate(quantiles, references, x);
  if (normal ? x + near > quantiles.back() : x == quantiles.back()) rank = 1;
  if (normal ? x - near < quantiles.front() : x == quantiles.front()) rank = 0;
  if (!normal) return rank;
  return std::clamp(kernels::normal_quantile(rank), kLeastNormal, kMostNormal);
}

double value_at(std::span<const double> quantiles, std::span<const double> references, double x,
                bool normal) {
  const double rank = normal ? kernels::normal_cdf(x) : x;
  const double near = normal ? kBoundsThreshold : 0;
  if (normal ? rank - near < 0 : rank == 0) return quantiles.front();
  if (normal ? rank + near > 1 : rank == 1) return quantiles.back();
  return interpolate(references, quantiles, rank);
}

}  // namespace

/// quantiles: those of the first column first.
Chunk quantile_transformed(const Chunk& x, const std::vector<double>& quantiles,
                           const std::vector<double>& references, bool normal, bool inverse) {
  MutableChunk result(x.dtype, x.shape);
  const auto d = static_cast<std::size_t>(x.shape[1]);
  visit_floating(x, [&]<class T>(std::span<const T> elements) {
    const auto out = result.view<T>();
    for (std::size_t at = 0; at < elements.size(); ++at) {
      const auto of_column =
          std::span(quantiles).subspan(at % d * references.size(), references.size());
      const auto value = static_cast<double>(elements[at]);
      if (std::isnan(value) || std::isnan(of_column.front())) {
        out[at] = std::isnan(value) ? elements[at] : std::numeric_limits<T>::quiet_NaN();
        continue;
      }
      out[at] = static_cast<T>(inverse ? value_at(of_column, references, value, normal)
                                       : rank_of(of_column, references, value, normal));
    }
  });
  return std::move(result).freeze();
}

}  // namespace tasks

void QuantileTransformer::check(const QuantileTransformerParams& params) {
  if (params.n_quantiles >= 1) return;
  throw ValueError(fmt::format("QuantileTransformer: n_quantiles is {}, but must be at least 1",
                               params.n_quantiles));
}

QuantileTransformer& QuantileTransformer::fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.allow_nan = true});
  const auto count = static_cast<std::size_t>(std::min(params_.n_quantiles, rows.count));
  // NumPy's linspace and its way through percents, to the last bit: of values that come often it
  // depends on that whether a quantile is one of them or next to it.
  std::vector<double> references(count, 0.0);
  const double step = 1.0 / static_cast<double>(std::max<std::size_t>(2, count) - 1);
  for (std::size_t i = 1; i < count; ++i) references[i] = static_cast<double>(i) * step;
  if (count > 1) references.back() = 1;
  std::vector<double> wanted;
  wanted.reserve(count);
  for (const double reference : references) wanted.push_back(reference * 100 / 100);
  auto quantiles = columns::quantiles(rows.x, wanted);
  // Rounding must not make them descend.
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = 0; j < quantiles.shape(1); ++j) {
      quantiles(i, j) = std::max(quantiles(i, j), quantiles(i - 1, j));
    }
  }
  quantiles_ = std::move(quantiles);
  references_ = as_xarray(references);
  n_features_in_ = rows.features;
  return *this;
}

Array QuantileTransformer::apply(const Array& x, bool inverse) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  const xt::xarray<double> by_column = xt::transpose(quantiles_);
  const bool normal = params_.output_distribution == OutputDistribution::normal;
  return map_rows<&tasks::quantile_transformed>("quantile-transform", rows, n_features_in_,
                                                rows.dtype(), as_vector(by_column),
                                                as_vector(references_), normal, inverse);
}

Array QuantileTransformer::transform(const Array& x) const { return apply(x, false); }
Array QuantileTransformer::inverse_transform(const Array& x) const { return apply(x, true); }

const xt::xarray<double>& QuantileTransformer::quantiles() const {
  require_fitted();
  return quantiles_;
}
const xt::xarray<double>& QuantileTransformer::references() const {
  require_fitted();
  return references_;
}

void QuantileTransformer::fitted(Attributes& io) {
  io("quantiles", quantiles_);
  io("references", references_);
}

}  // namespace tartan::ml
