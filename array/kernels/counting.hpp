#pragma once

// Counts of elements by value or by range: bincount and histograms.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// The sum of chunks of one shape, all int64 or all float64, in their order.
Chunk add_chunks(std::span<const Chunk> chunks);

/// How often 0, 1, ..., bins - 1 occur (int64), or the sums of the weights there (float64). Throws
/// ValueError for another element.
Chunk bincount(const Chunk& chunk, const Chunk* weights, std::int64_t bins);

/// The edges of `bins` ranges of one width from low to high, as NumPy's linspace rounds them,
/// computed in the dtype `precision` and given in `dtype`.
Chunk uniform_edges(double low, double high, std::int64_t bins, DType precision, DType dtype);
/// How many points lie in each box (int64), or the sum of their weights (float64); coordinate
/// number d of the points is samples[d], its edges (ascending) are edges[d]. Ranges contain their
/// lower edge, the last one its upper edge too. uniform[d] is not 0 when all ranges have about one
/// width. Throws ValueError when edges descend.
Chunk histogram(std::span<const Chunk> samples, std::span<const Chunk> edges,
                std::span<const std::int64_t> uniform, const Chunk* weights);

}  // namespace tartan::array
