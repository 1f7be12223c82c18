#pragma once

// Sorts and selections as nodes, for the public functions and for what is built on them.

#include <array/expr/node.hpp>
#include <array/kernels/quantile.hpp>

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
/// Every chunk of a 1-d array sorted for itself.
NodePtr sort_parts_node(const NodePtr& vector);

/// (number of quantiles, the axes that are not reduced); axes ascend.
NodePtr quantile_node(const NodePtr& input, const QuantileRule& rule, const std::vector<int>& axes,
                      std::int64_t whole_bytes = kWholeBytes);

}  // namespace tartan::array
