#pragma once

// Distances of the rows of two blocks, made tile by tile in double and handed on at once: stored,
// compared or summed. Coordinates are compared directly; with many of them squared Euclidean
// distances come as |x|² - 2 x.y + |y|² from a GEMM, but directly again where that cancels.

#include <cstdint>
#include <ml/kernels/lloyd.hpp>
#include <span>

namespace tartan::ml::kernels {

enum class Metric : std::uint8_t { euclidean, sqeuclidean, manhattan, cosine, chebyshev };

/// out: x.rows x y.rows.
template <class T>
void distances(Metric metric, Matrix<T> x, Matrix<T> y, std::span<T> out);

/// For each row of x the nearest row of y, the first of equal ones. y has rows.
template <class T>
void nearest(Metric metric, Matrix<T> x, Matrix<T> y, std::span<double> distance,
             std::span<std::int64_t> index);

/// sums: x.rows x groups; adds up the distances to y's rows by the groups they are in.
template <class T>
void distances_by_group(Metric metric, Matrix<T> x, Matrix<T> y,
                        std::span<const std::int64_t> group_of_y, std::int64_t groups,
                        std::span<double> sums);

}  // namespace tartan::ml::kernels
