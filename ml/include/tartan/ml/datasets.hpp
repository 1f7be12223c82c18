#pragma once

// Data to try things on: generated, or from Debian's packages.

#include <cstdint>
#include <optional>
#include <string>
#include <tartan/array.hpp>

namespace tartan::ml {

struct Dataset {
  Array x;  ///< rows x features
  Array y;  ///< one label per row
};

struct BlobsParams {
  std::int64_t n_samples = 100;
  std::int64_t n_features = 2;
  std::int64_t n_centers = 3;
  /// Centres as rows x features; replaces n_centers and n_features.
  std::optional<xt::xarray<double>> centers = {};
  double cluster_std = 1.0;
  /// Generated centres are uniform in [center_low, center_high) along every feature.
  double center_low = -10.0;
  double center_high = 10.0;
  std::uint64_t random_state = 0;
  /// Rows per chunk; 0: chosen by size.
  std::int64_t chunk_rows = 0;
  /// Index of the first row: blocks generated one by one join to one data set.
  std::int64_t first_row = 0;
};

/// Isotropic Gaussian blobs: x float64, y int64. Row i belongs to centre i modulo the number of
/// centres hashed by the seed, and its noise depends on (seed, i, feature) alone: the same rows
/// whatever the chunks. Lazy.
Dataset make_blobs(const BlobsParams& params);

/// The centres make_blobs(params) uses: n_centers x n_features.
xt::xarray<double> blob_centers(const BlobsParams& params);

/// Rows [first_row, first_row + n_samples) of make_blobs(params).x, computed at once on the
/// calling thread: what a delayed loader returns.
xt::xarray<double> blob_rows(const BlobsParams& params);

struct FashionMnistParams {
  /// The 60,000 training images, or the 10,000 test images.
  bool train = true;
  std::int64_t chunk_rows = 5000;
  std::string directory = "/usr/share/datasets/fashion-mnist";
};

/// Zalando's Fashion-MNIST from Debian's package dataset-fashion-mnist: x float32 in [0, 1], one
/// row of 28 x 28 = 784 pixels per image; y uint8 classes 0..9. The files are read by tasks, so
/// the workers' hosts need them too. Throws ValueError naming the package when they are missing.
Dataset load_fashion_mnist(const FashionMnistParams& params = {});

}  // namespace tartan::ml
