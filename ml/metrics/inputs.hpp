#pragma once

// What a metric is computed from: checked, and cut alike.

#include <optional>
#include <string_view>
#include <tartan/array.hpp>
#include <vector>

namespace tartan::ml {

struct Scored {
  Array truth;
  Array predicted;
  Array weight;  ///< float64, 1-D; not valid when every row counts once

  std::int64_t rows() const { return truth.shape(0); }
  /// Of values over the rows, along the first axis.
  Array mean(const Array& values) const;
  /// The sum of the weights, or the number of rows.
  double total() const;
};

/// 1-D both. Throws ValueError naming the score for arrays of different lengths, more axes, without
/// rows; TypeError for complex numbers.
Scored scored_labels(const Array& truth, const Array& predicted, const Array& weight,
                     std::string_view score);
/// 1-D labels and what a classifier says of each row: 1-D, or rows x classes, floating.
Scored scored_decisions(const Array& truth, const Array& decisions, const Array& weight,
                        std::string_view score);
/// float64 both, 1-D or rows x targets, of one shape.
Scored scored_numbers(const Array& truth, const Array& predicted, const Array& weight,
                      std::string_view score);

/// The labels there are, sorted. Computes. ValueError for fractions.
std::vector<std::int64_t> distinct_labels(const Array& labels, std::string_view score);
/// The label that counts as positive: the given one, or 1 where the labels are in {0, 1} or {-1,
/// 1}. ValueError where they are not.
std::int64_t positive_label(const std::vector<std::int64_t>& labels,
                            std::optional<std::int64_t> given, std::string_view score);
/// Where in `classes`, which are sorted, each label is: int64, lazily.
Array class_codes(const Array& labels, const std::vector<std::int64_t>& classes);
/// "0, 1, 2", at most the first ten.
std::string list_labels(const std::vector<std::int64_t>& labels);

}  // namespace tartan::ml
