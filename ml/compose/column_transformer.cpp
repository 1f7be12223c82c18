#include <algorithm>
#include <fmt/format.h>
#include <ml/pipeline/steps.hpp>
#include <numeric>
#include <tartan/array/indexing.hpp>
#include <tartan/ml/compose.hpp>

namespace tartan::ml {
namespace {

using Indices = std::vector<std::int64_t>;

Indices indices_of(const ColumnSlice& slice, std::int64_t width) {
  const auto place = [&](std::optional<std::int64_t> at, std::int64_t otherwise) {
    if (!at) return otherwise;
    return std::clamp<std::int64_t>(*at < 0 ? *at + width : *at, slice.step < 0 ? -1 : 0,
                                    slice.step < 0 ? width - 1 : width);
  };
  const bool down = slice.step < 0;
  const std::int64_t first = place(slice.start, down ? width - 1 : 0);
  const std::int64_t end = place(slice.stop, down ? -1 : width);
  Indices indices;
  for (std::int64_t i = first; down ? i > end : i < end; i += slice.step) indices.push_back(i);
  return indices;
}

Indices indices_of(const ColumnStep& step, std::int64_t width, std::string_view estimator) {
  if (const auto* slice = std::get_if<ColumnSlice>(&step.columns)) return indices_of(*slice, width);
  Indices indices = std::get<Indices>(step.columns);
  for (std::int64_t& index : indices) {
    if (index < -width || index >= width) {
      throw ValueError(fmt::format("{}: '{}' names column {}, but x has {} columns", estimator,
                                   step.name, index, width));
    }
    if (index < 0) index += width;
  }
  return indices;
}

Array chosen(const Array& x, const Indices& columns) {
  const bool neighbours = std::adjacent_find(columns.begin(), columns.end(), [](auto a, auto b) {
                            return b != a + 1;
                          }) == columns.end();
  if (neighbours) return x.slice({{0, x.shape(0)}, {columns.front(), columns.back() + 1}});
  return take(x, columns, 1);
}

}  // namespace

void ColumnTransformer::check(const ColumnTransformerParams& params) {
  std::vector<std::string> names;
  for (const ColumnStep& step : params.transformers) {
    names.push_back(step.name);
    detail::check_transformer(step.transformer, step.name, kName);
    const auto* slice = std::get_if<ColumnSlice>(&step.columns);
    if (slice != nullptr && slice->step == 0) {
      throw ValueError(fmt::format("{}: '{}' has a slice of step 0", kName, step.name));
    }
  }
  detail::check_step_names(names, detail::own_names<ColumnTransformerParams>(), kName);
  detail::check_transformer(params.remainder, "remainder", kName);
  steps::check_weights(params.transformer_weights, names, kName);
}

ColumnTransformer& ColumnTransformer::fit(const Array& x, const Array& y,
                                          const Array& sample_weight) {
  if (!x.valid() || x.ndim() != 2) {
    throw ValueError(fmt::format("{}: x must be 2-D, rows x columns", kName));
  }
  const std::int64_t width = x.shape(1);
  std::vector<StepModel> fitted;
  std::vector<Indices> columns;
  std::vector<bool> named(static_cast<std::size_t>(width), false);
  const auto add = [&](const StepModel& step, Indices indices) {
    for (const std::int64_t index : indices) named[static_cast<std::size_t>(index)] = true;
    // Of no columns there is nothing to learn.
    fitted.push_back(indices.empty() || steps::drops(step)
                         ? StepModel(Omit::drop)
                         : steps::fit(step, chosen(x, indices), y, sample_weight));
    columns.push_back(std::move(indices));
  };
  for (const ColumnStep& step : params_.transformers) {
    add(step.transformer, indices_of(step, width, kName));
  }
  Indices others;
  for (std::int64_t j = 0; j < width; ++j) {
    if (!named[static_cast<std::size_t>(j)]) others.push_back(j);
  }
  add(params_.remainder, std::move(others));
  transformers_ = std::move(fitted);
  columns_ = std::move(columns);
  n_features_in_ = width;
  return *this;
}

Array ColumnTransformer::transform(const Array& x) const {
  require_fitted();
  if (!x.valid() || x.ndim() != 2 || x.shape(1) != n_features_in_) {
    throw ValueError(
        fmt::format("{}: x must be 2-D with {} columns, as in fit", kName, n_features_in_));
  }
  std::vector<Array> parts;
  for (std::size_t i = 0; i < transformers_.size(); ++i) {
    if (steps::drops(transformers_[i])) continue;
    Array part = steps::transform(transformers_[i], chosen(x, columns_[i]));
    if (i < params_.transformers.size()) {
      part = steps::weighted(part, params_.transformer_weights, params_.transformers[i].name);
    }
    parts.push_back(std::move(part));
  }
  return steps::side_by_side(parts, kName);
}

}  // namespace tartan::ml
