#include <cmath>
#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/kernels/pairwise.hpp>
#include <ml/metrics/pairwise.hpp>

namespace tartan::ml {
namespace {

using kernels::Matrix;

kernels::Metric metric_of(std::int32_t number) { return static_cast<kernels::Metric>(number); }
std::int32_t number_of(PairwiseMetric metric) {
  static_assert(static_cast<int>(PairwiseMetric::chebyshev) ==
                static_cast<int>(kernels::Metric::chebyshev));
  return static_cast<std::int32_t>(metric);
}

/// A block as rows x features: x's are rows x 1 x features, y's 1 x rows x features.
template <class T>
Matrix<T> matrix_of(const Chunk& block) {
  const std::int64_t features = block.shape[2];
  return {block.view<T>().data(), block.shape[0] * block.shape[1], features};
}

/// f(T{}) for the dtype of the rows.
template <class F>
void visit_floats(DType dtype, F&& f) {
  if (dtype == DType::float32) {
    f(float{});
  } else {
    f(double{});
  }
}

}  // namespace

namespace tasks {

Chunk distance_block(const Chunk& x, const Chunk& y, std::int32_t metric) {
  MutableChunk result(x.dtype, {x.shape[0], y.shape[1], 1});
  visit_floats(x.dtype, [&]<class T>(T) {
    kernels::distances<T>(metric_of(metric), matrix_of<T>(x), matrix_of<T>(y), result.view<T>());
  });
  return std::move(result).freeze();
}

/// Distance and index (exact below 2^53) of the nearest row; `rows` are the indices of y's rows.
Chunk nearest_block(const Chunk& x, const Chunk& y, const Chunk& rows, std::int32_t metric) {
  const std::int64_t count = x.shape[0];
  std::vector<double> distance(static_cast<std::size_t>(count));
  std::vector<std::int64_t> index(distance.size());
  visit_floats(x.dtype, [&]<class T>(T) {
    kernels::nearest<T>(metric_of(metric), matrix_of<T>(x), matrix_of<T>(y), distance, index);
  });
  MutableChunk result(DType::float64, {count, 1, 2});
  double* out = result.view<double>().data();
  const auto names = rows.view<std::int64_t>();
  for (std::size_t i = 0; i < distance.size(); ++i) {
    *out++ = distance[i];
    *out++ = static_cast<double>(names[static_cast<std::size_t>(index[i])]);
  }
  return std::move(result).freeze();
}

Chunk group_block(const Chunk& x, const Chunk& y, const Chunk& group_of_y, std::int64_t groups,
                  std::int32_t metric) {
  MutableChunk result(DType::float64, {x.shape[0], 1, groups});
  visit_floats(x.dtype, [&]<class T>(T) {
    kernels::distances_by_group<T>(metric_of(metric), matrix_of<T>(x), matrix_of<T>(y),
                                   group_of_y.view<std::int64_t>(), groups, result.view<double>());
  });
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

struct Sides {
  Array x, y;  ///< of one floating dtype
};

Sides sides(const Array& x, const Array& y, std::string_view who) {
  Sides result{as_rows(x, who), y.valid() ? as_rows(y, who) : Array()};
  if (!y.valid()) {
    result.y = result.x;
    return result;
  }
  if (result.x.shape(1) != result.y.shape(1)) {
    throw ValueError(fmt::format("{}: x has {} features, but y has {}", who, result.x.shape(1),
                                 result.y.shape(1)));
  }
  if (result.x.dtype() != result.y.dtype()) {
    result.x = result.x.astype(DType::float64);
    result.y = result.y.astype(DType::float64);
  }
  return result;
}

/// Rows of a block, so that a block of distances has about the default size.
Sides cut_for_matrix(Sides both) {
  const double item = both.x.dtype() == DType::float32 ? 4 : 8;
  const auto most = static_cast<std::int64_t>(std::sqrt(kDefaultChunkBytes / item));
  // A side that is short leaves room for the other.
  const std::int64_t of_y = std::min(std::max<std::int64_t>(1, both.y.shape(0)), most);
  const auto of_x =
      static_cast<std::int64_t>(kDefaultChunkBytes / item / static_cast<double>(of_y));
  const auto cut = [](const Array& rows, std::int64_t limit) {
    const auto& sizes = rows.chunks()[0];
    if (*std::max_element(sizes.begin(), sizes.end()) <= limit) return rows;
    return rows.rechunk({limit, -1});
  };
  return {cut(both.x, of_x), cut(both.y, of_y)};
}

Array as_left(const Array& x) { return expand_dims(x, 1); }
Array as_right(const Array& y) { return expand_dims(y, 0); }

std::vector<std::int64_t> ones_like_blocks(const Array& y) {
  return std::vector<std::int64_t>(y.chunks()[0].size(), 1);
}

Array products(const Sides& both) { return matmul(both.x, both.y.T()); }

Array unit_rows(const Array& x) {
  const Array length = sqrt(sum(square(x), 1, {.keepdims = true}));
  return x / where(length == 0, 1.0, length).astype(x.dtype());
}

double gamma_of(const std::optional<double>& gamma, const Array& x) {
  return gamma.value_or(1.0 / static_cast<double>(as_rows(x, "pairwise_kernels").shape(1)));
}

}  // namespace

Array pairwise_distances(const Array& x, const Array& y, PairwiseMetric metric) {
  const Sides both = cut_for_matrix(sides(x, y, "pairwise_distances"));
  const Chunks chunks{both.x.chunks()[0], both.y.chunks()[0], {1}};
  const Array blocks = map_blocks<&tasks::distance_block>(
      {.name = "distances", .dtype = both.x.dtype(), .chunks = chunks}, as_left(both.x),
      as_right(both.y), number_of(metric));
  return squeeze(blocks, 2);
}

Array distances_by_group(const Array& x, const Array& group_of, std::int64_t groups,
                         PairwiseMetric metric) {
  const Sides both = sides(x, {}, "silhouette_samples");
  const Array of_y = expand_dims(expand_dims(group_of.rechunk(Chunks{both.y.chunks()[0]}), 0), 2);
  const Chunks chunks{both.x.chunks()[0], ones_like_blocks(both.y), {groups}};
  const Array blocks = map_blocks<&tasks::group_block>(
      {.name = "distances-by-group", .dtype = DType::float64, .chunks = chunks}, as_left(both.x),
      as_right(both.y), of_y, groups, number_of(metric));
  return sum(blocks, 1);
}

NearestRows pairwise_distances_argmin_min(const Array& x, const Array& y, PairwiseMetric metric) {
  const Sides both = sides(x, y, "pairwise_distances_argmin_min");
  if (both.y.shape(0) == 0) {
    throw ValueError("pairwise_distances_argmin_min: y has no rows");
  }
  const Array rows = expand_dims(
      expand_dims(arange(0, both.y.shape(0), 1, {.chunks = Chunks{both.y.chunks()[0]}}), 0), 2);
  const Chunks chunks{both.x.chunks()[0], ones_like_blocks(both.y), {2}};
  const Array blocks = map_blocks<&tasks::nearest_block>(
      {.name = "nearest", .dtype = DType::float64, .chunks = chunks}, as_left(both.x),
      as_right(both.y), rows, number_of(metric));
  const Array distance = blocks.slice({all_of_axis, all_of_axis, 0});
  const Array index = blocks.slice({all_of_axis, all_of_axis, 1});
  const Array least = min(distance, 1, {.keepdims = true});
  const Array candidates = where(distance == least, index, static_cast<double>(both.y.shape(0)));
  return {min(candidates, 1).astype(DType::int64), squeeze(least, 1)};
}

Array pairwise_distances_argmin(const Array& x, const Array& y, PairwiseMetric metric) {
  return pairwise_distances_argmin_min(x, y, metric).indices;
}

Array euclidean_distances(const Array& x, const Array& y, bool squared) {
  return pairwise_distances(x, y,
                            squared ? PairwiseMetric::sqeuclidean : PairwiseMetric::euclidean);
}
Array manhattan_distances(const Array& x, const Array& y) {
  return pairwise_distances(x, y, PairwiseMetric::manhattan);
}
Array cosine_distances(const Array& x, const Array& y) {
  return pairwise_distances(x, y, PairwiseMetric::cosine);
}

Array linear_kernel(const Array& x, const Array& y) {
  return products(sides(x, y, "linear_kernel"));
}
Array rbf_kernel(const Array& x, const Array& y, std::optional<double> gamma) {
  return exp(euclidean_distances(x, y, true) * -gamma_of(gamma, x));
}
Array polynomial_kernel(const Array& x, const Array& y, const PairwiseKernelOptions& options) {
  return pow(linear_kernel(x, y) * gamma_of(options.gamma, x) + options.coef0, options.degree);
}
Array sigmoid_kernel(const Array& x, const Array& y, const PairwiseKernelOptions& options) {
  return tanh(linear_kernel(x, y) * gamma_of(options.gamma, x) + options.coef0);
}
Array cosine_similarity(const Array& x, const Array& y) {
  const Sides both = sides(x, y, "cosine_similarity");
  return products({unit_rows(both.x), unit_rows(both.y)});
}
Array laplacian_kernel(const Array& x, const Array& y, std::optional<double> gamma) {
  return exp(manhattan_distances(x, y) * -gamma_of(gamma, x));
}

Array pairwise_kernels(const Array& x, const Array& y, PairwiseKernel kernel,
                       const PairwiseKernelOptions& options) {
  switch (kernel) {
    case PairwiseKernel::linear:
      return linear_kernel(x, y);
    case PairwiseKernel::rbf:
      return rbf_kernel(x, y, options.gamma);
    case PairwiseKernel::polynomial:
      return polynomial_kernel(x, y, options);
    case PairwiseKernel::sigmoid:
      return sigmoid_kernel(x, y, options);
    case PairwiseKernel::cosine:
      return cosine_similarity(x, y);
    case PairwiseKernel::laplacian:
      return laplacian_kernel(x, y, options.gamma);
  }
  throw ValueError("pairwise_kernels: there is no such kernel");
}

}  // namespace tartan::ml
