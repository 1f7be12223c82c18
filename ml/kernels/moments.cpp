#include <algorithm>
#include <cmath>
#include <ml/kernels/clones.hpp>
#include <ml/kernels/moments.hpp>

namespace tartan::ml::kernels {
namespace {

/// Whether every sum is a number: then no element is NaN, and none needs to be asked.
bool all_numbers(const double* sums, std::int64_t columns) {
  return std::none_of(sums, sums + columns, [](double sum) { return std::isnan(sum); });
}

template <class T>
[[gnu::always_inline]] inline void plain(const T* x, std::int64_t rows, std::int64_t columns,
                                         double* mean, double* m2) {
  std::fill_n(mean, columns, 0.0);
  std::fill_n(m2, columns, 0.0);
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* row = x + i * columns;
    for (std::int64_t j = 0; j < columns; ++j) mean[j] += static_cast<double>(row[j]);
  }
  if (!all_numbers(mean, columns)) return;
  const double count = static_cast<double>(rows);
  for (std::int64_t j = 0; j < columns; ++j) mean[j] /= count;
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* row = x + i * columns;
    for (std::int64_t j = 0; j < columns; ++j) {
      const double deviation = static_cast<double>(row[j]) - mean[j];
      m2[j] += deviation * deviation;
    }
  }
}

TARTAN_CLONES void plain_clone(const float* x, std::int64_t rows, std::int64_t columns,
                               double* mean, double* m2) {
  plain(x, rows, columns, mean, m2);
}
TARTAN_CLONES void plain_clone(const double* x, std::int64_t rows, std::int64_t columns,
                               double* mean, double* m2) {
  plain(x, rows, columns, mean, m2);
}

/// With weights, or with NaN among the elements.
template <class T>
void careful(const T* x, std::int64_t rows, std::int64_t columns, const double* weights,
             double* count, double* mean, double* m2) {
  std::fill_n(count, columns, 0.0);
  std::fill_n(mean, columns, 0.0);
  std::fill_n(m2, columns, 0.0);
  const auto each = [&](auto visit) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const double weight = weights == nullptr ? 1.0 : weights[i];
      const T* row = x + i * columns;
      for (std::int64_t j = 0; j < columns; ++j) {
        if (!std::isnan(row[j])) visit(j, static_cast<double>(row[j]), weight);
      }
    }
  };
  each([&](std::int64_t j, double value, double weight) {
    count[j] += weight;
    mean[j] += weight * value;
  });
  for (std::int64_t j = 0; j < columns; ++j) mean[j] = count[j] > 0 ? mean[j] / count[j] : 0.0;
  each([&](std::int64_t j, double value, double weight) {
    m2[j] += weight * (value - mean[j]) * (value - mean[j]);
  });
}

}  // namespace

template <class T>
void moments(const T* x, std::int64_t rows, std::int64_t columns, const double* weights,
             double* count, double* mean, double* m2) {
  if (weights == nullptr && rows > 0) {
    plain_clone(x, rows, columns, mean, m2);
    if (all_numbers(mean, columns)) {
      std::fill_n(count, columns, static_cast<double>(rows));
      return;
    }
  }
  careful(x, rows, columns, weights, count, mean, m2);
}

template void moments(const float*, std::int64_t, std::int64_t, const double*, double*, double*,
                      double*);
template void moments(const double*, std::int64_t, std::int64_t, const double*, double*, double*,
                      double*);

}  // namespace tartan::ml::kernels
