// How well separated clusters are: scores of points and one labeling.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ml/base/partial.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/base/rows.hpp>
#include <ml/metrics/inputs.hpp>
#include <ml/metrics/pairwise.hpp>
#include <numeric>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {

/// Per cluster, of a part of the rows.
struct ClusterSums {
  std::vector<double> counts;
  std::vector<double> sums;  ///< clusters x features, or one number per cluster

  static constexpr std::string_view kCodec = "tartan::ml::ClusterSums";
  static void fields(auto& self, auto&& field) { field(self.counts, self.sums); }
};

namespace tasks {
ClusterSums cluster_sums(const Chunk& x, const Chunk& codes, std::int64_t clusters) {
  const std::int64_t features = x.shape[1];
  ClusterSums total{std::vector<double>(static_cast<std::size_t>(clusters), 0.0),
                    std::vector<double>(static_cast<std::size_t>(clusters * features), 0.0)};
  const auto code = codes.view<std::int64_t>();
  for (std::int64_t i = 0; i < x.shape[0]; ++i) {
    const std::int64_t cluster = code[static_cast<std::size_t>(i)];
    total.counts[static_cast<std::size_t>(cluster)] += 1;
    double* sums = total.sums.data() + cluster * features;
    for (std::int64_t k = 0; k < features; ++k) sums[k] += element(x, i * features + k);
  }
  return total;
}

/// Squared distances to the clusters' means, or the distances themselves.
ClusterSums cluster_spreads(const Chunk& x, const Chunk& codes, const std::vector<double>& means,
                            std::int64_t clusters, bool squared) {
  const std::int64_t features = x.shape[1];
  ClusterSums total{{}, std::vector<double>(static_cast<std::size_t>(clusters), 0.0)};
  const auto code = codes.view<std::int64_t>();
  for (std::int64_t i = 0; i < x.shape[0]; ++i) {
    const std::int64_t cluster = code[static_cast<std::size_t>(i)];
    const double* mean = means.data() + cluster * features;
    double distance = 0;
    for (std::int64_t k = 0; k < features; ++k) {
      const double difference = element(x, i * features + k) - mean[k];
      distance += difference * difference;
    }
    total.sums[static_cast<std::size_t>(cluster)] += squared ? distance : std::sqrt(distance);
  }
  return total;
}

ClusterSums add_cluster_sums(const std::vector<ClusterSums>& parts) {
  ClusterSums total = parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    std::transform(total.counts.begin(), total.counts.end(), parts[p].counts.begin(),
                   total.counts.begin(), std::plus<>());
    std::transform(total.sums.begin(), total.sums.end(), parts[p].sums.begin(), total.sums.begin(),
                   std::plus<>());
  }
  return total;
}

}  // namespace tasks

