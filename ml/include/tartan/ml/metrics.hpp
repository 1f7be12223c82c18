#pragma once

// How good a result is. Labels are 1-D integer arrays of equal length.

#include <cstdint>
#include <span>
#include <tartan/array.hpp>

namespace tartan::ml {

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
