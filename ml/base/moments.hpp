#pragma once

// Count, mean and sum of squared deviations of every column, in one pass and without cancellation:
// scalers, naive Bayes, PCA and the tolerance of k-means are made of it.

#include <ml/base/partial.hpp>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::ml {

/// Per column. NaN elements count for nothing.
struct Moments {
  std::vector<double> count;  ///< the sum of the weights
  std::vector<double> mean;   ///< 0 where count is 0
  std::vector<double> m2;     ///< sum of weight times squared deviation from the mean

  /// The population's variances; 0 where count is 0.
  std::vector<double> variance() const;

  static constexpr std::string_view kCodec = "tartan::ml::Moments";
  static void fields(auto& self, auto&& field) { field(self.count, self.mean, self.m2); }
};

/// Adds what another part of the rows has. An empty total becomes the part.
void merge(Moments& total, const Moments& part);

namespace tasks {
/// x: rows x columns, floating. weights: float64, as many, or none.
Moments column_moments(const Chunk& x, const Chunk& weights);
Moments combine_moments(const std::vector<Moments>& parts);
}  // namespace tasks

}  // namespace tartan::ml
