#pragma once

// Reductions under a mask: reduce nodes with a second input, the mask, whose operation is one of
// those that is_masked() of reduce.hpp. Both inputs have chunks that match, and the mask broadcasts
// to what is reduced.

#include <array/expr/node.hpp>
#include <optional>
#include <vector>

namespace tartan::array {

/// The mask of a reduction; nullptr when it is not under one.
const NodePtr* mask_of(const Node& reduction);

/// axes as reduce_node takes them. The mask is bool and broadcasts to the input's shape.
NodePtr masked_reduce_node(const NodePtr& input, const NodePtr& mask, ReduceOp operation,
                           const std::optional<std::vector<std::int64_t>>& axes, bool keepdims,
                           double correction);

}  // namespace tartan::array
