#pragma once

// Summaries of chunks of a size that does not depend on them, which can be put together: counts of
// numbers by their leading bits, for quantiles, and the registers of HyperLogLog, for how many
// elements are different. Neither depends on the order of the elements or on the chunks.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// How many leading bits tell floating-point numbers apart up to a relative error.
int sketch_bits(DType dtype, double error);
/// int64 (1, 2^bits + 1): how many elements of the floating-point chunk have images that begin with
/// each number; the last are the NaNs.
Chunk count_leading(const Chunk& chunk, int bits);
/// float64 (number of q): for each the middle of what the element number floor(q (n - 1)) of the
/// sorted ones may be. NaN of no elements, and of NaNs unless they are skipped.
Chunk sketched_quantiles(const Chunk& counts, DType dtype, std::span<const double> q,
                         bool skip_nan);

inline constexpr int kRegisterBits = 14;
/// uint8 (1, 2^kRegisterBits): per register, which the first bits of an element's hash say, the
/// most zeros at the begin of the other bits, and one more; 0 without elements. Elements that
/// compare equal have one hash, and so have all NaNs.
Chunk distinct_registers(const Chunk& chunk);
/// int64 (): the estimate of how many different elements made the registers.
Chunk estimate_distinct(const Chunk& registers);

}  // namespace tartan::array
