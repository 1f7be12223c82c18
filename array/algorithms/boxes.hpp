#pragma once

// An array whose blocks are boxes of another: they may overlap, and leave elements out.

#include <array/expr/node.hpp>
#include <tartan/array/array.hpp>
#include <vector>

namespace tartan::array {

/// A run of elements along an axis.
struct Run {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};
/// Along axis i, chunk j of the result has the elements runs[i][j] of x, which lie inside it.
Array boxes(const Array& x, const std::vector<std::vector<Run>>& runs);

}  // namespace tartan::array
