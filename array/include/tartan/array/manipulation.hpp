#pragma once

// Putting arrays together and changing their shape.

#include <tartan/array/array.hpp>

namespace tartan {

/// The arrays one after the other along an axis; dtypes are promoted, the other lengths agree.
/// Costs no copy when the chunks along the other axes agree.
Array concatenate(const std::vector<Array>& arrays, std::int64_t axis = 0);
/// Arrays of one shape along a new axis.
Array stack(const std::vector<Array>& arrays, std::int64_t axis = 0);
Array transpose(const Array& x);
Array transpose(const Array& x, const std::vector<std::int64_t>& axes);
Array reshape(const Array& x, const Shape& shape, const ChunkSpec& chunks = {});
Array rechunk(const Array& x, const ChunkSpec& chunks);
Array broadcast_to(const Array& x, const Shape& shape);
/// A new axis of length 1.
Array expand_dims(const Array& x, std::int64_t axis);
/// Without the axis, which has length 1; without all such axes when none is given.
Array squeeze(const Array& x, std::optional<std::int64_t> axis = {});
Array flip(const Array& x, std::int64_t axis);
Array moveaxis(const Array& x, std::int64_t from, std::int64_t to);

/// NumPy's a @ b: 1-d operands act as a row and a column, leading axes broadcast. Blocks along
/// the inner axis are added in a fixed order.
Array matmul(const Array& a, const Array& b);

}  // namespace tartan
