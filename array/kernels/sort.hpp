#pragma once

// Sorting a chunk along one axis, and the steps of a sort over many chunks. Elements are ordered as
// order_image.hpp says; a descending order is the reverse of it, with equal elements still in the
// order they came. sort() may exchange numbers that compare equal only where they are real zeros
// of different signs: -0.0 comes before 0.0.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

Chunk sort(const Chunk& chunk, std::size_t axis, bool descending);
/// int64: where along the axis the elements of the sorted chunk are.
Chunk argsort(const Chunk& chunk, std::size_t axis, bool descending);
/// A bound of the temporary memory of both, for one sorted row of n elements.
std::int64_t sort_scratch(DType dtype, std::int64_t n);

/// A sorted part of a 1-d array: the values and, when an argsort is wanted, the positions (int64)
/// in the whole array.
using Run = std::vector<Chunk>;

/// The 1-d chunk sorted; offset is the position of its first element.
Run sort_run(const Chunk& chunk, std::int64_t offset, bool descending, bool with_positions);
/// The elements number step - 1, 2 * step - 1, ... of a run's values.
Chunk sample_run(const Chunk& values, std::int64_t step);

/// Elements of the sorted whole, as places: number `index` of run number `run`, which has `value`.
/// Values, runs (int64) and indices (int64).
using Splitters = std::vector<Chunk>;
/// Of the samples of all runs, those with the ranks (from 1) in the order of (value, run, index).
Splitters choose_splitters(std::span<const Chunk> samples, std::int64_t step,
                           std::span<const std::int64_t> ranks, bool descending,
                           bool with_positions);
/// Where the splitters cut run number `run`: how many of its elements are not after each (int64).
Chunk cut_run(const Chunk& values, std::int64_t run, const Splitters& splitters, bool descending,
              bool with_positions);
/// Elements begin..end of a run; shares its memory.
Run piece_of_run(const Run& run, std::int64_t begin, std::int64_t end);
/// Pieces of runs in their order, merged: the values, or the positions when they have
/// them.
Chunk merge_pieces(std::span<const Run> pieces, bool descending);

}  // namespace tartan::array
