// The Dask tutorial's large k-means: 500 delayed blocks of 20,000 rows by 20 features, generated
// where they will be used, joined, kept in memory and clustered. 1.6 GB of float64.
//
//   kmeans_blobs [blocks]

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <tartan/tartan.hpp>

constexpr std::int64_t kRows = 20'000, kFeatures = 20;

xt::xarray<double> load_block(std::int64_t block) {
  return tartan::ml::blob_rows({.n_samples = kRows,
                                .n_features = kFeatures,
                                .n_centers = 12,
                                .first_row = block * kRows});
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int main(int argc, char** argv) {
  const std::int64_t blocks = argc > 1 ? std::atoll(argv[1]) : 500;
  tartan::Client client;

  std::vector<tartan::Array> parts;
  for (std::int64_t block = 0; block < blocks; ++block) {
    parts.push_back(
        tartan::from_delayed(tartan::delayed<&load_block>(block), {kRows, kFeatures}));
  }
  auto start = std::chrono::steady_clock::now();
  const tartan::Array x = tartan::concatenate(parts, 0).persist();
  x.wait();
  std::cout << "generated " << x.shape()[0] << " x " << x.shape()[1] << " in "
            << seconds_since(start) << " s\n";

  start = std::chrono::steady_clock::now();
  tartan::ml::KMeans kmeans({.n_clusters = 8, .init_max_iter = 3, .oversampling_factor = 10});
  kmeans.fit(x);
  std::cout << "fitted in " << seconds_since(start) << " s, " << kmeans.n_iter()
            << " iterations\n";
  std::cout.precision(12);
  std::cout << "inertia " << kmeans.inertia() << '\n';
}
