#pragma once

// Data to try things on: generated, or from Debian's packages.

#include <cstdint>
#include <optional>
#include <string>
#include <tartan/array.hpp>
#include <vector>

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

// ---- generated: row i depends on the parameters, the seed and i alone, whatever the chunks. The
// numbers are not scikit-learn's, their distribution is. x is float64; lazy. --------------------

struct ClassificationParams {
  std::int64_t n_samples = 100;
  std::int64_t n_features = 20;
  std::int64_t n_informative = 2;  ///< the others follow from these or are noise
  std::int64_t n_redundant = 2;    ///< linear combinations of informative ones
  std::int64_t n_repeated = 0;     ///< copies of informative and redundant ones
  std::int64_t n_classes = 2;
  std::int64_t n_clusters_per_class = 2;
  /// How likely each class is, or all but the last; empty: alike. Rows draw their class.
  std::vector<double> weights = {};
  double flip_y = 0.01;     ///< part of the rows whose class is drawn anew, from all alike
  double class_sep = 1.0;   ///< half the side of the hypercube on whose corners clusters stand
  bool hypercube = true;    ///< false: corners of a random polytope
  std::optional<double> shift = 0.0;  ///< none: random per feature
  std::optional<double> scale = 1.0;  ///< none: random per feature
  bool shuffle = true;  ///< features; false: informative, redundant, repeated, noise
  std::uint64_t random_state = 0;
  std::int64_t chunk_rows = 0;
};
/// Clusters of normal points, each with a covariance of its own, on the corners of a hypercube in
/// the informative features (Guyon 2003); y int64. Throws ValueError for more features asked for
/// than there are and more clusters than corners.
Dataset make_classification(const ClassificationParams& params = {});

struct RegressionParams {
  std::int64_t n_samples = 100;
  std::int64_t n_features = 100;
  std::int64_t n_informative = 10;
  std::int64_t n_targets = 1;
  double bias = 0.0;
  double noise = 0.0;   ///< standard deviation
  bool shuffle = true;  ///< features; false: the informative ones come first
  std::uint64_t random_state = 0;
  std::int64_t chunk_rows = 0;
};
/// y = x coef + bias + noise for a normal x; y float64, 1-D for one target.
Dataset make_regression(const RegressionParams& params = {});
/// The coefficients of make_regression(params): features, or features x targets.
xt::xarray<double> regression_coef(const RegressionParams& params);

struct ShapeParams {
  std::int64_t n_samples = 100;
  double noise = 0.0;   ///< standard deviation
  double factor = 0.8;  ///< make_circles: the inner radius, below 1
  std::uint64_t random_state = 0;
  std::int64_t chunk_rows = 0;
};
/// Two half circles that reach into each other, at random angles; y int64, rows take turns.
Dataset make_moons(const ShapeParams& params = {});
/// A circle in a circle.
Dataset make_circles(const ShapeParams& params = {});

struct CountsParams {
  std::int64_t n_samples = 1000;
  std::int64_t n_features = 100;
  std::int64_t n_informative = 2;
  double scale = 1.0;  ///< of the coefficients, which are normal
  std::uint64_t random_state = 0;
  std::int64_t chunk_rows = 0;
};
/// y, int64, is Poisson with the rate exp(x coef) for a normal x.
Dataset make_counts(const CountsParams& params = {});

// ---- tables of Debian's package python3-sklearn, read here and equal to scikit-learn's ----------

struct Table {
  Array x;  ///< float64, rows x features
  Array y;  ///< int64 labels; float64 for diabetes
  std::vector<std::string> feature_names;
  std::vector<std::string> target_names;  ///< of the labels; empty for diabetes
};
struct TableParams {
  std::int64_t chunk_rows = 0;  ///< 0: all rows in one chunk
  std::string directory = "/usr/lib/python3/dist-packages/sklearn/datasets/data";
};
/// All throw ValueError naming the package when the file is missing.
Table load_iris(const TableParams& params = {});
Table load_wine(const TableParams& params = {});
Table load_breast_cancer(const TableParams& params = {});
/// n_class: only digits below it, of 10.
Table load_digits(std::int64_t n_class = 10, const TableParams& params = {});
/// scaled: features have the mean 0 and sums of squares 1.
Table load_diabetes(bool scaled = true, const TableParams& params = {});

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
