#pragma once

// Sorting and the largest elements. NaN counts as larger than any number, complex numbers are
// compared by their real part first, and -0.0 equals 0.0 (sort puts it before 0.0).
//
// A 1-d array of many chunks is sorted by an exchange between them and keeps their sizes; memory
// stays at a few chunks per task. Of more axes, the one that is sorted becomes one chunk.

#include <tartan/array/array.hpp>

namespace tartan {

struct SortOptions {
  std::int64_t axis = -1;
  bool descending = false;  ///< NaN comes first then
  bool stable = true;       ///< sorts are, whatever is asked for
};
/// The elements along the axis in order. ValueError for a 0-d array.
Array sort(const Array& x, const SortOptions& options = {});
/// int64: where along the axis the elements of sort(x) are; of equal ones the first comes first.
Array argsort(const Array& x, const SortOptions& options = {});

}  // namespace tartan
