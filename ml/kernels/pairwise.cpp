#include <algorithm>
#include <array/kernels/lapack.hpp>
#include <cmath>
#include <limits>
#include <ml/kernels/clones.hpp>
#include <ml/kernels/pairwise.hpp>
#include <vector>

namespace tartan::ml::kernels {
namespace {

/// Rows of x and of y in a tile: distances, and y's coordinates, stay in the cache.
constexpr std::int64_t kRowsX = 32;
constexpr std::int64_t kRowsY = 256;
/// From so many features on products pay.
constexpr std::int64_t kProductFeatures = 24;
/// Squared distances below this part of |x|² + |y|² have lost too many digits.
constexpr double kCancelled = 1e-3;

/// y: features x count, so that neighbours in memory are neighbours in the result.
TARTAN_CLONES void squares(const double* x, const double* y, std::int64_t features,
                           std::int64_t count, double* out) {
  std::fill_n(out, count, 0.0);
  for (std::int64_t k = 0; k < features; ++k) {
    const double at = x[k];
    const double* row = y + k * count;
    for (std::int64_t j = 0; j < count; ++j) out[j] += (at - row[j]) * (at - row[j]);
  }
}
TARTAN_CLONES void differences(const double* x, const double* y, std::int64_t features,
                               std::int64_t count, double* out) {
  std::fill_n(out, count, 0.0);
  for (std::int64_t k = 0; k < features; ++k) {
    const double at = x[k];
    const double* row = y + k * count;
    for (std::int64_t j = 0; j < count; ++j) out[j] += std::abs(at - row[j]);
  }
}
TARTAN_CLONES void largest(const double* x, const double* y, std::int64_t features,
                           std::int64_t count, double* out) {
  std::fill_n(out, count, 0.0);
  for (std::int64_t k = 0; k < features; ++k) {
    const double at = x[k];
    const double* row = y + k * count;
    for (std::int64_t j = 0; j < count; ++j) {
      const double difference = std::abs(at - row[j]);
      // NaN stays.
      out[j] = difference <= out[j] ? out[j] : difference;
    }
  }
}

/// Some rows in double, as they are and transposed, and their squared lengths.
struct Tile {
  std::int64_t count = 0;
  std::vector<double> rows, columns, lengths;

