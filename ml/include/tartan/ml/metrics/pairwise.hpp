#pragma once

// Distances and kernels of every row of x and every row of y: lazy arrays, rows of x times rows of
// y, in blocks of about the default size. Without y: of x with itself. float32 when both are, else
// float64; sums are made in double.

#include <tartan/ml/metrics/options.hpp>

namespace tartan::ml {

enum class PairwiseMetric : std::uint8_t { euclidean, sqeuclidean, manhattan, cosine, chebyshev };
template <>
struct EnumNames<PairwiseMetric> {
  static constexpr std::array values{std::pair{PairwiseMetric::euclidean, "euclidean"},
                                     std::pair{PairwiseMetric::sqeuclidean, "sqeuclidean"},
                                     std::pair{PairwiseMetric::manhattan, "manhattan"},
                                     std::pair{PairwiseMetric::cosine, "cosine"},
                                     std::pair{PairwiseMetric::chebyshev, "chebyshev"}};
};

Array pairwise_distances(const Array& x, const Array& y = {},
                         PairwiseMetric metric = PairwiseMetric::euclidean);
Array euclidean_distances(const Array& x, const Array& y = {}, bool squared = false);
Array manhattan_distances(const Array& x, const Array& y = {});
/// 1 - cosine_similarity.
Array cosine_distances(const Array& x, const Array& y = {});

struct NearestRows {
  Array indices;    ///< int64: the row of y nearest to each row of x, the first of equal ones
  Array distances;  ///< float64
};
/// No matrix of distances is ever made; blocks of x meet blocks of y.
NearestRows pairwise_distances_argmin_min(const Array& x, const Array& y,
                                          PairwiseMetric metric = PairwiseMetric::euclidean);
Array pairwise_distances_argmin(const Array& x, const Array& y,
                                PairwiseMetric metric = PairwiseMetric::euclidean);

enum class PairwiseKernel : std::uint8_t { linear, rbf, polynomial, sigmoid, cosine, laplacian };
template <>
struct EnumNames<PairwiseKernel> {
  static constexpr std::array values{std::pair{PairwiseKernel::linear, "linear"},
                                     std::pair{PairwiseKernel::rbf, "rbf"},
                                     std::pair{PairwiseKernel::polynomial, "polynomial"},
                                     std::pair{PairwiseKernel::polynomial, "poly"},
                                     std::pair{PairwiseKernel::sigmoid, "sigmoid"},
                                     std::pair{PairwiseKernel::cosine, "cosine"},
                                     std::pair{PairwiseKernel::laplacian, "laplacian"}};
};
struct PairwiseKernelOptions {
  std::optional<double> gamma = {};  ///< none: 1 / features
  double degree = 3;                 ///< polynomial
  double coef0 = 1;                  ///< polynomial, sigmoid
};
/// x.y, exp(-gamma |x - y|²), (gamma x.y + coef0)^degree, tanh(gamma x.y + coef0), x.y / (|x| |y|),
/// exp(-gamma |x - y|₁).
Array pairwise_kernels(const Array& x, const Array& y = {},
                       PairwiseKernel kernel = PairwiseKernel::linear,
                       const PairwiseKernelOptions& options = {});
Array linear_kernel(const Array& x, const Array& y = {});
Array rbf_kernel(const Array& x, const Array& y = {}, std::optional<double> gamma = {});
Array polynomial_kernel(const Array& x, const Array& y = {},
                        const PairwiseKernelOptions& options = {});
Array sigmoid_kernel(const Array& x, const Array& y = {},
                     const PairwiseKernelOptions& options = {});
Array cosine_similarity(const Array& x, const Array& y = {});
Array laplacian_kernel(const Array& x, const Array& y = {}, std::optional<double> gamma = {});

}  // namespace tartan::ml
