#include <cblas.h>

#include <algorithm>
#include <array/kernels/blas.hpp>
#include <ml/kernels/clones.hpp>
#include <ml/kernels/lloyd.hpp>

namespace tartan::ml::kernels {
namespace {

// Rows per GEMM: the block, its products and the centres stay in the second-level cache.
constexpr std::int64_t kBlockRows = 256;
constexpr std::int64_t kLanes = 8;

void gemm(Matrix<float> x, Matrix<float> centers, float* products) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(x.rows),
              static_cast<int>(centers.rows), static_cast<int>(x.columns), -2.0F, x.data,
              static_cast<int>(x.columns), centers.data, static_cast<int>(x.columns), 0.0F,
              products, static_cast<int>(centers.rows));
}

void gemm(Matrix<double> x, Matrix<double> centers, double* products) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(x.rows),
              static_cast<int>(centers.rows), static_cast<int>(x.columns), -2.0, x.data,
              static_cast<int>(x.columns), centers.data, static_cast<int>(x.columns), 0.0,
              products, static_cast<int>(centers.rows));
}

template <class T>
double squared_distance_of(const T* a, const T* b, std::int64_t count) {
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      const double difference =
          static_cast<double>(a[i + lane]) - static_cast<double>(b[i + lane]);
      lanes[lane] += difference * difference;
    }
  }
  for (; i < count; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    lanes[i % kLanes] += difference * difference;
  }
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

TARTAN_CLONES double distance_clone(const float* a, const float* b, std::int64_t count) {
  return squared_distance_of(a, b, count);
}
TARTAN_CLONES double distance_clone(const double* a, const double* b, std::int64_t count) {
  return squared_distance_of(a, b, count);
}

template <class T>
void add_row(const T* row, std::int64_t count, double* sums) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += static_cast<double>(row[i]);
}

TARTAN_CLONES void add_row_clone(const float* row, std::int64_t count, double* sums) {
  add_row(row, count, sums);
}
TARTAN_CLONES void add_row_clone(const double* row, std::int64_t count, double* sums) {
  add_row(row, count, sums);
}

/// Squared norms of the centres in their own type, as the products are.
template <class T>
std::vector<T> squared_norms(Matrix<T> centers) {
  std::vector<T> norms(static_cast<std::size_t>(centers.rows));
  for (std::int64_t c = 0; c < centers.rows; ++c) {
    double sum = 0;
    for (std::int64_t j = 0; j < centers.columns; ++j) {
      const double value = static_cast<double>(centers.row(c)[j]);
      sum += value * value;
    }
    norms[static_cast<std::size_t>(c)] = static_cast<T>(sum);
  }
  return norms;
}

template <class T>
std::int32_t nearest(const T* products, const T* norms, std::int64_t clusters) {
  std::int32_t best = 0;
  T least = products[0] + norms[0];
  for (std::int64_t c = 1; c < clusters; ++c) {
    const T score = products[c] + norms[c];
    if (score < least) {
      least = score;
      best = static_cast<std::int32_t>(c);
    }
  }
  return best;
}

/// Calls visit(first row of the block, rows in it, labels of the block) block by block.
template <class T, class Visit>
void for_each_block(Matrix<T> x, Matrix<T> centers, std::span<std::int32_t> labels, Visit visit) {
  array::prepare_blas();
  const std::vector<T> norms = squared_norms(centers);
  std::vector<T> products(static_cast<std::size_t>(kBlockRows * centers.rows));
  for (std::int64_t begin = 0; begin < x.rows; begin += kBlockRows) {
    const std::int64_t rows = std::min(kBlockRows, x.rows - begin);
    gemm({x.row(begin), rows, x.columns}, centers, products.data());
    for (std::int64_t i = 0; i < rows; ++i) {
      labels[static_cast<std::size_t>(begin + i)] =
          nearest(products.data() + i * centers.rows, norms.data(), centers.rows);
    }
    visit(begin, rows);
  }
}

}  // namespace

template <class T>
double squared_distance(const T* a, const T* b, std::int64_t count) {
  return distance_clone(a, b, count);
}

template <class T>
void assign_labels(Matrix<T> x, Matrix<T> centers, std::span<std::int32_t> labels) {
  for_each_block(x, centers, labels, [](std::int64_t, std::int64_t) {});
}

template <class T>
LloydSums lloyd_step(Matrix<T> x, Matrix<T> centers, std::span<std::int32_t> labels) {
  LloydSums result;
  result.sums.assign(static_cast<std::size_t>(centers.rows * centers.columns), 0.0);
  result.counts.assign(static_cast<std::size_t>(centers.rows), 0.0);
  for_each_block(x, centers, labels, [&](std::int64_t begin, std::int64_t rows) {
    for (std::int64_t i = begin; i < begin + rows; ++i) {
      const std::int64_t label = labels[static_cast<std::size_t>(i)];
      add_row_clone(x.row(i), x.columns, result.sums.data() + label * x.columns);
      result.counts[static_cast<std::size_t>(label)] += 1;
      result.inertia += distance_clone(x.row(i), centers.row(label), x.columns);
    }
  });
  return result;
}

template <class T>
double nearest_squared(Matrix<T> x, Matrix<T> centers, std::span<double> best) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(x.rows));
  double total = 0;
  for_each_block(x, centers, labels, [&](std::int64_t begin, std::int64_t rows) {
    for (std::int64_t i = begin; i < begin + rows; ++i) {
      double& known = best[static_cast<std::size_t>(i)];
      known = std::min(known, distance_clone(x.row(i),
                                             centers.row(labels[static_cast<std::size_t>(i)]),
                                             x.columns));
      total += known;
    }
  });
  return total;
}

template <class T>
std::vector<double> potentials(Matrix<T> x, Matrix<T> candidates, std::span<const double> best) {
  std::vector<double> sums(static_cast<std::size_t>(candidates.rows), 0.0);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t c = 0; c < candidates.rows; ++c) {
      sums[static_cast<std::size_t>(c)] +=
          std::min(best[static_cast<std::size_t>(i)],
                   distance_clone(x.row(i), candidates.row(c), x.columns));
    }
  }
  return sums;
}

#define TARTAN_INSTANTIATE(T)                                                               \
  template double squared_distance(const T*, const T*, std::int64_t);                       \
  template void assign_labels(Matrix<T>, Matrix<T>, std::span<std::int32_t>);               \
  template LloydSums lloyd_step(Matrix<T>, Matrix<T>, std::span<std::int32_t>);             \
  template double nearest_squared(Matrix<T>, Matrix<T>, std::span<double>);                 \
  template std::vector<double> potentials(Matrix<T>, Matrix<T>, std::span<const double>);
TARTAN_INSTANTIATE(float)
TARTAN_INSTANTIATE(double)
#undef TARTAN_INSTANTIATE

}  // namespace tartan::ml::kernels
