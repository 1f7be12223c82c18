#pragma once

// What may stand between the brackets of x.slice({...}), as in NumPy: an integer (drops the
// axis), a range {start, stop[, step]} whose bounds may be left out as {} and whose step may be
// negative, newaxis (inserts an axis of length 1), ellipsis (as many whole axes as are missing)
// and all (one whole axis). Axes not named are kept whole. One item may be a list of indices
// (a std::vector<std::int64_t>, or positions({4, 1})) or a mask of as many bools as the axis is
// long (a std::vector<bool>), which choose along their axis, in their order. As in NumPy the chosen
// elements come first in the result where an integer beside the list is parted from it by a range,
// newaxis or ellipsis. Lists and masks that are computed: take(), x[mask].
//
//   x.slice({{0, 5}})                 rows 0..4
//   x.slice({3, {1, 10, 2}})          row 3, every second column from 1
//   x.slice({{{}, {}, -1}})           rows in reverse
//   x.slice({ellipsis, newaxis, 0})   the last axis at 0, a new axis before it
//   x.slice({positions({7, 0, 7}), 1})  column 1 of the rows 7, 0 and 7

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tartan {

struct NewAxis {};
struct Ellipsis {};
struct All {};
inline constexpr NewAxis newaxis{};
inline constexpr Ellipsis ellipsis{};
inline constexpr All all_of_axis{};

class SliceItem {
 public:
  enum class Kind : std::uint8_t { integer, range, new_axis, dots, list, mask };
  using Bound = std::optional<std::int64_t>;
  using List = std::vector<std::int64_t>;

  SliceItem(std::int64_t index) : kind_(Kind::integer), start_(index) {}  // NOLINT
  SliceItem(Bound start, Bound stop, Bound step = {})
      : kind_(Kind::range), start_(start), stop_(stop), step_(step) {}
  SliceItem(NewAxis) : kind_(Kind::new_axis) {}    // NOLINT
  SliceItem(Ellipsis) : kind_(Kind::dots) {}  // NOLINT
  SliceItem(All) : kind_(Kind::range) {}          // NOLINT
  // Templates, so that numbers in braces are never taken for a list.
  template <std::same_as<List> Indices>
  SliceItem(const Indices& list)  // NOLINT
      : kind_(Kind::list), list_(std::make_shared<const List>(list)) {}
  template <std::same_as<std::vector<bool>> Mask>
  SliceItem(const Mask& mask)  // NOLINT
      : kind_(Kind::mask), list_(std::make_shared<const List>(mask.begin(), mask.end())) {}

  Kind kind() const { return kind_; }
  /// The index of an integer item.
  std::int64_t index() const { return *start_; }
  const Bound& start() const { return start_; }
  const Bound& stop() const { return stop_; }
  const Bound& step() const { return step_; }
  /// The indices of a list, the bools of a mask.
  const List& list() const { return *list_; }

 private:
  Kind kind_;
  Bound start_, stop_, step_;
  std::shared_ptr<const List> list_;
};

/// A list of indices as an item of a slice.
inline SliceItem positions(SliceItem::List indices) { return SliceItem(indices); }

}  // namespace tartan
