#pragma once

#include <ml/base/rows.hpp>
#include <string_view>
#include <tartan/ml/class_weight.hpp>
#include <vector>

namespace tartan::ml {

/// The weight of every class, in their order; empty when all are 1. Computes for balanced weights.
/// Throws ValueError for a label that y does not have and for a negative weight.
std::vector<double> class_weights(const ClassWeight& given, const Classes& classes,
                                  std::string_view estimator);

}  // namespace tartan::ml
