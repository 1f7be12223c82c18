// The area below the ROC curve, of two classes and of more.

#include <cmath>
#include <fmt/format.h>
#include <ml/metrics/ranking.hpp>

namespace tartan::ml {
namespace {

constexpr std::string_view kScore = "roc_auc_score";

Array column(const Array& x, std::size_t j) {
  return x.slice({all_of_axis, static_cast<std::int64_t>(j)});
}

std::vector<std::int64_t> classes_of(const Scored& scored, const std::vector<std::int64_t>& given) {
  std::vector<std::int64_t> labels = distinct_labels(scored.truth, kScore);
  if (given.empty()) return labels;
  if (!std::is_sorted(given.begin(), given.end()) ||
      std::adjacent_find(given.begin(), given.end()) != given.end()) {
    throw ValueError("roc_auc_score: labels must ascend, without repetitions");
  }
  if (!std::includes(given.begin(), given.end(), labels.begin(), labels.end())) {
    throw ValueError(fmt::format("{}: y_true has the labels {}, which are not all among {}", kScore,
                                 list_labels(labels), list_labels(given)));
  }
  return given;
}

void check_probabilities(const Scored& scored, std::size_t classes) {
  if (scored.predicted.ndim() != 2 ||
      scored.predicted.shape(1) != static_cast<std::int64_t>(classes)) {
    throw ValueError(fmt::format("{}: there are {} classes, but y_score has the shape {}", kScore,
                                 classes, to_string(scored.predicted.shape())));
  }
  if (!allclose(sum(scored.predicted, 1), 1.0).item<bool>()) {
    throw ValueError(
        "roc_auc_score: the scores of several classes must be probabilities, whose "
        "sum is 1 in every row");
  }
}

/// Each class against the rest.
double one_versus_rest(const Scored& scored, const std::vector<std::int64_t>& classes,
                       ClassAverage average) {
  if (average == ClassAverage::micro) {
    std::vector<Array> truth;
    std::vector<Array> scores;
    std::vector<Array> weights;
    for (std::size_t j = 0; j < classes.size(); ++j) {
      truth.push_back(equal(scored.truth, classes[j]));
      scores.push_back(column(scored.predicted, j));
      weights.push_back(scored.weight);
    }
    return binary_roc_auc(concatenate(truth), concatenate(scores),
                          scored.weight.valid() ? concatenate(weights) : Array());
  }
  double sum_of_areas = 0;
  double total = 0;
  for (std::size_t j = 0; j < classes.size(); ++j) {
    const Array positive = equal(scored.truth, classes[j]);
    const double area = binary_roc_auc(positive, column(scored.predicted, j), scored.weight);
    double weight = 1;
    if (average == ClassAverage::weighted) {
      const Array counts = positive.astype(DType::float64);
      weight = sum(scored.weight.valid() ? counts * scored.weight : counts).item<double>();
    }
    sum_of_areas += weight * area;
    total += weight;
  }
  return sum_of_areas / total;
}

/// Hand and Till, A simple generalisation of the area under the ROC curve, 2001.
double one_versus_one(const Scored& scored, const std::vector<std::int64_t>& classes,
                      ClassAverage average) {
  if (scored.weight.valid()) {
    throw ValueError("roc_auc_score: takes no sample_weight with multi_class ovo");
  }
  const std::vector<std::int64_t> met = distinct_labels(scored.truth, kScore);
  const auto place = [&](std::int64_t label) {
    return static_cast<std::size_t>(std::lower_bound(classes.begin(), classes.end(), label) -
                                    classes.begin());
  };
  double sum_of_areas = 0;
  double total = 0;
  for (std::size_t a = 0; a < met.size(); ++a) {
    for (std::size_t b = a + 1; b < met.size(); ++b) {
      const Array either = equal(scored.truth, met[a]) | equal(scored.truth, met[b]);
      const auto rows = persist({equal(scored.truth, met[a])[either],
                                 column(scored.predicted, place(met[a]))[either],
                                 column(scored.predicted, place(met[b]))[either]});
      const double area =
          (binary_roc_auc(rows[0], rows[1], {}) + binary_roc_auc(!rows[0], rows[2], {})) / 2;
      const double weight =
          average == ClassAverage::weighted ? static_cast<double>(rows[0].shape(0)) : 1.0;
      sum_of_areas += weight * area;
      total += weight;
    }
  }
  return sum_of_areas / total;
}

}  // namespace

double roc_auc_score(const Array& y_true, const Array& y_score, const RocAucOptions& options) {
  const Scored scored = checked_scores(y_true, y_score, options.sample_weight, kScore);
  const std::vector<std::int64_t> classes = classes_of(scored, options.labels);
  if (classes.size() <= 2 && scored.predicted.ndim() == 1) {
    return binary_roc_auc(equal(scored.truth, classes.back()), scored.predicted, scored.weight,
                          options.max_fpr);
  }
  if (options.max_fpr && *options.max_fpr != 1) {
    throw ValueError("roc_auc_score: max_fpr is for two classes only");
  }
  if (options.multi_class == RocMultiClass::raise) {
    throw ValueError(fmt::format("{}: there are {} classes; set multi_class to ovr or ovo", kScore,
                                 classes.size()));
  }
  const bool ovr = options.multi_class == RocMultiClass::ovr;
  if (options.average == ClassAverage::binary || (options.average == ClassAverage::micro && !ovr)) {
    throw ValueError(
        "roc_auc_score: the average over several classes is macro, weighted or, with ovr, micro");
  }
  check_probabilities(scored, classes.size());
  return ovr ? one_versus_rest(scored, classes, options.average)
             : one_versus_one(scored, classes, options.average);
}

}  // namespace tartan::ml
