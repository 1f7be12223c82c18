#pragma once

// Slices that concern one axis, as compositions need them.

#include <tartan/array/array.hpp>

namespace tartan {

/// x with only the range along the axis, which is counted from the front.
Array range_of(const Array& x, std::size_t axis, const SliceItem& range);
/// A vector that lies along an axis of ndim, the others having length 1.
Array laid_along(const Array& vector, std::size_t axis, std::size_t ndim);

}  // namespace tartan
