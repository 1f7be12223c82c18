#pragma once

#include <array/expr/algorithm.hpp>

namespace tartan::array {

/// Adds the results of tasks, chunks of int64 or float64 of one shape, sixteen at a time in their
/// order; so the sum depends on nothing else.
Made sum_tree(Emission& emission, std::vector<Made> chunks, std::int64_t bytes);

}  // namespace tartan::array
