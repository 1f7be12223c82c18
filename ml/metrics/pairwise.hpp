#pragma once

// Blocks of rows that meet in pairs.

#include <tartan/ml/metrics/pairwise.hpp>
#include <vector>

namespace tartan::ml {

/// n x groups, float64, lazily: the sums of the distances of each row of x to the rows of each
/// group, of which `groups_of` (int64, below `groups`) tells. No matrix of distances is made.
Array distances_by_group(const Array& x, const Array& group_of, std::int64_t groups,
                         PairwiseMetric metric);

}  // namespace tartan::ml
