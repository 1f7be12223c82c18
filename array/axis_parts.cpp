#include <array/axis_parts.hpp>

namespace tartan {

Array range_of(const Array& x, std::size_t axis, const SliceItem& range) {
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  items[axis] = range;
  return x.slice(items);
}

Array laid_along(const Array& vector, std::size_t axis, std::size_t ndim) {
  std::vector<SliceItem> items(ndim, newaxis);
  items[axis] = all_of_axis;
  return vector.slice(items);
}

}  // namespace tartan
