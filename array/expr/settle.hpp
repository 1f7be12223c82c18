#pragma once

// Arrays with lengths that only their elements tell (what a mask selects, nonzero, unique): finding
// the lengths out.

#include <array/expr/node.hpp>
#include <span>

namespace tartan::array {

/// The array with all lengths known: itself, or, computed on the current client the first time
/// anybody asks, what it came out as. Blocks without elements are left out then. The computed blocks
/// stay with the workers as long as the node lives. Throws what a failed task threw.
NodePtr known(const NodePtr& node);
/// known() if that has been found out before, else the node.
NodePtr known_so_far(const NodePtr& node);

/// The chunk sizes of an array in these chunks whose blocks, in C order, came out with these shapes.
Chunks chunks_that_came(const Chunks& chunks, std::span<const Shape> blocks);

}  // namespace tartan::array
