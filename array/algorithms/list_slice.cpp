#include <algorithm>
#include <array/algorithms/gather.hpp>
#include <array/algorithms/list_slice.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

bool is_list(const SliceItem& item) {
  return item.kind() == SliceItem::Kind::list || item.kind() == SliceItem::Kind::mask;
}

/// The indices of a list, or where a mask holds, from 0.
std::vector<std::int64_t> indices_of(const char* who, const SliceItem& item, std::int64_t axis,
                                     std::int64_t length) {
  if (item.kind() == SliceItem::Kind::list) return known_indices(item.list(), {who, axis, length});
  if (static_cast<std::int64_t>(item.list().size()) != length) {
    throw ValueError(
        fmt::format("{}: a mask of {} bools for axis {} of length {}; give one for "
                    "every element",
                    who, item.list().size(), axis, length));
  }
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < item.list().size(); ++i) {
    if (item.list()[i] != 0) indices.push_back(static_cast<std::int64_t>(i));
  }
  return indices;
}

}  // namespace

std::optional<ListSlice> list_slice(const char* who, const Shape& shape,
                                    std::span<const SliceItem> items) {
  using Kind = SliceItem::Kind;
  const auto lists = std::count_if(items.begin(), items.end(), is_list);
  if (lists == 0) return {};
  if (lists > 1) {
    throw ValueError(
        fmt::format("{}: {} lists of indices in one slice; give one, and for points "
                    "see vindex",
                    who, lists));
  }
  // NumPy takes integers for lists too: what stands between them parts them, however few axes it
  // is.
  bool met = false;
  bool parted = false;
  ListSlice slice;
  for (const auto& item : items) {
    if (item.kind() != Kind::integer && !is_list(item)) {
      parted = parted || met;
    } else {
      slice.first = slice.first || parted;
      met = true;
    }
  }
  std::size_t axis = 0;
  std::size_t place = 0;
  for (const auto& item : written_out(items, shape.size())) {
    slice.items.push_back(is_list(item) ? SliceItem(all_of_axis) : item);
    if (is_list(item)) {
      slice.axis = axis;
      slice.place = place;
      slice.indices = indices_of(who, item, static_cast<std::int64_t>(axis), shape[axis]);
    }
    axis += item.kind() == Kind::new_axis ? 0 : 1;
    place += item.kind() == Kind::integer ? 0 : 1;
  }
  return slice;
}

}  // namespace tartan::array
