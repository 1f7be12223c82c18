#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ml/metrics/contingency.hpp>
#include <ml/metrics/inputs.hpp>

namespace tartan::ml {
namespace {

/// n x 1 is 1-D to a metric.
Array flat(const Array& array) {
  return array.ndim() == 2 && array.shape(1) == 1 ? squeeze(array, 1) : array;
}

Scored scored(const Array& truth, const Array& predicted, const Array& weight,
              std::string_view score) {
  if (!truth.valid() || !predicted.valid()) {
    throw ValueError(
        fmt::format("{}: two arrays are needed, of what is true and of what was found", score));
  }
  if (is_complex(truth.dtype()) || is_complex(predicted.dtype())) {
    throw TypeError(fmt::format("{}: takes no complex numbers", score));
  }
  Scored result{flat(truth), flat(predicted), {}};
  if (result.truth.ndim() == 0 || result.truth.shape(0) == 0) {
    throw ValueError(fmt::format("{}: there are no rows", score));
  }
  if (result.predicted.ndim() == 0 || result.predicted.shape(0) != result.truth.shape(0)) {
    throw ValueError(fmt::format("{}: y_true has the shape {}, but y_pred {}", score,
                                 to_string(truth.shape()), to_string(predicted.shape())));
  }
  Chunks chunks = result.predicted.chunks();
  chunks[0] = result.truth.chunks()[0];
  if (chunks.size() == 2) chunks[1] = {result.predicted.shape(1)};
  if (result.predicted.chunks() != chunks) result.predicted = result.predicted.rechunk(chunks);
  if (!weight.valid()) return result;
  result.weight = flat(weight);
  if (result.weight.ndim() != 1 || result.weight.shape(0) != result.rows()) {
    throw ValueError(fmt::format("{}: sample_weight has the shape {}, but there are {} rows", score,
                                 to_string(weight.shape()), result.rows()));
  }
  result.weight = result.weight.astype(DType::float64);
  const Chunks rows{chunks[0]};
  if (result.weight.chunks() != rows) result.weight = result.weight.rechunk(rows);
  return result;
}

void require_flat(const Array& array, std::string_view name, std::string_view score) {
  if (array.ndim() == 1) return;
  throw ValueError(fmt::format("{}: {} must be 1-D, one label per row, but has the shape {}", score,
                               name, to_string(array.shape())));
}

}  // namespace

Array Scored::mean(const Array& values) const {
  if (!weight.valid()) return tartan::mean(values, 0);
  return average(values, {.axes = 0, .weights = weight});
}

double Scored::total() const {
  return weight.valid() ? sum(weight).item<double>() : static_cast<double>(rows());
}

Scored scored_labels(const Array& truth, const Array& predicted, const Array& weight,
                     std::string_view score) {
  Scored result = scored(truth, predicted, weight, score);
  require_flat(result.truth, "y_true", score);
  require_flat(result.predicted, "y_pred", score);
  return result;
}

Scored scored_decisions(const Array& truth, const Array& decisions, const Array& weight,
                        std::string_view score) {
  Scored result = scored(truth, decisions, weight, score);
  require_flat(result.truth, "y_true", score);
  if (result.predicted.ndim() > 2) {
    throw ValueError(fmt::format("{}: scores must be 1-D or rows x classes, but have the shape {}",
                                 score, to_string(result.predicted.shape())));
  }
  if (!is_floating(result.predicted.dtype())) {
    result.predicted = result.predicted.astype(DType::float64);
  }
  return result;
}

Scored scored_numbers(const Array& truth, const Array& predicted, const Array& weight,
                      std::string_view score) {
  Scored result = scored(truth, predicted, weight, score);
  if (result.truth.shape() != result.predicted.shape() || result.truth.ndim() > 2) {
    throw ValueError(fmt::format("{}: y_true has the shape {}, but y_pred {}", score,
                                 to_string(truth.shape()), to_string(predicted.shape())));
  }
  result.truth = result.truth.astype(DType::float64);
  result.predicted = result.predicted.astype(DType::float64);
  return result;
}

std::vector<std::int64_t> distinct_labels(const Array& labels, std::string_view score) {
  return as_labels(unique_values(labels).compute_chunk(), score);
}

std::int64_t positive_label(const std::vector<std::int64_t>& labels,
                            std::optional<std::int64_t> given, std::string_view score) {
  if (given) return *given;
  const bool zero_one = std::all_of(labels.begin(), labels.end(),
                                    [](std::int64_t label) { return label == 0 || label == 1; });
  const bool signs = std::all_of(labels.begin(), labels.end(),
                                 [](std::int64_t label) { return label == -1 || label == 1; });
  if (!zero_one && !signs) {
    throw ValueError(
        fmt::format("{}: the labels are {}; say which is positive by pos_label, or "
                    "use 0 and 1 or -1 and 1",
                    score, list_labels(labels)));
  }
  return 1;
}

Array class_codes(const Array& labels, const std::vector<std::int64_t>& classes) {
  const Chunk sorted =
      make_chunk<std::int64_t>({static_cast<std::int64_t>(classes.size())}, std::span(classes));
  return searchsorted(Array(sorted), labels.astype(DType::int64));
}

std::string list_labels(const std::vector<std::int64_t>& labels) {
  constexpr std::size_t kShown = 10;
  const std::size_t shown = std::min(labels.size(), kShown);
  return fmt::format(
      "{}{}", fmt::join(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < labels.size() ? ", ..." : "");
}

}  // namespace tartan::ml
