#pragma once

// The pass of selections: which elements lie between two others.

#include <cstddef>
#include <tartan/array/dtype.hpp>

namespace tartan::array {

struct Kept {
  std::size_t below = 0;   ///< elements before the range
  std::size_t inside = 0;  ///< elements in it
  std::size_t above = 0;   ///< elements behind it; what is missing to all of them are NaNs
};

/// Writes the elements from low to high, in their order, to `out`, which has room for all n, not
/// those of `in`. T is a real element type.
template <class T>
Kept keep_between(const T* in, std::size_t n, T low, T high, T* out);

}  // namespace tartan::array
