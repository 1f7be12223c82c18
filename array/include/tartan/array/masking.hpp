#pragma once

// Choosing elements by what they are: x[mask], where the mask is a bool array with the lengths of
// x's first axes, and more. The result of x[mask] has one axis for those of the mask, of as many
// elements as it holds true, and x's other axes; ValueError when the lengths differ (0 fits any),
// TypeError when the mask is not bool. How many there are is known only when they are computed,
// and nobody has to care: elementwise operations and reductions of the result run in the same
// graph (mean(x[x > 0]) never waits), and whatever needs the length, shape() to begin with,
// computes it. Arrays chosen by one mask fit each other.
//
// The elements come in C order. A mask of several axes makes blocks of whole rows of its further
// axes.

#include <tartan/array/array.hpp>
#include <vector>

namespace tartan {

/// The parts of x along the axis where the condition, a 1-d bool array, is true.
Array compress(const Array& condition, const Array& x, std::int64_t axis);
/// The elements of x in C order where the condition, of the same shape, is true (or not 0).
Array extract(const Array& condition, const Array& x);
/// Where x is not 0, in C order: the indices (int64) along every axis. ValueError for a 0-d array.
std::vector<Array> nonzero(const Array& x);
/// The same as the rows of one array of shape (n, ndim).
Array argwhere(const Array& x);
/// The indices (int64) of the elements of x in C order that are not 0.
Array flatnonzero(const Array& x);

}  // namespace tartan
