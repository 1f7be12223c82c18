#pragma once

// k-means clustering by Lloyd's algorithm on chunked arrays. The data stays where it is: an
// iteration sends every chunk the centres and brings back sums, a few KiB, combined by a fixed
// tree. The result therefore depends on the data, its chunks and the seed, and neither on the
// number of workers nor on which of them died.

#include <cstdint>
#include <optional>
#include <string>
#include <tartan/array.hpp>
#include <tartan/ml/estimator.hpp>
#include <vector>

namespace tartan::ml {

enum class KMeansInit {
  /// Bahmani et al., "Scalable k-means++", VLDB 2012: a few passes, each sampling about
  /// oversampling_factor x n_clusters rows; the candidates, weighted by the rows nearest to each,
  /// are clustered by k-means++.
  k_means_parallel,
  /// Arthur and Vassilvitskii 2007, greedy, with the 2 + ln k trials scikit-learn makes: two
  /// passes for every cluster.
  k_means_plus_plus,
  /// Distinct rows, chosen uniformly.
  random,
};
template <>
struct EnumNames<KMeansInit> {
  static constexpr std::array values{std::pair{KMeansInit::k_means_parallel, "k-means||"},
                                     std::pair{KMeansInit::k_means_plus_plus, "k-means++"},
                                     std::pair{KMeansInit::random, "random"}};
};

struct KMeansParams {
  std::int64_t n_clusters = 8;
  KMeansInit init = KMeansInit::k_means_parallel;
  std::int64_t max_iter = 300;
  /// Stops when the centres move less, as a sum of squares relative to the mean variance of the
  /// features (scikit-learn's rule); 0: only when no label changes.
  double tol = 1e-4;
  /// Sampling passes of k_means_parallel; the paper finds 5 to be enough.
  std::int64_t init_max_iter = 5;
  /// Rows sampled in a pass of k_means_parallel, as a multiple of n_clusters.
  double oversampling_factor = 2;
  std::uint64_t random_state = 0;
  /// Whole fits from different initial centres; the one of least inertia is kept.
  std::int64_t n_init = 1;
  /// Initial centres, n_clusters x n_features; replaces init, and n_init is 1.
  std::optional<xt::xarray<double>> init_centers = {};
  /// Shows the iterations on stderr (see tartan/client/progress.hpp).
  bool verbose = false;

  static void each(auto& params, auto&& member) {
    member("n_clusters", params.n_clusters);
    member("init", params.init);
    member("max_iter", params.max_iter);
    member("tol", params.tol);
    member("init_max_iter", params.init_max_iter);
    member("oversampling_factor", params.oversampling_factor);
    member("random_state", params.random_state);
    member("n_init", params.n_init);
    member("init_centers", params.init_centers);
    member("verbose", params.verbose);
  }
};

class KMeans : public Estimator<KMeans, KMeansParams> {
 public:
  static constexpr std::string_view kName = "KMeans";
  static constexpr EstimatorKind kKind = EstimatorKind::clusterer;

  /// Throws ValueError naming the parameter that is out of its range.
  explicit KMeans(KMeansParams params = {}) : Estimator(std::move(params)) {}
  static void check(const KMeansParams& params);

  /// x: rows x features, float32 or float64; other real dtypes are taken as float64. Computes.
  /// Throws ValueError for fewer rows than clusters, non-finite elements, a shape that is not 2-D
  /// or initial centres of another shape.
  KMeans& fit(const Array& x);
  Array fit_predict(const Array& x) { return fit(x).labels(); }

  /// Index of the nearest centre of every row: int32, lazy, chunks of x's rows.
  Array predict(const Array& x) const;
  /// Euclidean distance of every row to every centre: rows x n_clusters, dtype of x, lazy.
  Array transform(const Array& x) const;
  /// Minus the sum of squared distances of the rows to their nearest centres.
  double score(const Array& x) const;

  /// Centres, n_clusters x n_features, float64. This and the following throw ValueError before fit.
  const xt::xarray<double>& cluster_centers() const;
  /// Labels of the rows fitted, int32, in the workers' memory. A model that was loaded has none
  /// (ValueError): predict them.
  const Array& labels() const;
  /// Sum of squared distances of the rows to their nearest centres.
  double inertia() const;
  /// Lloyd iterations of the fit that was kept.
  std::int64_t n_iter() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<double> cluster_centers_;
  double inertia_ = 0;
  std::int64_t n_iter_ = 0;
  Array labels_;
};

}  // namespace tartan::ml
