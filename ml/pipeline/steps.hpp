#pragma once

// What pipelines, unions and column transformers do alike with their steps.

#include <tartan/ml/pipeline.hpp>

namespace tartan::ml::steps {

/// A fitted copy. Weights go to those that take them.
StepModel fit(const StepModel& step, const Array& x, const Array& y, const Array& weight);
/// x itself when it is passed through.
Array transform(const StepModel& step, const Array& x);
/// Weights are numbers and stand under names of transformers.
void check_weights(const ParamMap& weights, const std::vector<std::string>& names,
                   std::string_view estimator);
Array weighted(const Array& features, const ParamMap& weights, std::string_view name);
bool drops(const StepModel& step);
/// Features beside each other, not cut between them. Throws ValueError when there are none.
Array side_by_side(const std::vector<Array>& parts, std::string_view estimator);

}  // namespace tartan::ml::steps
