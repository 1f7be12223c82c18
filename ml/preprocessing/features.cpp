#include <algorithm>
#include <fmt/format.h>
#include <ml/base/pass.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/base/rows.hpp>
#include <tartan/array.hpp>
#include <tartan/ml/preprocessing.hpp>

namespace tartan::ml {

Normalizer& Normalizer::fit(const Array& x) {
  n_features_in_ = as_rows(x, kName).shape(1);
  return *this;
}

Array Normalizer::transform(const Array& x) const {
  const Array rows = is_fitted() ? as_rows(x, kName, n_features_in_) : as_rows(x, kName);
  const auto norms = [&] {
    const ReduceOptions keep{.keepdims = true};
    if (params_.norm == RowNorm::l1) return sum(abs(rows), 1, keep);
    if (params_.norm == RowNorm::max) return max(abs(rows), 1, keep);
    return sqrt(sum(square(rows), 1, keep));
  }();
  return (rows / where(norms == 0, 1.0, norms)).astype(rows.dtype());
}

Binarizer& Binarizer::fit(const Array& x) {
  n_features_in_ = as_rows(x, kName).shape(1);
  return *this;
}

Array Binarizer::transform(const Array& x) const {
  const Array rows = is_fitted() ? as_rows(x, kName, n_features_in_) : as_rows(x, kName);
  return (rows > params_.threshold).astype(rows.dtype());
}

namespace {

using Degrees = std::pair<std::int64_t, std::int64_t>;

Degrees degrees_of(const PolynomialFeaturesParams& params) {
  if (const auto* most = std::get_if<std::int64_t>(&params.degree)) return {0, *most};
  return std::get<Degrees>(params.degree);
}

/// Products, each of an earlier one and a feature: the factors of degree 1 have no earlier one, -1.
struct Products {
  std::vector<std::int64_t> earlier, feature;
  std::vector<std::int64_t> first_of_degree;  ///< from degree 1 on; one more: their number
};

Products products_of(std::int64_t features, const PolynomialFeaturesParams& params) {
  Products products;
  for (std::int64_t j = 0; j < features; ++j) {
    products.earlier.push_back(-1);
    products.feature.push_back(j);
  }
  products.first_of_degree = {0, features};
  for (std::int64_t degree = 2; degree <= degrees_of(params).second; ++degree) {
    const std::int64_t begin = products.first_of_degree[products.first_of_degree.size() - 2];
    const std::int64_t end = products.first_of_degree.back();
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t last = products.feature[static_cast<std::size_t>(t)];
      for (std::int64_t j = last + (params.interaction_only ? 1 : 0); j < features; ++j) {
        products.earlier.push_back(t);
        products.feature.push_back(j);
      }
    }
    products.first_of_degree.push_back(static_cast<std::int64_t>(products.feature.size()));
  }
  return products;
}

/// Products that the smallest degree leaves out.
std::int64_t skipped(const Products& products, const PolynomialFeaturesParams& params) {
  const auto [least, most] = degrees_of(params);
  if (most == 0) return static_cast<std::int64_t>(products.feature.size());
  return products.first_of_degree[static_cast<std::size_t>(std::max<std::int64_t>(1, least) - 1)];
}

}  // namespace

namespace tasks {

Chunk polynomial(const Chunk& x, const std::vector<std::int64_t>& earlier,
                 const std::vector<std::int64_t>& feature, std::int64_t skip, bool bias) {
  const auto left_out = static_cast<std::size_t>(skip);
  const std::size_t width = feature.size() - left_out + (bias ? 1 : 0);
  MutableChunk result(x.dtype, {x.shape[0], static_cast<std::int64_t>(width)});
  visit_floating(x, [&]<class T>(std::span<const T> elements) {
    T* out = result.view<T>().data();
    std::vector<T> row(feature.size());
    for (std::int64_t i = 0; i < x.shape[0]; ++i) {
      const T* from = elements.data() + i * x.shape[1];
      for (std::size_t t = 0; t < row.size(); ++t) {
        const T value = from[feature[t]];
        row[t] = earlier[t] < 0 ? value : row[static_cast<std::size_t>(earlier[t])] * value;
      }
      if (bias) *out++ = 1;
      out = std::copy(row.begin() + static_cast<std::ptrdiff_t>(left_out), row.end(), out);
    }
  });
  return std::move(result).freeze();
}

}  // namespace tasks

void PolynomialFeatures::check(const PolynomialFeaturesParams& params) {
  const auto [least, most] = degrees_of(params);
  if (least < 0 || most < least) {
    throw ValueError(
        fmt::format("PolynomialFeatures: the degrees are from {} to {}, but must not "
                    "be negative or descend",
                    least, most));
  }
  if (most == 0 && !params.include_bias) {
    throw ValueError("PolynomialFeatures: degree 0 without include_bias leaves no features");
  }
}

PolynomialFeatures& PolynomialFeatures::fit(const Array& x) {
  const std::int64_t features = as_rows(x, kName).shape(1);
  const Products products = products_of(features, params_);
  const auto skip = static_cast<std::size_t>(skipped(products, params_));
  const std::size_t bias = params_.include_bias ? 1 : 0;
  const std::size_t outputs = products.feature.size() - skip + bias;
  xt::xarray<std::int64_t> powers =
      xt::xarray<std::int64_t>::from_shape({outputs, static_cast<std::size_t>(features)});
  powers.fill(0);
  for (std::size_t t = skip; t < products.feature.size(); ++t) {
    for (auto at = static_cast<std::int64_t>(t); at >= 0;
         at = products.earlier[static_cast<std::size_t>(at)]) {
      ++powers(t - skip + bias,
               static_cast<std::size_t>(products.feature[static_cast<std::size_t>(at)]));
    }
  }
  powers_ = std::move(powers);
  n_features_in_ = features;
  return *this;
}

Array PolynomialFeatures::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  const Products products = products_of(n_features_in_, params_);
  return map_rows<&tasks::polynomial>("polynomial-features", rows, n_output_features(),
                                      rows.dtype(), products.earlier, products.feature,
                                      skipped(products, params_), params_.include_bias);
}

std::int64_t PolynomialFeatures::n_output_features() const {
  require_fitted();
  return static_cast<std::int64_t>(powers_.shape(0));
}
const xt::xarray<std::int64_t>& PolynomialFeatures::powers() const {
  require_fitted();
  return powers_;
}

void PolynomialFeatures::fitted(Attributes& io) {
  std::int64_t outputs = io.reads() ? 0 : static_cast<std::int64_t>(powers_.shape(0));
  io("n_output_features", outputs);
  io("powers", powers_);
}

}  // namespace tartan::ml
