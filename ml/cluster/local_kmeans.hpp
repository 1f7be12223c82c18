#pragma once

// Weighted k-means on a set that fits one thread's cache: the last step of k-means||, which
// reclusters the candidates with the number of points each stands for.

#include <cstdint>
#include <ml/kernels/lloyd.hpp>
#include <span>
#include <tartan/base/random.hpp>
#include <vector>

namespace tartan::ml::cluster {

/// Greedy k-means++ (Arthur and Vassilvitskii 2007, with the 2 + ln k local trials scikit-learn
/// makes): indices of `clusters` rows of points. Rows at distance zero are taken only when nothing
/// else is left.
std::vector<std::int64_t> weighted_plus_plus(kernels::Matrix<double> points,
                                             std::span<const double> weights,
                                             std::int64_t clusters, Random& random);

/// k-means++ and Lloyd's iterations until no label changes (300 at most). Returns clusters x
/// columns centres. points.rows >= clusters.
std::vector<double> weighted_kmeans(kernels::Matrix<double> points, std::span<const double> weights,
                                    std::int64_t clusters, Random& random);

}  // namespace tartan::ml::cluster
