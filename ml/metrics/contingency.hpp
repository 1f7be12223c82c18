#pragma once

// How often each pair of labels meets: all that scores of two labelings need, counted in one pass.

#include <cstdint>
#include <ml/base/partial.hpp>
#include <ml/metrics/inputs.hpp>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::ml {

/// Cells in ascending order of (truth, predicted), each once.
struct Contingency {
  std::vector<std::int64_t> truth;
  std::vector<std::int64_t> predicted;
  std::vector<double> weight;
  std::int64_t unfit = 0;  ///< labels that are fractions or not finite

  static constexpr std::string_view kCodec = "tartan::ml::Contingency";
  static void fields(auto& self, auto&& field) {
    field(self.truth, self.predicted, self.weight, self.unfit);
  }
  std::size_t size() const { return weight.size(); }
  double total() const;
};

/// What is seen of one label after another.
struct LabelSums {
  std::vector<std::int64_t> labels;  ///< of either side, sorted
  std::vector<double> hits;          ///< weight where both have it
  std::vector<double> truth;
  std::vector<double> predicted;

  /// The place of a label, or -1.
  std::int64_t find(std::int64_t label) const;
};

/// One pass. Throws ValueError naming the score for labels that are fractions.
Contingency count_pairs(const Scored& scored, std::string_view score);
Contingency count_pairs(std::span<const std::int64_t> truth,
                        std::span<const std::int64_t> predicted);
LabelSums label_sums(const Contingency& table);
/// Labels as integers. ValueError for fractions.
std::vector<std::int64_t> as_labels(const Chunk& labels, std::string_view score);

namespace tasks {
Contingency contingency(const Chunk& truth, const Chunk& predicted, const Chunk& weights);
Contingency add_contingencies(const std::vector<Contingency>& parts);
}  // namespace tasks

}  // namespace tartan::ml