  template <class T>
  void load(Matrix<T> from, std::int64_t first, std::int64_t rows_wanted, bool unit) {
    count = rows_wanted;
    const std::int64_t features = from.columns;
    rows.resize(static_cast<std::size_t>(count * features));
    columns.resize(rows.size());
    lengths.assign(static_cast<std::size_t>(count), 0.0);
    for (std::int64_t i = 0; i < count; ++i) {
      double* row = rows.data() + i * features;
      double& length = lengths[static_cast<std::size_t>(i)];
      for (std::int64_t k = 0; k < features; ++k) {
        row[k] = static_cast<double>(from.row(first + i)[k]);
        length += row[k] * row[k];
      }
      if (unit && length > 0) {
        const double scale = std::sqrt(length);
        for (std::int64_t k = 0; k < features; ++k) row[k] /= scale;
      }
      for (std::int64_t k = 0; k < features; ++k) {
        columns[static_cast<std::size_t>(k * count + i)] = row[k];
      }
    }
  }
};

double squared(const double* a, const double* b, std::int64_t features) {
  double sum = 0;
  for (std::int64_t k = 0; k < features; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

void products(const Tile& x, const Tile& y, std::int64_t features, double* out) {
  const int k = static_cast<int>(features);
  const int n = static_cast<int>(y.count);
  array::gemm<double>(CblasRowMajor, CblasNoTrans, CblasTrans, {static_cast<int>(x.count), n, k},
                      1.0, x.rows.data(), array::leading(k), y.rows.data(), array::leading(k), 0.0,
                      out, array::leading(n));
}

void squares_of_tile(const Tile& x, const Tile& y, std::int64_t features, double* out) {
  if (features < kProductFeatures) {
    for (std::int64_t i = 0; i < x.count; ++i) {
      squares(x.rows.data() + i * features, y.columns.data(), features, y.count, out + i * y.count);
    }
    return;
  }
  products(x, y, features, out);
  for (std::int64_t i = 0; i < x.count; ++i) {
    for (std::int64_t j = 0; j < y.count; ++j) {
      double& value = out[i * y.count + j];
      const double lengths =
          x.lengths[static_cast<std::size_t>(i)] + y.lengths[static_cast<std::size_t>(j)];
      value = lengths - 2 * value;
      if (value < kCancelled * lengths) {
        value = squared(x.rows.data() + i * features, y.rows.data() + j * features, features);
      }
    }
  }
}

void distances_of_tile(Metric metric, const Tile& x, const Tile& y, std::int64_t features,
                       double* out) {
  const std::int64_t count = x.count * y.count;
  switch (metric) {
    case Metric::sqeuclidean:
      squares_of_tile(x, y, features, out);
      return;
    case Metric::euclidean:
      squares_of_tile(x, y, features, out);
      for (std::int64_t i = 0; i < count; ++i) out[i] = std::sqrt(out[i]);
      return;
    case Metric::cosine:
      products(x, y, features, out);
      for (std::int64_t i = 0; i < count; ++i) out[i] = std::clamp(1 - out[i], 0.0, 2.0);
      return;
    case Metric::manhattan:
    case Metric::chebyshev:
      for (std::int64_t i = 0; i < x.count; ++i) {
        const auto each = metric == Metric::manhattan ? &differences : &largest;
        each(x.rows.data() + i * features, y.columns.data(), features, y.count, out + i * y.count);
      }
      return;
  }
}

/// visit(row of x, first row of y, distances): every row of x meets y's rows in order.
template <class T, class F>
void each_tile(Metric metric, Matrix<T> x, Matrix<T> y, F&& visit) {
  array::prepare_blas();
  std::vector<double> out(static_cast<std::size_t>(kRowsX * kRowsY));
  const bool unit = metric == Metric::cosine;
  Tile of_x, of_y;
  // y's tile is loaded once for all of x.
  for (std::int64_t j = 0; j < y.rows; j += kRowsY) {
    of_y.load(y, j, std::min(kRowsY, y.rows - j), unit);
    for (std::int64_t i = 0; i < x.rows; i += kRowsX) {
      of_x.load(x, i, std::min(kRowsX, x.rows - i), unit);
      distances_of_tile(metric, of_x, of_y, x.columns, out.data());
      for (std::int64_t r = 0; r < of_x.count; ++r) {
        visit(i + r, j,
              std::span<const double>(out.data() + r * of_y.count,
                                      static_cast<std::size_t>(of_y.count)));
      }
    }
  }
}

}  // namespace

template <class T>
void distances(Metric metric, Matrix<T> x, Matrix<T> y, std::span<T> out) {
  each_tile(metric, x, y, [&](std::int64_t i, std::int64_t j, std::span<const double> row) {
    T* to = out.data() + i * y.rows + j;
    for (std::size_t k = 0; k < row.size(); ++k) to[k] = static_cast<T>(row[k]);
  });
}

template <class T>
void nearest(Metric metric, Matrix<T> x, Matrix<T> y, std::span<double> distance,
             std::span<std::int64_t> index) {
  std::fill(distance.begin(), distance.end(), std::numeric_limits<double>::infinity());
  std::fill(index.begin(), index.end(), std::int64_t{0});
  each_tile(metric, x, y, [&](std::int64_t i, std::int64_t j, std::span<const double> row) {
    const auto best = std::min_element(row.begin(), row.end());
    const auto at = static_cast<std::size_t>(i);
    if (*best < distance[at]) {
      distance[at] = *best;
      index[at] = j + (best - row.begin());
    }
  });
}

template <class T>
void distances_by_group(Metric metric, Matrix<T> x, Matrix<T> y,
                        std::span<const std::int64_t> group_of_y, std::int64_t groups,
                        std::span<double> sums) {
  std::fill(sums.begin(), sums.end(), 0.0);
  each_tile(metric, x, y, [&](std::int64_t i, std::int64_t j, std::span<const double> row) {
    double* to = sums.data() + i * groups;
    const std::int64_t* group = group_of_y.data() + j;
    for (std::size_t k = 0; k < row.size(); ++k) to[group[k]] += row[k];
  });
}

#define TARTAN_ML_PAIRWISE(T)                                                                      \
  template void distances<T>(Metric, Matrix<T>, Matrix<T>, std::span<T>);                          \
  template void nearest<T>(Metric, Matrix<T>, Matrix<T>, std::span<double>,                        \
                           std::span<std::int64_t>);                                               \
  template void distances_by_group<T>(Metric, Matrix<T>, Matrix<T>, std::span<const std::int64_t>, \
                                      std::int64_t, std::span<double>);
TARTAN_ML_PAIRWISE(float)
TARTAN_ML_PAIRWISE(double)
#undef TARTAN_ML_PAIRWISE

}  // namespace tartan::ml::kernels
