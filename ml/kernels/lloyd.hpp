#pragma once

// The arithmetic of Lloyd's algorithm over one block of rows in raw, row-major memory. Distances
// are compared as ||c||^2 - 2 x.c, one GEMM per block of rows; the inertia is summed from the
// differences themselves, which the expansion would lose to cancellation.
//
// Results depend on the rows, their order and the centres alone, not on threads or processors:
// every sum runs in a fixed order, in double.

#include <cstdint>
#include <span>
#include <vector>

namespace tartan::ml::kernels {

/// Rows x features of T, row-major.
template <class T>
struct Matrix {
  const T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  const T* row(std::int64_t i) const { return data + i * columns; }
};

/// What one block of rows contributes to the next centres.
struct LloydSums {
  std::vector<double> sums;    ///< clusters x features
  std::vector<double> counts;  ///< clusters
  double inertia = 0;          ///< squared distances to the centres the rows were assigned by
};

/// Labels of the nearest centre, the lowest index among equals. labels has x.rows entries.
template <class T>
void assign_labels(Matrix<T> x, Matrix<T> centers, std::span<std::int32_t> labels);

/// Labels, and the sums over each cluster.
template <class T>
LloydSums lloyd_step(Matrix<T> x, Matrix<T> centers, std::span<std::int32_t> labels);

/// Squared distance of each row to the nearest of the centres, or to `best` where that is less
/// (pass infinity at first). Returns the sum of the updated distances.
template <class T>
double nearest_squared(Matrix<T> x, Matrix<T> centers, std::span<double> best);

/// Sum over the rows of min(best, squared distance to the candidate), one sum per candidate: the
/// potential k-means++ would have after choosing it.
template <class T>
std::vector<double> potentials(Matrix<T> x, Matrix<T> candidates, std::span<const double> best);

/// Squared Euclidean distance of two rows.
template <class T>
double squared_distance(const T* a, const T* b, std::int64_t count);

}  // namespace tartan::ml::kernels
