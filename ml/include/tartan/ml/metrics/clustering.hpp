#pragma once

// Scores of clusterings; see metrics.hpp. Those of two labelings count the pairs of labels in one
// pass and bring only the counts here.

#include <span>
#include <tartan/ml/metrics/pairwise.hpp>

namespace tartan::ml {

/// How entropies of two labelings are averaged.
enum class NmiAverage : std::uint8_t { arithmetic, geometric, min, max };
template <>
struct EnumNames<NmiAverage> {
  static constexpr std::array values{std::pair{NmiAverage::arithmetic, "arithmetic"},
                                     std::pair{NmiAverage::geometric, "geometric"},
                                     std::pair{NmiAverage::min, "min"},
                                     std::pair{NmiAverage::max, "max"}};
};

/// Mutual information of two labelings divided by the average of their entropies, in [0, 1]; 1 for
/// equal partitions, whatever the labels are called, and when both have a single class.
double normalized_mutual_info_score(const Array& labels_true, const Array& labels_pred,
                                    NmiAverage average = NmiAverage::arithmetic);
double normalized_mutual_info_score(std::span<const std::int64_t> labels_true,
                                    std::span<const std::int64_t> labels_pred,
                                    NmiAverage average = NmiAverage::arithmetic);
/// In nats.
double mutual_info_score(const Array& labels_true, const Array& labels_pred);
/// Less what chance gives (Vinh, Epps, Bailey 2010). Takes rows x columns of the contingency table
/// times the mean size of their smaller cluster.
double adjusted_mutual_info_score(const Array& labels_true, const Array& labels_pred,
                                  NmiAverage average = NmiAverage::arithmetic);
/// The part of the pairs of rows on which both agree, and the same less what chance gives.
double rand_score(const Array& labels_true, const Array& labels_pred);
double adjusted_rand_score(const Array& labels_true, const Array& labels_pred);
double fowlkes_mallows_score(const Array& labels_true, const Array& labels_pred);
/// 2 x 2: pairs of rows apart in both, together in pred, together in true, together in both.
xt::xarray<double> pair_confusion_matrix(const Array& labels_true, const Array& labels_pred);

struct Homogeneity {
  double homogeneity = 1;
  double completeness = 1;
  double v_measure = 1;
};
/// Whether clusters have members of one class, classes members of one cluster, and the mean of
/// both, in which beta > 1 favours completeness.
Homogeneity homogeneity_completeness_v_measure(const Array& labels_true, const Array& labels_pred,
                                               double beta = 1.0);
double homogeneity_score(const Array& labels_true, const Array& labels_pred);
double completeness_score(const Array& labels_true, const Array& labels_pred);
double v_measure_score(const Array& labels_true, const Array& labels_pred, double beta = 1.0);

// ---- of a labeling of points: x is rows x features, with 2 to rows - 1 labels (ValueError)
// --------

/// How much nearer each row is to its own cluster than to the next one, in [-1, 1]; 0 for a cluster
/// of one row. Lazy but for the labels, which are looked at; pairs of blocks give rows x clusters
/// numbers and no matrix of distances.
Array silhouette_samples(const Array& x, const Array& labels,
                         PairwiseMetric metric = PairwiseMetric::euclidean);
/// The mean of silhouette_samples.
double silhouette_score(const Array& x, const Array& labels,
                        PairwiseMetric metric = PairwiseMetric::euclidean);
/// Spread between clusters over spread within them. Two passes.
double calinski_harabasz_score(const Array& x, const Array& labels);
/// The mean likeness of each cluster to the one most like it; 0 is best. Two passes.
double davies_bouldin_score(const Array& x, const Array& labels);

}  // namespace tartan::ml
