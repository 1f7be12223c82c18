// k-means on generated data: fit, labels of new rows, and what scikit-learn calls score.

#include <iostream>
#include <tartan/tartan.hpp>
#include <xtensor/xio.hpp>

int main() {
  tartan::Client client;
  const tartan::ml::BlobsParams blobs{
      .n_samples = 200'000, .n_features = 8, .n_centers = 6, .cluster_std = 0.7};
  const auto data = tartan::ml::make_blobs(blobs);

  tartan::ml::KMeans kmeans({.n_clusters = 6, .random_state = 1});
  kmeans.fit(data.x);
  std::cout << "inertia " << kmeans.inertia() << " after " << kmeans.n_iter() << " iterations\n";
  std::cout << "NMI     "
            << tartan::ml::normalized_mutual_info_score(data.y, kmeans.labels()) << '\n';

  tartan::ml::BlobsParams more = blobs;  // the rows after those fitted
  more.first_row = blobs.n_samples;
  more.n_samples = 10;
  const auto unseen = tartan::ml::make_blobs(more);
  std::cout << "labels  " << kmeans.predict(unseen.x).compute<std::int32_t>() << '\n';
  std::cout << "truth   " << unseen.y.compute<std::int64_t>() << '\n';
}
