#pragma once

// Counts by value and by range: every block counts in one pass, and the counts are added in a tree.

#include <optional>
#include <tartan/array/array.hpp>
#include <vector>

namespace tartan {

struct BincountOptions {
  std::optional<Array> weights = {};  ///< real; one per element
  std::int64_t minlength = 0;         ///< the length of the result; 0: as long as it need be
};
/// How often 0, 1, ..., minlength - 1 occur among the integers x (int64), or the sums of the
/// weights there (float64): one block. ValueError when it runs for an element that is negative or
/// not below minlength. Without a minlength the length is one more than the largest element, which
/// is known when it has run; what a task needs is then estimated from the number of elements.
Array bincount(const Array& x, const BincountOptions& options = {});

/// The ranges of a histogram, fewer than 2^30: so many of one width, or their edges (1-d,
/// ascending). Without low and high they go from the least to the greatest element.
class Bins {
 public:
  Bins(std::int64_t count) : count_(count) {}  // NOLINT: 10 is to read as ten ranges
  Bins(int count) : count_(count) {}           // NOLINT
  Bins(std::int64_t count, double low, double high) : count_(count), low_(low), high_(high) {}
  Bins(Array edges) : edges_(std::move(edges)) {}  // NOLINT
  Bins(const std::vector<double>& edges);          // NOLINT

  std::int64_t count() const { return count_; }
  const std::optional<double>& low() const { return low_; }
  const std::optional<double>& high() const { return high_; }
  const std::optional<Array>& edges() const { return edges_; }

 private:
  std::int64_t count_ = 0;
  std::optional<double> low_, high_;
  std::optional<Array> edges_;
};

struct HistogramOptions {
  std::optional<Array> weights = {};  ///< real, not bool; one per element
  bool density = false;               ///< so that the integral is 1 (float64)
};
struct Histogram {
  Array counts;
  Array edges;
};
/// Counts are int64, with weights sums in their dtype. Ranges contain their lower edge, the last
/// one its upper edge too; what lies outside, and NaN, counts nowhere. Elements are compared with
/// edges in float64. Least and greatest elements that are not finite are an error when it runs.
Histogram histogram(const Array& x, const Bins& bins = 10, const HistogramOptions& options = {});

struct HistogramDD {
  Array counts;              ///< float64; axis d has the ranges of coordinate d
  std::vector<Array> edges;  ///< per coordinate
};
/// Of points whose coordinate d is samples[d]; all have one shape. bins: one per coordinate.
HistogramDD histogramdd(const std::vector<Array>& samples, const std::vector<Bins>& bins,
                        const HistogramOptions& options = {});
HistogramDD histogram2d(const Array& x, const Array& y, const Bins& x_bins = 10,
                        const Bins& y_bins = 10, const HistogramOptions& options = {});

}  // namespace tartan
