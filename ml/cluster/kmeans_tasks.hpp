#pragma once

// What the workers do for k-means: functions over one chunk of rows each, and the values they
// exchange. All of them are pure.

#include <cstdint>
#include <string>
#include <tartan/array/chunk.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>
#include <vector>

namespace tartan::ml::tasks {

/// One chunk's (or several chunks') share of a Lloyd iteration.
struct LloydPartial {
  std::vector<double> sums;    ///< clusters x features
  std::vector<double> counts;  ///< clusters
  double inertia = 0;
  Key labels;                  ///< hash of the labels: equal hashes, no label changed
};

/// Squared distance of every row of a chunk to the nearest candidate so far, and their sum.
struct Nearest {
  std::vector<double> best;
  double total = 0;
};

/// The rows farthest from their centre: for clusters that lost all their rows.
struct FarRows {
  std::vector<double> distances;    ///< squared, descending
  std::vector<std::int64_t> index;  ///< of the row in the array
  std::vector<std::int32_t> label;
  std::vector<double> rows;         ///< rows x features
};

Chunk kmeans_centers(const Chunk& centers);
LloydPartial kmeans_step(const Chunk& x, const Chunk& centers);
LloydPartial kmeans_combine(const std::vector<LloydPartial>& partials);
FarRows kmeans_far_rows(const Chunk& x, const Chunk& centers, std::int64_t count,
                        std::int64_t first_row);
/// int32, rows x 1.
Chunk kmeans_labels(const Chunk& x, const Chunk& centers);
/// Euclidean, rows x clusters, dtype of x.
Chunk kmeans_distances(const Chunk& x, const Chunk& centers);

/// before is empty on the first call.
Nearest kmeans_nearest(const Chunk& x, const Nearest& before, const Chunk& candidates);
double kmeans_nearest_total(const Nearest& nearest);
/// Every row with probability min(1, expected x distance / total); its random number depends on
/// seed, round and the row's index in the array alone.
Chunk kmeans_sample(const Chunk& x, const Nearest& nearest, double expected, double total,
                    std::uint64_t seed, std::int64_t first_row);
/// For every target the row in which the running sum of distances first exceeds it.
Chunk kmeans_pick(const Chunk& x, const Nearest& nearest, const std::vector<double>& targets);
std::vector<double> kmeans_potentials(const Chunk& x, const Nearest& nearest,
                                      const Chunk& candidates);
Chunk take_rows(const Chunk& x, const std::vector<std::int64_t>& rows);

}  // namespace tartan::ml::tasks

namespace tartan {

template <>
struct Codec<ml::tasks::LloydPartial> {
  static std::string name() { return "tartan::ml::LloydPartial"; }
  static void encode(const ml::tasks::LloydPartial& partial, Writer& writer);
  static ml::tasks::LloydPartial decode(Reader& reader);
};
template <>
struct Codec<ml::tasks::Nearest> {
  static std::string name() { return "tartan::ml::Nearest"; }
  static void encode(const ml::tasks::Nearest& nearest, Writer& writer);
  static ml::tasks::Nearest decode(Reader& reader);
  static std::size_t nbytes(const ml::tasks::Nearest& nearest) {
    return sizeof(nearest) + nearest.best.size() * sizeof(double);
  }
};
template <>
struct Codec<ml::tasks::FarRows> {
  static std::string name() { return "tartan::ml::FarRows"; }
  static void encode(const ml::tasks::FarRows& far, Writer& writer);
  static ml::tasks::FarRows decode(Reader& reader);
};

}  // namespace tartan
