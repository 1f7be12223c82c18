#include <algorithm>
#include <cmath>
#include <limits>
#include <ml/cluster/local_kmeans.hpp>

namespace tartan::ml::cluster {
namespace {

using kernels::Matrix;

/// The row in which the running sum of weight x distance first exceeds the target.
std::int64_t pick(std::span<const double> weights, std::span<const double> distances,
                  double target) {
  std::int64_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double mass = weights[i] * distances[i];
    if (mass <= 0) continue;
    last = static_cast<std::int64_t>(i);
    target -= mass;
    if (target < 0) break;
  }
  return last;
}

double potential(std::span<const double> weights, std::span<const double> distances) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * distances[i];
  return sum;
}

std::vector<double> closer_of(Matrix<double> points, std::int64_t chosen,
                              std::span<const double> known) {
  std::vector<double> result(known.begin(), known.end());
  for (std::int64_t i = 0; i < points.rows; ++i) {
    double& distance = result[static_cast<std::size_t>(i)];
    distance = std::min(distance, kernels::squared_distance(points.row(i), points.row(chosen),
                                                            points.columns));
  }
  return result;
}

/// A row not chosen yet, for sets with fewer distinct rows than clusters.
std::int64_t any_unused(std::int64_t rows, std::span<const std::int64_t> chosen) {
  for (std::int64_t i = 0; i < rows; ++i) {
    if (std::find(chosen.begin(), chosen.end(), i) == chosen.end()) return i;
  }
  return 0;
}

}  // namespace

std::vector<std::int64_t> weighted_plus_plus(Matrix<double> points, std::span<const double> weights,
                                             std::int64_t clusters, Random& random) {
  const int trials = 2 + static_cast<int>(std::log(static_cast<double>(clusters)));
  const std::vector<double> ones(weights.size(), 1.0);
  std::vector<std::int64_t> chosen{pick(weights, ones, random.uniform() * potential(weights, ones))};
  std::vector<double> distances(weights.size(), std::numeric_limits<double>::infinity());
  distances = closer_of(points, chosen.front(), distances);
  while (static_cast<std::int64_t>(chosen.size()) < clusters) {
    const double total = potential(weights, distances);
    if (!(total > 0)) {
      chosen.push_back(any_unused(points.rows, chosen));
      continue;
    }
    double least = std::numeric_limits<double>::infinity();
    std::int64_t best = 0;
    std::vector<double> best_distances;
    for (int trial = 0; trial < trials; ++trial) {
      const std::int64_t candidate = pick(weights, distances, random.uniform() * total);
      std::vector<double> after = closer_of(points, candidate, distances);
      const double remaining = potential(weights, after);
      if (remaining < least) {
        least = remaining;
        best = candidate;
        best_distances = std::move(after);
      }
    }
    chosen.push_back(best);
    distances = std::move(best_distances);
  }
  return chosen;
}

std::vector<double> weighted_kmeans(Matrix<double> points, std::span<const double> weights,
                                    std::int64_t clusters, Random& random) {
  constexpr int kMaxIterations = 300;
  const std::int64_t columns = points.columns;
  std::vector<double> centers;
  for (const std::int64_t row : weighted_plus_plus(points, weights, clusters, random)) {
    centers.insert(centers.end(), points.row(row), points.row(row) + columns);
  }
  std::vector<std::int32_t> labels(static_cast<std::size_t>(points.rows), -1);
  for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
    std::vector<std::int32_t> before = labels;
    kernels::assign_labels(points, {centers.data(), clusters, columns}, labels);
    if (labels == before) break;
    std::vector<double> sums(centers.size(), 0.0);
    std::vector<double> mass(static_cast<std::size_t>(clusters), 0.0);
    for (std::int64_t i = 0; i < points.rows; ++i) {
      const auto label = static_cast<std::size_t>(labels[static_cast<std::size_t>(i)]);
      const double weight = weights[static_cast<std::size_t>(i)];
      mass[label] += weight;
      for (std::int64_t j = 0; j < columns; ++j) {
        sums[label * static_cast<std::size_t>(columns) + static_cast<std::size_t>(j)] +=
            weight * points.row(i)[j];
      }
    }
    for (std::size_t c = 0; c < mass.size(); ++c) {
      if (mass[c] <= 0) continue;  // keeps its candidate; the full data decides later
      for (std::size_t j = c * static_cast<std::size_t>(columns);
           j < (c + 1) * static_cast<std::size_t>(columns); ++j) {
        centers[j] = sums[j] / mass[c];
      }
    }
  }
  return centers;
}

}  // namespace tartan::ml::cluster
