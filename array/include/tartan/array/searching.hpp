#pragma once

// Finding elements of one array in another.

#include <tartan/array/array.hpp>

namespace tartan {

enum class Side {
  left,   ///< before the elements equal to it
  right,  ///< after them
};
struct SearchOptions {
  Side side = Side::left;
  std::optional<Array> sorter = {};  ///< integers that sort x1, as argsort(x1) does
};
/// int64, with the shape and chunks of x2: how many elements of x1, a 1-d array that is sorted,
/// come before each element of x2. NaN comes last. An x1 of many chunks is gone through in parts of
/// up to 64 MiB; a sorter makes it one chunk, and its indices are checked when it runs.
Array searchsorted(const Array& x1, const Array& x2, const SearchOptions& options = {});

struct DigitizeOptions {
  bool right = false;  ///< whether ranges contain their right edge, instead of the left one
};
/// int64: the number of the range of each element; 0 before bins[0], the number of bins after the
/// last. bins is 1-d and ascends or descends, which is checked when it runs.
Array digitize(const Array& x, const Array& bins, const DigitizeOptions& options = {});

struct IsinOptions {
  bool invert = false;
};
/// bool: whether each element of x is among the test elements, which are taken in parts of up to
/// 64 MiB. NaN is in nothing.
Array isin(const Array& x, const Array& test_elements, const IsinOptions& options = {});

}  // namespace tartan
