#pragma once

// What may stand between the brackets of x.slice({...}), as in NumPy: an integer (drops the
// axis), a range {start, stop[, step]} whose bounds may be left out as {} and whose step may be
// negative, newaxis (inserts an axis of length 1), ellipsis (as many whole axes as are missing)
// and all (one whole axis). Axes not named are kept whole.
//
//   x.slice({{0, 5}})                 rows 0..4
//   x.slice({3, {1, 10, 2}})          row 3, every second column from 1
//   x.slice({{{}, {}, -1}})           rows in reverse
//   x.slice({ellipsis, newaxis, 0})   the last axis at 0, a new axis before it

#include <cstdint>
#include <optional>

namespace tartan {

struct NewAxis {};
struct Ellipsis {};
struct All {};
inline constexpr NewAxis newaxis{};
inline constexpr Ellipsis ellipsis{};
inline constexpr All all_of_axis{};

class SliceItem {
 public:
  enum class Kind : std::uint8_t { integer, range, new_axis, dots };
  using Bound = std::optional<std::int64_t>;

  SliceItem(std::int64_t index) : kind_(Kind::integer), start_(index) {}  // NOLINT
  SliceItem(Bound start, Bound stop, Bound step = {})
      : kind_(Kind::range), start_(start), stop_(stop), step_(step) {}
  SliceItem(NewAxis) : kind_(Kind::new_axis) {}    // NOLINT
  SliceItem(Ellipsis) : kind_(Kind::dots) {}  // NOLINT
  SliceItem(All) : kind_(Kind::range) {}          // NOLINT

  Kind kind() const { return kind_; }
  /// The index of an integer item.
  std::int64_t index() const { return *start_; }
  const Bound& start() const { return start_; }
  const Bound& stop() const { return stop_; }
  const Bound& step() const { return step_; }

 private:
  Kind kind_;
  Bound start_, stop_, step_;
};

}  // namespace tartan
