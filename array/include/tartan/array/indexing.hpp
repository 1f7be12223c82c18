#pragma once

// Indexing by arrays and lists of indices, and assignment. Negative indices count from the end. An
// index outside is a ValueError that names it, its axis and the length: at once for lists and for
// arrays given by the program (from_chunk, from_xtensor), else of the task that meets it.
//
// Indices known at once are planned: a block of the result reads only those blocks it needs, and
// has about as many elements along the axis as the array's largest one. Computed indices give their
// own chunks, cut where blocks would have more bytes than the larger of the array's largest one and
// kDefaultChunkBytes; a block reads all blocks along the axis, of which only the elements asked for
// travel.

#include <initializer_list>
#include <tartan/array/elementwise.hpp>
#include <vector>

namespace tartan {

/// The elements at the indices along an axis, in whose place come the axes of the indices; without
/// an axis those of x in C order. Indices have an integer dtype (TypeError).
Array take(const Array& x, const Array& indices, std::optional<std::int64_t> axis = {});
Array take(const Array& x, const std::vector<std::int64_t>& indices,
           std::optional<std::int64_t> axis = {});
/// The same, so that {0} is a list of indices.
inline Array take(const Array& x, std::initializer_list<std::int64_t> indices,
                  std::optional<std::int64_t> axis = {}) {
  return take(x, std::vector<std::int64_t>(indices), axis);
}

/// out[.., i, ..] = x[.., indices[.., i, ..], ..]. The shapes broadcast, apart from the axis; the
/// result has the chunks of the indices there, and elsewhere those of x. An axis that is too long
/// for one chunk is read block by block, of which only the elements asked for travel.
Array take_along_axis(const Array& x, const Array& indices, std::int64_t axis);
/// x with out[.., indices[.., i, ..], ..] = values[.., i, ..], the last i winning; values broadcast
/// to the indices and are cast to x's dtype. The axis becomes one chunk.
Array put_along_axis(const Array& x, const Array& indices, const Operand& values,
                     std::int64_t axis);

/// Pointwise: element i is x[lists[0][i], lists[1][i], ...], with the axes of x that have no list
/// behind it. Lists have one length, or 1 (ValueError).
Array vindex(const Array& x, const std::vector<std::vector<std::int64_t>>& lists);
inline Array vindex(const Array& x, std::initializer_list<std::vector<std::int64_t>> lists) {
  return vindex(x, std::vector<std::vector<std::int64_t>>(lists));
}
/// The same for arrays of indices, which broadcast; the result begins with their axes.
Array vindex(const Array& x, const std::vector<Array>& indices);

/// The elements along an axis where the mask holds, which may be shorter than the axis (ValueError
/// when longer); without an axis those of x in C order.
Array compress(const std::vector<bool>& mask, const Array& x,
               std::optional<std::int64_t> axis = {});

/// Element i along the axis counts[i] times in a row, or every one counts[0] times; without an axis
/// those of x in C order. ValueError for another number of counts and for negative ones.
Array repeat(const Array& x, const std::vector<std::int64_t>& counts,
             std::optional<std::int64_t> axis = {});
/// The same; counts, at most 1-d and of integers (TypeError), are computed at once, as the length
/// follows from them.
Array repeat(const Array& x, const Array& counts, std::optional<std::int64_t> axis = {});

/// take() of all groups one after the other; every group is one chunk of the result.
Array shuffle(const Array& x, const std::vector<std::vector<std::int64_t>>& groups,
              std::int64_t axis = 0);

// ---- assignment -------------------------------------------------------------------------------
//
// Arrays never change; these return the array that an assignment would leave. Values broadcast and
// are cast to x's dtype, which must be complex for complex ones (TypeError).

/// x after x[items] = value, items as for slice(), a list or a mask among them too, without newaxis
/// (ValueError). Of an index that is named twice the last value stays. Blocks that the items do not
/// meet are those of x.
Array set_item(const Array& x, const std::vector<SliceItem>& items, const Operand& value);
inline Array set_item(const Array& x, std::initializer_list<SliceItem> items,
                      const Operand& value) {
  return set_item(x, std::vector<SliceItem>(items), value);
}
/// x after x[where] = value. Of a mask the axes are the first of x; the value broadcasts to x, and
/// its elements are taken where the mask holds. Of indices, which may be computed, the value
/// broadcasts to their shape and the axes of x behind the first; of an index that comes twice the
/// last value stays. Computed ones work on an int64 of x's length in one chunk.
Array set_item(const Array& x, const Array& where, const Operand& value);

// ---- flat indices -----------------------------------------------------------------------------

enum class IndexOrder : std::uint8_t { c, fortran };

/// The places, one array of indices per axis, as indices into the elements of the shape in that
/// order: int64 of what the places broadcast to, elementwise. What becomes of one outside the mode
/// says; by default it is an error as for take(), and negative ones are outside.
Array ravel_multi_index(const std::vector<Array>& places, const Shape& shape,
                        OutOfRange mode = OutOfRange::raise, IndexOrder order = IndexOrder::c);
/// The reverse: for indices into the elements of the shape their places, int64, one array per axis.
std::vector<Array> unravel_index(const Array& indices, const Shape& shape,
                                 IndexOrder order = IndexOrder::c);

}  // namespace tartan
