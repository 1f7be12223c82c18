#pragma once

// Products of two arrays over named axes, block by block: what tensordot and einsum come down to.

#include <tartan/array/array.hpp>
#include <utility>
#include <vector>

namespace tartan::array {

/// Axis of a, axis of b.
using AxisPairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// Axes (those paired in batch..., the others of a..., the others of b...): products of the
/// elements that agree along batch, summed along summed. Pairs have equal lengths, which the caller
/// has checked. The dtype is the one both promote to; products of bools are logical.
Array contract(const Array& a, const Array& b, const AxisPairs& batch, const AxisPairs& summed);

using AxisSizes = std::vector<std::int64_t>;
/// Cuts the longest chunks of these axes in halves until a block over all of them is at most a few
/// times kDefaultChunkBytes.
void limit_block(const std::vector<AxisSizes*>& axes, double bytes_per_element);

}  // namespace tartan::array
