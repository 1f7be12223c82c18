#pragma once

// Curves over the thresholds of a score, and the areas below them; see metrics.hpp. The array layer
// sorts the scores, so that they may be larger than memory; a curve is as long as there are
// different scores, stays with the workers and is cut as they are.

#include <optional>
#include <tartan/ml/metrics/options.hpp>

namespace tartan::ml {

struct CurveOptions {
  /// The label that is positive, all others are negative; none: 1, of labels in {0, 1} or {-1, 1}.
  std::optional<std::int64_t> pos_label = {};
  bool drop_intermediate = true;  ///< roc_curve: without points between others on a line
  Array sample_weight = {};
};

struct RocCurve {
  Array fpr;         ///< false positive rates, ascending; NaN without negatives
  Array tpr;         ///< true positive rates, ascending; NaN without positives
  Array thresholds;  ///< descending; the first lets nothing through
};
RocCurve roc_curve(const Array& y_true, const Array& y_score, const CurveOptions& options = {});

struct PrecisionRecallCurve {
  Array precision;   ///< one more than thresholds: 1 at the end
  Array recall;      ///< descending, 0 at the end; 1 without positives
  Array thresholds;  ///< ascending
};
PrecisionRecallCurve precision_recall_curve(const Array& y_true, const Array& y_score,
                                            const CurveOptions& options = {});

/// The area below a curve by trapezoids. ValueError for fewer than 2 points and an x that neither
/// rises nor falls all the way.
double auc(const Array& x, const Array& y);

enum class RocMultiClass : std::uint8_t {
  raise,  ///< more classes than two are a ValueError
  ovr,    ///< each class against the rest
  ovo,    ///< each pair of classes: Hand and Till, 2001
};
template <>
struct EnumNames<RocMultiClass> {
  static constexpr std::array values{std::pair{RocMultiClass::raise, "raise"},
                                     std::pair{RocMultiClass::ovr, "ovr"},
                                     std::pair{RocMultiClass::ovo, "ovo"}};
};
struct RocAucOptions {
  ClassAverage average =
      ClassAverage::macro;             ///< of several classes: macro, weighted or (ovr) micro
  std::optional<double> max_fpr = {};  ///< two classes: the area up to there, standardised
  RocMultiClass multi_class = RocMultiClass::raise;
  std::vector<std::int64_t> labels = {};  ///< of y_score's columns; empty: those of y_true
  Array sample_weight = {};               ///< not with ovo
};
/// The probability that a positive row scores above a negative one. y_score: 1-D for two classes,
/// else rows x classes whose sums are 1. ValueError when y_true has one class only.
double roc_auc_score(const Array& y_true, const Array& y_score, const RocAucOptions& options = {});

struct AveragePrecisionOptions {
  std::int64_t pos_label = 1;
  Array sample_weight = {};
};
/// The precisions at the thresholds, weighted by what each adds to the recall; 0 without positives.
double average_precision_score(const Array& y_true, const Array& y_score,
                               const AveragePrecisionOptions& options = {});

}  // namespace tartan::ml
