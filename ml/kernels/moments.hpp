#pragma once

#include <cstdint>

namespace tartan::ml::kernels {

/// Elements of the rows that are looked at twice.
inline constexpr std::int64_t kMomentElements = 16 << 10;

/// Counts (sums of weights), means and sums of squared deviations of the columns of a row-major
/// block; NaN elements count for nothing. weights may be null: 1 each. Sums run over the rows in
/// order, in double.
template <class T>
void moments(const T* x, std::int64_t rows, std::int64_t columns, const double* weights,
             double* count, double* mean, double* m2);

}  // namespace tartan::ml::kernels
