#pragma once

// What curves over the thresholds of a score are made of.

#include <ml/metrics/inputs.hpp>
#include <optional>
#include <tartan/ml/metrics/ranking.hpp>

namespace tartan::ml {

/// At every different score, from the greatest: what is let through. Persisted.
struct Ranked {
  Array fps;  ///< weight of the negatives, float64
  Array tps;  ///< of the positives
  Array thresholds;
};
/// positive: bool or 0 and 1.
Ranked ranked(const Array& positive, const Array& score, const Array& weight);

/// As scored_decisions, and all scores are finite. Computes.
Scored checked_scores(const Array& y_true, const Array& y_score, const Array& weight,
                      std::string_view score);

/// ValueError unless there are positive rows and others.
double binary_roc_auc(const Array& positive, const Array& score, const Array& weight,
                      std::optional<double> max_fpr = {});

}  // namespace tartan::ml
