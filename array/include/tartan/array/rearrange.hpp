#pragma once

// More ways to put arrays together, take them apart and change their shape, in terms of those of
// manipulation.hpp. Nothing here copies more than they do. dtypes are promoted where arrays are
// joined; an axis that is not there, or named twice, and lengths that do not fit are a ValueError.

#include <initializer_list>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/reductions.hpp>
#include <utility>
#include <vector>

namespace tartan {

// ---- axes -------------------------------------------------------------------------------------

/// Both axes exchanged, with their chunks.
Array swapaxes(const Array& x, std::int64_t first, std::int64_t second);
/// The axis moved to before `start`.
Array rollaxis(const Array& x, std::int64_t axis, std::int64_t start = 0);
/// Axis from[i] becomes axis to[i]; the others keep their order.
Array moveaxis(const Array& x, const std::vector<std::int64_t>& from,
               const std::vector<std::int64_t>& to);
/// New axes of length 1, numbered in the result.
Array expand_dims(const Array& x, const std::vector<std::int64_t>& axes);
/// Without these axes, which have length 1.
Array squeeze(const Array& x, const std::vector<std::int64_t>& axes);
/// With at least that many axes: new ones come first, for atleast_3d around those of a 1-d array
/// and behind those of a 2-d one.
Array atleast_1d(const Array& x);
Array atleast_2d(const Array& x);
Array atleast_3d(const Array& x);
/// The elements in C order.
Array ravel(const Array& x);

// ---- order ------------------------------------------------------------------------------------

/// Every axis reversed.
Array flip(const Array& x);
Array flip(const Array& x, const std::vector<std::int64_t>& axes);
/// The first axis reversed, and the second one of arrays that have two (ValueError).
Array flipud(const Array& x);
Array fliplr(const Array& x);
/// Quarter turns in the plane of two axes, from the first towards the second.
Array rot90(const Array& x, std::int64_t turns = 1,
            std::pair<std::int64_t, std::int64_t> axes = {0, 1});
/// By shifts[i] along axes[i]; one shift for all axes when there is one only.
Array roll(const Array& x, const std::vector<std::int64_t>& shifts,
           const std::vector<std::int64_t>& axes);

// ---- joining and parting ----------------------------------------------------------------------

/// Along the second axis, or the first of 1-d arrays.
Array hstack(const std::vector<Array>& arrays);
/// Along the first axis of arrays that are made 2-d.
Array vstack(const std::vector<Array>& arrays);
/// Along the third axis of arrays that are made 3-d.
Array dstack(const std::vector<Array>& arrays);
/// 1-d arrays as the columns of a table; 2-d ones beside each other.
Array column_stack(const std::vector<Array>& arrays);
/// Rows of blocks: each row is joined along the last axis, the rows along the one before it.
Array block(const std::vector<std::vector<Array>>& rows);
/// Without an axis both are raveled.
Array append(const Array& x, const Array& values, std::optional<std::int64_t> axis = {});
/// Values before the positions, which are those of x; one position takes all values, several take
/// one each, and values broadcast. Without an axis x is raveled.
Array insert(const Array& x, const std::vector<std::int64_t>& positions, const Array& values,
             std::optional<std::int64_t> axis = {});
/// Without the elements at the positions. delete is a word of C++.
Array delete_(const Array& x, const std::vector<std::int64_t>& positions,
              std::optional<std::int64_t> axis = {});

/// Parts that begin at these indices, the first at 0.
std::vector<Array> split_at(const Array& x, const std::vector<std::int64_t>& begins,
                            std::int64_t axis = 0);
/// Equal parts. ValueError when the axis cannot be divided; array_split makes the first ones
/// longer.
std::vector<Array> split(const Array& x, std::int64_t parts, std::int64_t axis = 0);
std::vector<Array> array_split(const Array& x, std::int64_t parts, std::int64_t axis = 0);

/// The shape that all broadcast to together.
Shape broadcast_shapes(const std::vector<Shape>& shapes);

// ---- chunks -----------------------------------------------------------------------------------

/// The arrays with chunks that agree where they broadcast to each other.
std::vector<Array> unify_chunks(const std::vector<Array>& arrays);
/// Every block under a shape of its own, without a copy: block i of the result has the elements of
/// block i. chunks makes as many blocks, of as many elements each, in the same order (ValueError).
Array reshape_blockwise(const Array& x, const Chunks& chunks);

// ---- padding ----------------------------------------------------------------------------------

enum class PadMode {
  constant,
  edge,         ///< the nearest element
  reflect,      ///< mirrored at the last element
  symmetric,    ///< mirrored behind it
  wrap,         ///< from the other end
  linear_ramp,  ///< from the edge down to end_value
  maximum,
  minimum,
  mean,
  empty,  ///< zeros
};
struct PadOptions {
  Scalar constant_value = 0;
  Scalar end_value = 0;
  std::optional<std::int64_t> stat_length = {};  ///< of maximum, minimum, mean; none: all
};
/// How many elements before and after, for every axis; one pair is for all of them.
using PadWidths = std::vector<std::pair<std::int64_t, std::int64_t>>;
/// The padding is chunks of its own. ValueError for negative widths, and for modes that need
/// elements along an axis without any.
Array pad(const Array& x, const PadWidths& widths, PadMode mode = PadMode::constant,
          const PadOptions& options = {});

}  // namespace tartan
