#pragma once

// Sorts as nodes, for the public functions and for what is built on sorted arrays.

#include <array/expr/node.hpp>

namespace tartan::array {

/// Up to so many bytes a 1-d array of several chunks is put in one chunk to be ordered: an exchange
/// between chunks, of as many pieces as the square of their number, would cost more.
inline constexpr std::int64_t kWholeBytes = std::int64_t{64} << 20;

struct NodeSort {
  bool descending = false;
  bool positions = false;  ///< the result is that of argsort (int64), not the elements
  std::int64_t whole_bytes = kWholeBytes;
};
/// A 1-d result has the chunks of the input, another has one chunk along the axis.
NodePtr sort_node(const NodePtr& input, std::size_t axis, const NodeSort& options);

}  // namespace tartan::array
