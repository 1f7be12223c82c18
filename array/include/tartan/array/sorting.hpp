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

/// The k largest elements along the axis, the largest first; for a negative k the -k smallest, the
/// smallest first. All of them when there are fewer. Blocks give their k candidates, which are
/// merged in a tree. ValueError for k = 0.
Array topk(const Array& x, std::int64_t k, std::int64_t axis = -1);
/// int64: where they are along the axis; of equal ones the first comes first.
Array argtopk(const Array& x, std::int64_t k, std::int64_t axis = -1);

}  // namespace tartan
