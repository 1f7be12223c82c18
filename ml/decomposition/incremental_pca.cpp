#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/triangles.hpp>
#include <ml/base/vectors.hpp>
#include <ml/decomposition/axes.hpp>
#include <numeric>
#include <tartan/array.hpp>
#include <tartan/ml/decomposition.hpp>

namespace tartan::ml {

/// What some of the rows are to the others: their mean and a matrix with the same scatter as they
/// have around it.
struct Spectrum {
  std::int64_t keep = 0;  ///< directions at most
  double count = 0;
  std::vector<double> mean, m2;
  Chunk factor;         ///< any number of rows x features
  double left_out = 0;  ///< the mean of the squared singular values that the last cut left out

  static constexpr std::string_view kCodec = "tartan::ml::Spectrum";
  static void fields(auto& self, auto&& field) {
    field(self.keep, self.count, self.mean, self.m2, self.factor, self.left_out);
  }
};

namespace {

/// The directions of a spectrum, of which it keeps so many.
decomposition::Axes cut(Spectrum& spectrum) {
  const decomposition::Axes all = decomposition::axes_of_triangle(
      spectrum.factor, std::min(spectrum.factor.shape[0], spectrum.factor.shape[1]));
  decomposition::Axes axes = decomposition::first_axes(all, spectrum.keep);
  const std::size_t kept = axes.singular_values.size();
  double left = 0;
  for (std::size_t k = kept; k < all.singular_values.size(); ++k) {
    left += all.singular_values[k] * all.singular_values[k];
  }
  // A second cut leaves out nothing, and what the first one did still holds.
  const std::size_t others = all.singular_values.size() - kept;
  if (others > 0) spectrum.left_out = left / static_cast<double>(others);
  decomposition::turn_by_entries(axes);
  MutableChunk factor(DType::float64, axes.vectors.shape);
  const auto from = axes.vectors.view<double>();
  auto out = factor.view<double>();
  const std::size_t d = spectrum.mean.size();
  for (std::size_t at = 0; at < out.size(); ++at) out[at] = axes.singular_values[at / d] * from[at];
  spectrum.factor = std::move(factor).freeze();
  return axes;
}

/// Ross, Lim, Lin, Yang: Incremental learning for robust visual tracking, 2008. Not cut yet.
void add(Spectrum& total, const Spectrum& part) {
  if (total.count == 0) {
    total = part;
    return;
  }
  if (part.count == 0) return;
  const std::size_t d = total.mean.size();
  MutableChunk between(DType::float64, {1, static_cast<std::int64_t>(d)});
  auto row = between.view<double>();
  const double factor = std::sqrt(total.count * part.count / (total.count + part.count));
  for (std::size_t j = 0; j < d; ++j) row[j] = factor * (total.mean[j] - part.mean[j]);
  total.factor = tasks::stack_triangles({total.factor, part.factor, std::move(between).freeze()});
  Moments moments{std::vector<double>(d, total.count), total.mean, total.m2};
  merge(moments, {std::vector<double>(d, part.count), part.mean, part.m2});
  total.mean = moments.mean;
  total.m2 = moments.m2;
  total.count += part.count;
}

/// Rows that are all there, from the triangle of [1, x].
Spectrum spectrum_of(decomposition::Centred centred, double count, std::int64_t keep) {
  Spectrum spectrum{keep, count, std::move(centred.mean), {}, std::move(centred.triangle), 0};
  const std::size_t d = spectrum.mean.size();
  spectrum.m2.assign(d, 0.0);
  const auto elements = spectrum.factor.view<double>();
  for (std::size_t at = 0; at < elements.size(); ++at) {
    spectrum.m2[at % d] += elements[at] * elements[at];
  }
  return spectrum;
}

}  // namespace

namespace tasks {

/// The rows of a block, so many at a time; what is left at the end goes with the last ones when it
/// is less than what is kept.
Spectrum block_spectrum(const Chunk& x, std::int64_t keep, std::int64_t batch) {
  Spectrum total;
  total.keep = keep;
  total.mean.assign(static_cast<std::size_t>(x.shape[1]), 0.0);
  total.m2 = total.mean;
  total.factor = MutableChunk(DType::float64, {0, x.shape[1]}).freeze();
  for (std::int64_t first = 0; first < x.shape[0];) {
    std::int64_t rows = std::min(batch, x.shape[0] - first);
    if (x.shape[0] - first - rows < keep) rows = x.shape[0] - first;
    const std::int64_t item = static_cast<std::int64_t>(itemsize(x.dtype)) * x.shape[1];
    const Chunk part{x.dtype,
                     {rows, x.shape[1]},
                     x.data.slice(static_cast<std::size_t>(first * item),
                                  static_cast<std::size_t>(rows * item))};
    add(total, spectrum_of(decomposition::centred(row_triangle(part, true)),
                           static_cast<double>(rows), keep));
    static_cast<void>(cut(total));
    first += rows;
  }
  return total;
}

Spectrum combine_spectra(const std::vector<Spectrum>& parts) {
  Spectrum total = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    add(total, parts[i]);
    static_cast<void>(cut(total));
  }
  return total;
}

}  // namespace tasks

