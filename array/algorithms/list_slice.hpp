#pragma once

// Slices with a list of indices among their items.

#include <cstdint>
#include <optional>
#include <span>
#include <tartan/array/chunk.hpp>
#include <tartan/array/slicing.hpp>
#include <vector>

namespace tartan::array {

/// A slice that has one list, as a slice without it and indices along an axis.
struct ListSlice {
  std::vector<SliceItem> items;       ///< with a whole axis in the place of the list
  std::vector<std::int64_t> indices;  ///< checked, from 0
  std::size_t axis = 0;               ///< of the array
  std::size_t place = 0;              ///< that axis, in the array the items give
  bool first = false;                 ///< whether it is to be the first axis of the result instead
};
/// None when the items have neither a list nor a mask. ValueError when they have several, for a
/// mask of another length than its axis and for indices outside.
std::optional<ListSlice> list_slice(const char* who, const Shape& shape,
                                    std::span<const SliceItem> items);

}  // namespace tartan::array
