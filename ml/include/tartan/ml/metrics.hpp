#pragma once

// How good a result is. Labels are 1-D integer arrays of equal length.

#include <cstdint>
#include <span>
#include <tartan/array.hpp>

namespace tartan::ml {

struct ScoreOptions {
  /// What each row counts for; not given: 1.
  Array sample_weight = {};
};

/// The part of the rows whose labels are equal. Computes. Throws ValueError for arrays of different
/// shapes or without rows.
double accuracy_score(const Array& y_true, const Array& y_pred, const ScoreOptions& options = {});
/// The coefficient of determination: 1 for a perfect prediction, 0 for one no better than the mean,
/// and below for worse. Constant targets: 1 when all are met, else 0. Of several targets (2-D) the
/// mean over them. Computes; errors as above.
double r2_score(const Array& y_true, const Array& y_pred, const ScoreOptions& options = {});

/// How NMI averages the entropies of the two labelings.
enum class NmiAverage { arithmetic, geometric, min, max };

/// Normalized mutual information of two labelings, in [0, 1]; 1 for equal partitions, whatever
/// the labels are called. As scikit-learn's normalized_mutual_info_score: arithmetic mean by
/// default, 1 when both have a single class. Throws ValueError for arrays that are not 1-D, not
/// integer or not equally long. Computes; the labels are brought together in this process.
double normalized_mutual_info_score(const Array& labels_true, const Array& labels_pred,
                                    NmiAverage average = NmiAverage::arithmetic);
double normalized_mutual_info_score(std::span<const std::int64_t> labels_true,
                                    std::span<const std::int64_t> labels_pred,
                                    NmiAverage average = NmiAverage::arithmetic);

}  // namespace tartan::ml
