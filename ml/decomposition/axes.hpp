#pragma once

// The directions in which rows vary most, by several ways through the data. Matrices that come here
// are features x features at most.

#include <cstdint>
#include <ml/base/rows.hpp>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::ml::decomposition {

/// Orthonormal directions, those of the largest singular values first. Chunks are float64.
struct Axes {
  std::vector<double> singular_values;
  Chunk vectors;  ///< as many rows as singular values
};

/// R of the rows less their means.
struct Centred {
  std::vector<double> mean;
  Chunk triangle;  ///< at most features rows
};
/// From what tasks::row_triangle makes with ones.
Centred centred(const Chunk& of_ones_and_rows);
/// One pass.
Centred centred_triangle(const Array& x);
/// One pass.
Chunk plain_triangle(const Array& x);

/// By singular values; `count` of them, with zeros where the triangle has fewer rows.
Axes axes_of_triangle(const Chunk& triangle, std::int64_t count);
/// From the scatter matrix of all rows, in one pass; `mean` is set.
Axes axes_of_scatter(const Array& x, std::int64_t count, std::vector<double>& mean);

struct RandomizedOptions {
  std::int64_t count = 0;
  std::int64_t oversamples = 10;
  std::int64_t iterations = 4;
  std::uint64_t seed = 0;
};
/// Approximate, of x less the means (none: of x itself): iterations + 2 passes.
Axes randomized_axes(const Rows& rows, const std::vector<double>& mean,
                     const RandomizedOptions& options);

/// Turns directions so that, of each one's projections of the rows, the largest in size is
/// positive. One pass.
void turn_by_rows(const Array& x, const std::vector<double>& mean, Axes& axes);
/// So that of each one's own entries the largest in size is positive.
void turn_by_entries(Axes& axes);

/// The first `count`.
Axes first_axes(const Axes& axes, std::int64_t count);
/// Rows [first, end of the matrix) and columns [column, end) of a float64 matrix.
Chunk lower_right(const Chunk& matrix, std::int64_t first, std::int64_t column);

}  // namespace tartan::ml::decomposition