void IncrementalPCA::check(const IncrementalPCAParams& params) {
  const auto at_least_one = [](std::string_view name, const std::optional<std::int64_t>& value) {
    if (!value || *value >= 1) return;
    throw ValueError(fmt::format("{}: {} is {}, but must be at least 1", kName, name, *value));
  };
  at_least_one("n_components", params.n_components);
  at_least_one("batch_size", params.batch_size);
}

/// What the attributes say, as a spectrum; empty before fit.
Spectrum IncrementalPCA::spectrum() const {
  Spectrum spectrum;
  if (!is_fitted()) return spectrum;
  spectrum.keep = n_components_;
  spectrum.count = static_cast<double>(n_samples_);
  spectrum.mean = as_vector(mean_);
  spectrum.m2 = as_vector(var_ * spectrum.count);
  const std::size_t d = spectrum.mean.size();
  MutableChunk factor(DType::float64,
                      {static_cast<std::int64_t>(components_.shape(0)), n_features_in_});
  auto out = factor.view<double>();
  for (std::size_t at = 0; at < out.size(); ++at) {
    out[at] = singular_values_(at / d) * components_.data()[at];
  }
  spectrum.factor = std::move(factor).freeze();
  return spectrum;
}

/// batch_rows: of the last batch.
void IncrementalPCA::adopt(Spectrum& spectrum, std::int64_t batch_rows) {
  const decomposition::Axes axes = cut(spectrum);
  const std::size_t d = spectrum.mean.size();
  const double freedom = spectrum.count - 1;
  const double total = std::accumulate(spectrum.m2.begin(), spectrum.m2.end(), 0.0);
  n_features_in_ = static_cast<std::int64_t>(d);
  n_samples_ = static_cast<std::int64_t>(spectrum.count);
  n_components_ = static_cast<std::int64_t>(axes.singular_values.size());
  mean_ = as_xarray(spectrum.mean);
  var_ = as_xarray(spectrum.m2) / spectrum.count;
  components_ = to_xarray<double>(axes.vectors);
  singular_values_ = as_xarray(axes.singular_values);
  explained_variance_ = singular_values_ * singular_values_ / freedom;
  explained_variance_ratio_ = singular_values_ * singular_values_ / total;
  const bool whole = n_components_ == n_features_in_ || n_components_ == batch_rows;
  noise_variance_ = whole ? 0.0 : spectrum.left_out / freedom;
}

IncrementalPCA& IncrementalPCA::fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = false, .min_rows = 2});
  const std::int64_t most = std::min(rows.count, rows.features);
  const std::int64_t keep = params_.n_components.value_or(most);
  if (keep > most) {
    throw ValueError(
        fmt::format("{}: n_components is {}, but must be at most min(rows, features), "
                    "{}",
                    kName, keep, most));
  }
  const std::int64_t batch = params_.batch_size.value_or(5 * rows.features);
  Spectrum spectrum = reduce_rows<&tasks::block_spectrum, &tasks::combine_spectra>(
      "batched-spectrum", rows.x, keep, batch);
  adopt(spectrum, rows.count);
  return *this;
}

IncrementalPCA& IncrementalPCA::partial_fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = false});
  if (is_fitted()) static_cast<void>(as_rows(x, kName, n_features_in_));
  const std::int64_t most = std::min(rows.count, rows.features);
  const std::int64_t keep = is_fitted() ? n_components_ : params_.n_components.value_or(most);
  if (keep > rows.features) {
    throw ValueError(
        fmt::format("{}: n_components is {}, but x has {} features", kName, keep, rows.features));
  }
  if (keep > rows.count) {
    throw ValueError(
        fmt::format("{}: n_components is {}, but this part has only {} rows; give "
                    "more rows at once",
                    kName, keep, rows.count));
  }
  Spectrum total = spectrum();
  add(total,
      spectrum_of(decomposition::centred_triangle(rows.x), static_cast<double>(rows.count), keep));
  total.keep = keep;
  adopt(total, rows.count);
  return *this;
}

IncrementalPCA& IncrementalPCA::merge(const IncrementalPCA& other) {
  require_fitted();
  other.require_fitted();
  if (other.n_features_in_ != n_features_in_) {
    throw ValueError(fmt::format("{}: one model was fitted with {} features and the other with {}",
                                 kName, n_features_in_, other.n_features_in_));
  }
  Spectrum total = spectrum();
  add(total, other.spectrum());
  total.keep = params_.n_components.value_or(std::max(n_components_, other.n_components_));
  adopt(total, 0);
  return *this;
}

}  // namespace tartan::ml
