// The main job: k-means with 10 clusters on the 60,000 Fashion-MNIST images.
//
//   fashion_kmeans [--out FILE.png] [tcp://scheduler:port]     without an address: in this process

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <examples/support/png.hpp>
#include <optional>
#include <tartan/tartan.hpp>

namespace {

/// The centroids as grey images, white on black, in rows of five.
void write_picture(const std::string& path, const xt::xarray<double>& centroids) {
  constexpr std::size_t kSide = 28, kAcross = 5, kZoom = 4;
  const std::size_t down = (centroids.shape(0) + kAcross - 1) / kAcross;
  examples::GreyImage image(kAcross * kSide * kZoom, down * kSide * kZoom);
  for (std::size_t c = 0; c < centroids.shape(0); ++c) {
    for (std::size_t pixel = 0; pixel < kSide * kSide * kZoom * kZoom; ++pixel) {
      const std::size_t row = pixel / (kSide * kZoom), column = pixel % (kSide * kZoom);
      const double value = centroids(c, row / kZoom * kSide + column / kZoom);
      image.at(c % kAcross * kSide * kZoom + column, c / kAcross * kSide * kZoom + row) =
          static_cast<unsigned char>(255 * std::clamp(value, 0.0, 1.0));
    }
  }
  image.write(path);
}

}  // namespace

int main(int argc, char** argv) try {
  std::string out = "fashion-centroids.png", address;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--out") == 0 && i + 1 < argc) out = argv[++i];
    else address = argv[i];
  }
  std::optional<tartan::Client> client;
  if (address.empty()) client.emplace();
  else client.emplace(address);
  const auto start = std::chrono::steady_clock::now();
  const auto data = tartan::ml::load_fashion_mnist();
  tartan::ml::KMeans kmeans({.n_clusters = 10, .random_state = 2, .verbose = true});
  kmeans.fit(data.x);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const double nmi = tartan::ml::normalized_mutual_info_score(data.y, kmeans.labels());
  fmt::print("iterations {}\ninertia    {:.6e}\nNMI        {:.4f}\nseconds    {:.2f}\n",
             kmeans.n_iter(), kmeans.inertia(), nmi, took.count());
  write_picture(out, kmeans.cluster_centers());
  fmt::print("centroids  {}\n", out);
} catch (const std::exception& error) {
  fmt::print(stderr, "fashion_kmeans: {}\n", error.what());
  return 1;
}
