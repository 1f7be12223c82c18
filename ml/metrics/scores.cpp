#include <fmt/format.h>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {
namespace {

/// Both 1-D and of one length, of which there is at least one row.
void check_pair(const Array& truth, const Array& predicted, std::string_view score) {
  if (!truth.valid() || !predicted.valid()) {
    throw ValueError(fmt::format("{}: y_true and y_pred are both needed", score));
  }
  if (truth.shape() != predicted.shape()) {
    throw ValueError(fmt::format("{}: y_true has the shape {}, but y_pred {}", score,
                                 to_string(truth.shape()), to_string(predicted.shape())));
  }
  if (truth.ndim() == 0 || truth.shape(0) == 0) {
    throw ValueError(fmt::format("{}: there are no rows", score));
  }
}

/// Over the rows.
Array weighted_mean(const Array& values, const Array& weight) {
  if (!weight.valid()) return mean(values, 0);
  return average(values, {.axes = 0, .weights = weight});
}

}  // namespace

double accuracy_score(const Array& y_true, const Array& y_pred, const ScoreOptions& options) {
  check_pair(y_true, y_pred, "accuracy_score");
  const Array hits = equal(y_true, y_pred).astype(DType::float64);
  return weighted_mean(hits, options.sample_weight).item<double>();
}

double r2_score(const Array& y_true, const Array& y_pred, const ScoreOptions& options) {
  check_pair(y_true, y_pred, "r2_score");
  const Array truth = y_true.astype(DType::float64);
  const Array& weight = options.sample_weight;
  const Array residual = weighted_mean(square(truth - y_pred), weight);
  const Array total = weighted_mean(square(truth - weighted_mean(truth, weight)), weight);
  const auto parts = compute_chunks({residual, total});
  const auto residuals = parts[0].view<double>();
  const auto totals = parts[1].view<double>();
  double sum = 0;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    sum += totals[i] != 0 ? 1 - residuals[i] / totals[i] : (residuals[i] == 0 ? 1.0 : 0.0);
  }
  return sum / static_cast<double>(totals.size());
}

}  // namespace tartan::ml