namespace {

struct Clustering {
  Array x;      ///< rows x features, floating
  Array codes;  ///< int64, cut as x
  std::int64_t clusters = 0;
};

Clustering clustering(const Array& x, const Array& labels, std::string_view score) {
  Clustering result{as_rows(x, score), {}, 0};
  const Scored scored = scored_labels(labels, labels, {}, score);
  if (scored.rows() != result.x.shape(0)) {
    throw ValueError(fmt::format("{}: x has {} rows, but labels has {}", score, result.x.shape(0),
                                 scored.rows()));
  }
  const auto classes = distinct_labels(scored.truth, score);
  result.clusters = static_cast<std::int64_t>(classes.size());
  if (result.clusters < 2 || result.clusters >= scored.rows()) {
    throw ValueError(
        fmt::format("{}: there are {} labels of {} rows; at least 2 and fewer than "
                    "rows are needed",
                    score, result.clusters, scored.rows()));
  }
  result.codes = class_codes(scored.truth.rechunk(Chunks{result.x.chunks()[0]}), classes);
  return result;
}

struct Means {
  std::vector<double> counts;
  std::vector<double> means;    ///< clusters x features
  std::vector<double> spreads;  ///< per cluster
};

Means means_of(const Clustering& given, bool squared) {
  ClusterSums sums = reduce_rows<&tasks::cluster_sums, &tasks::add_cluster_sums>(
      "cluster-sums", given.x, given.codes, given.clusters);
  const auto features = static_cast<std::size_t>(given.x.shape(1));
  for (std::size_t i = 0; i < sums.sums.size(); ++i) sums.sums[i] /= sums.counts[i / features];
  ClusterSums spreads = reduce_rows<&tasks::cluster_spreads, &tasks::add_cluster_sums>(
      "cluster-spreads", given.x, given.codes, sums.sums, given.clusters, squared);
  return {std::move(sums.counts), std::move(sums.sums), std::move(spreads.sums)};
}

double squared_distance(const double* a, const double* b, std::size_t features) {
  double sum = 0;
  for (std::size_t k = 0; k < features; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

}  // namespace

Array silhouette_samples(const Array& x, const Array& labels, PairwiseMetric metric) {
  const Clustering given = clustering(x, labels, "silhouette_samples");
  const Array counts =
      bincount(given.codes, {.minlength = given.clusters}).astype(DType::float64).persist();
  const Array sums = distances_by_group(given.x, given.codes, given.clusters, metric);
  const Array own = equal(expand_dims(given.codes, 1),
                          arange(0, given.clusters, 1, {.chunks = {given.clusters}}));
  const Array own_count = take(counts, given.codes, 0);
  // A row has no distance to itself, which counts among the sums as 0.
  const Array within = sum(where(own, sums, 0.0), 1) / maximum(own_count - 1.0, 1.0);
  const Array other = min(where(own, std::numeric_limits<double>::infinity(), sums / counts), 1);
  const Array larger = maximum(within, other);
  return where((own_count > 1) & (larger > 0), (other - within) / where(larger > 0, larger, 1.0),
               0.0);
}

double silhouette_score(const Array& x, const Array& labels, PairwiseMetric metric) {
  return mean(silhouette_samples(x, labels, metric)).item<double>();
}

double calinski_harabasz_score(const Array& x, const Array& labels) {
  const Clustering given = clustering(x, labels, "calinski_harabasz_score");
  const Means means = means_of(given, true);
  const auto features = static_cast<std::size_t>(given.x.shape(1));
  const double rows = static_cast<double>(given.x.shape(0));
  const auto clusters = static_cast<double>(given.clusters);
  std::vector<double> center(features, 0.0);
  for (std::size_t i = 0; i < means.means.size(); ++i) {
    center[i % features] += means.means[i] * means.counts[i / features] / rows;
  }
  double between = 0;
  for (std::size_t c = 0; c < means.counts.size(); ++c) {
    between += means.counts[c] *
               squared_distance(means.means.data() + c * features, center.data(), features);
  }
  const double within = std::accumulate(means.spreads.begin(), means.spreads.end(), 0.0);
  return within == 0 ? 1.0 : between * (rows - clusters) / (within * (clusters - 1));
}

double davies_bouldin_score(const Array& x, const Array& labels) {
  const Clustering given = clustering(x, labels, "davies_bouldin_score");
  const Means means = means_of(given, false);
  const auto features = static_cast<std::size_t>(given.x.shape(1));
  const std::size_t clusters = means.counts.size();
  double sum = 0;
  for (std::size_t a = 0; a < clusters; ++a) {
    double worst = 0;
    for (std::size_t b = 0; b < clusters; ++b) {
      const double apart = std::sqrt(squared_distance(means.means.data() + a * features,
                                                      means.means.data() + b * features, features));
      // Clusters with one mean are told from none.
      if (a == b || apart == 0) continue;
      const double spread = means.spreads[a] / means.counts[a] + means.spreads[b] / means.counts[b];
      worst = std::max(worst, spread / apart);
    }
    sum += worst;
  }
  return sum / static_cast<double>(clusters);
}

}  // namespace tartan::ml
