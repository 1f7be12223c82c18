#pragma once

// Scores of classifiers; see metrics.hpp.

#include <optional>
#include <tartan/ml/metrics/options.hpp>

namespace tartan::ml {

struct AccuracyOptions {
  bool normalize = true;  ///< the part of the rows, not their number
  Array sample_weight = {};
};
/// The part of the rows whose labels are equal.
double accuracy_score(const Array& y_true, const Array& y_pred,
                      const AccuracyOptions& options = {});
/// The part of the rows whose labels differ.
double zero_one_loss(const Array& y_true, const Array& y_pred, const AccuracyOptions& options = {});
double hamming_loss(const Array& y_true, const Array& y_pred, const ScoreOptions& options = {});

struct BalancedAccuracyOptions {
  bool adjusted = false;  ///< 0 for guessing, 1 for perfection
  Array sample_weight = {};
};
/// The mean of the classes' recalls, over the classes that are ever true.
double balanced_accuracy_score(const Array& y_true, const Array& y_pred,
                               const BalancedAccuracyOptions& options = {});

enum class ConfusionNormalize : std::uint8_t { none, truth, pred, all };
template <>
struct EnumNames<ConfusionNormalize> {
  static constexpr std::array values{
      std::pair{ConfusionNormalize::none, "none"}, std::pair{ConfusionNormalize::truth, "true"},
      std::pair{ConfusionNormalize::pred, "pred"}, std::pair{ConfusionNormalize::all, "all"}};
};
struct ConfusionOptions {
  /// Rows and columns of the matrix; empty: all labels there are, sorted. Others do not count.
  std::vector<std::int64_t> labels = {};
  ConfusionNormalize normalize =
      ConfusionNormalize::none;  ///< divide by the sums of rows, columns, or of all
  Array sample_weight = {};
};
/// Entry (i, j): rows of class i that were taken for class j. ValueError for more than 8192 labels,
/// and when none of the labels asked for is in y_true.
xt::xarray<double> confusion_matrix(const Array& y_true, const Array& y_pred,
                                    const ConfusionOptions& options = {});

struct PrecisionOptions {
  ClassAverage average = ClassAverage::binary;
  /// The classes that count, in this order; empty: all there are, sorted. Not for binary.
  std::vector<std::int64_t> labels = {};
  std::int64_t pos_label = 1;  ///< of binary
  double zero_division = 0;    ///< what 0 / 0 is: 0 or 1
  Array sample_weight = {};
};
/// tp / (tp + fp), tp / (tp + fn), their weighted harmonic mean and tp / (tp + fp + fn).
double precision_score(const Array& y_true, const Array& y_pred,
                       const PrecisionOptions& options = {});
double recall_score(const Array& y_true, const Array& y_pred, const PrecisionOptions& options = {});
double f1_score(const Array& y_true, const Array& y_pred, const PrecisionOptions& options = {});
double fbeta_score(const Array& y_true, const Array& y_pred, double beta,
                   const PrecisionOptions& options = {});
double jaccard_score(const Array& y_true, const Array& y_pred,
                     const PrecisionOptions& options = {});
/// One per class; options.average and pos_label say nothing.
xt::xarray<double> precision_score(RawValues, const Array& y_true, const Array& y_pred,
                                   const PrecisionOptions& options = {});
xt::xarray<double> recall_score(RawValues, const Array& y_true, const Array& y_pred,
                                const PrecisionOptions& options = {});
xt::xarray<double> f1_score(RawValues, const Array& y_true, const Array& y_pred,
                            const PrecisionOptions& options = {});
xt::xarray<double> fbeta_score(RawValues, const Array& y_true, const Array& y_pred, double beta,
                               const PrecisionOptions& options = {});
xt::xarray<double> jaccard_score(RawValues, const Array& y_true, const Array& y_pred,
                                 const PrecisionOptions& options = {});

/// Per class, or 0-d averages without a support.
struct PrecisionRecall {
  xt::xarray<double> precision;
  xt::xarray<double> recall;
  xt::xarray<double> fscore;
  xt::xarray<double> support;  ///< how many rows (or what weight) are of each class
};
PrecisionRecall precision_recall_fscore_support(RawValues, const Array& y_true, const Array& y_pred,
                                                const PrecisionOptions& options = {},
                                                double beta = 1.0);
PrecisionRecall precision_recall_fscore_support(const Array& y_true, const Array& y_pred,
                                                const PrecisionOptions& options, double beta = 1.0);

/// Matthews' correlation of two labelings, in [-1, 1]; 0 when one of them is constant.
double matthews_corrcoef(const Array& y_true, const Array& y_pred,
                         const ScoreOptions& options = {});

enum class KappaWeights : std::uint8_t { none, linear, quadratic };
template <>
struct EnumNames<KappaWeights> {
  static constexpr std::array values{std::pair{KappaWeights::none, "none"},
                                     std::pair{KappaWeights::linear, "linear"},
                                     std::pair{KappaWeights::quadratic, "quadratic"}};
};
struct KappaOptions {
  std::vector<std::int64_t> labels = {};
  KappaWeights weights = KappaWeights::none;  ///< what a disagreement of so many places costs
  Array sample_weight = {};
};
/// Cohen's kappa: agreement beyond chance.
double cohen_kappa_score(const Array& y1, const Array& y2, const KappaOptions& options = {});

struct LogLossOptions {
  /// Probabilities are kept within [eps, 1 - eps]; none: the epsilon of y_pred's dtype.
  std::optional<double> eps = {};
  bool normalize = true;  ///< the mean, not the sum
  /// The classes of y_pred's columns, sorted; empty: those of y_true.
  std::vector<std::int64_t> labels = {};
  Array sample_weight = {};
};
/// Minus the logarithm of the probability of the true class. y_pred: rows x classes, or the
/// probability of the greater of two classes.
double log_loss(const Array& y_true, const Array& y_pred, const LogLossOptions& options = {});

struct BrierOptions {
  /// The label that is positive; none: 1, of labels in {0, 1} or {-1, 1}.
  std::optional<std::int64_t> pos_label = {};
  Array sample_weight = {};
};
/// The mean squared difference of the probability and what came.
double brier_score_loss(const Array& y_true, const Array& y_prob, const BrierOptions& options = {});

struct HingeOptions {
  /// All classes, sorted, when y_true does not have them all.
  std::vector<std::int64_t> labels = {};
  Array sample_weight = {};
};
/// The mean of max(0, 1 - margin); pred_decision is 1-D for two classes, else rows x classes.
double hinge_loss(const Array& y_true, const Array& pred_decision,
                  const HingeOptions& options = {});

}  // namespace tartan::ml
