#pragma once

// Putting arrays together and changing their shape. dtypes stay unless said otherwise. Axes may be
// negative; one that is not there is a ValueError, as are shapes that do not fit. Chunks go with
// their axes.

#include <tartan/array/array.hpp>

namespace tartan {

/// The arrays one after the other along an axis; dtypes are promoted, the other lengths agree.
/// Costs no copy when the chunks along the other axes agree.
Array concatenate(const std::vector<Array>& arrays, std::int64_t axis = 0);
/// Arrays of one shape (ValueError) along a new axis, each of which is a chunk along it.
Array stack(const std::vector<Array>& arrays, std::int64_t axis = 0);
/// The members of Array as functions.
Array transpose(const Array& x);
Array transpose(const Array& x, const std::vector<std::int64_t>& axes);
Array reshape(const Array& x, const Shape& shape, const ChunkSpec& chunks = {});
Array rechunk(const Array& x, const ChunkSpec& chunks);
/// x repeated along axes of length 1 and new ones before the first, which are cut so that blocks
/// have about kDefaultChunkBytes. Elementwise operations do this without it.
Array broadcast_to(const Array& x, const Shape& shape);
/// A new axis of length 1.
Array expand_dims(const Array& x, std::int64_t axis);
/// Without the axis, which has length 1; without all such axes when none is given.
Array squeeze(const Array& x, std::optional<std::int64_t> axis = {});
/// The elements along the axis in reverse.
Array flip(const Array& x, std::int64_t axis);
/// The axis becomes axis `to`; the others keep their order.
Array moveaxis(const Array& x, std::int64_t from, std::int64_t to);
/// The last two axes exchanged. Throws ValueError below two axes.
Array matrix_transpose(const Array& x);
/// Elements move by `shift` along the axis; those that leave at one end come in at the other.
Array roll(const Array& x, std::int64_t shift, std::int64_t axis);
/// The same over the elements in C order; the shape stays.
Array roll(const Array& x, std::int64_t shift);
/// The array repetitions[i] times along axis i; axes are counted from the last, missing ones are 1.
Array tile(const Array& x, const std::vector<std::int64_t>& repetitions);
/// Every element along the axis `count` times in a row; chunks grow with it. ValueError when count is
/// negative.
Array repeat(const Array& x, std::int64_t count, std::int64_t axis);
/// The same of the elements in C order, as one axis.
Array repeat(const Array& x, std::int64_t count);
/// The parts x[0], x[1], ... along the axis, which they do not have.
std::vector<Array> unstack(const Array& x, std::int64_t axis = 0);
/// All with the shape that they broadcast to together.
std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays);
/// n times the differences of neighbours along the axis, which becomes n shorter (0 at least). Of
/// bool arrays: whether they differ.
Array diff(const Array& x, std::int64_t n = 1, std::int64_t axis = -1);

/// NumPy's a @ b: 1-d operands act as a row and a column, leading axes broadcast. The dtype is
/// promoted. Blocks along the inner axis are added in a fixed order. ValueError for 0-d operands and
/// for inner axes that differ in length.
Array matmul(const Array& a, const Array& b);

}  // namespace tartan
