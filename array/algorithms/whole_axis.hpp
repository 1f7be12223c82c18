#pragma once

#include <array/expr/node.hpp>

namespace tartan::array {

/// The input with one chunk along the axis. Other axes, the longest chunks first, are cut so that
/// blocks do not grow where that is possible.
NodePtr whole_axis(const NodePtr& input, std::size_t axis);

}  // namespace tartan::array
