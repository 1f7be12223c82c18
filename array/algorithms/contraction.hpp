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

}  // namespace tartan::array
