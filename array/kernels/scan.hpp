#pragma once

// Scans along one axis: running sums, products, minima and maxima. A chunk is scanned by itself,
// then its part of the line before it (the start) is combined with every element.
//
// Invariants
// 1. The last element of a chunk's scan is combine(start, total) to the bit, and that is the start
//    of the next chunk: running sums of numbers that are not negative never go down, also where
//    chunks meet.
// 2. Sums and products of floating-point numbers accumulate in float64 (complex128), those of
//    integers wrap in 64 bits; minima and maxima hand on NaN.

#include <cstdint>
#include <string_view>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// The numbers travel on the wire: they never change meaning.
enum class ScanOp : std::uint8_t { sum, prod, min, max };
inline constexpr std::size_t kScanOpCount = 4;

/// cumulative_sum, cumulative_prod, minimum_accumulate, maximum_accumulate.
std::string_view name(ScanOp op);
/// sum and prod: int64 or uint64 of integers, int64 of bool, floating dtypes stay; min and max: the
/// element's own. Throws TypeError for min and max of complex numbers.
DType result_dtype(ScanOp op, DType element);
/// The dtype of totals and starts.
DType accumulator_dtype(ScanOp op, DType element);

/// All elements along the axis combined; its length becomes 1.
Chunk scan_total(ScanOp op, const Chunk& chunk, std::size_t axis);
/// The running combination, in result_dtype. start is what scan_total would give of the elements
/// before, or null when there are none.
Chunk scan(ScanOp op, const Chunk& chunk, std::size_t axis, const Chunk* start);

}  // namespace tartan::array
