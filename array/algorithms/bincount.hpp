#pragma once

#include <array/expr/node.hpp>
#include <vector>

namespace tartan::array {

/// How often 0, 1, ... up to the largest element occur: one block, whose length is known when it
/// has run. Inputs: 1-d integers, and weights in float64 in the same chunks, or not.
NodePtr counts_of_all_values(std::vector<NodePtr> inputs);

}  // namespace tartan::array
