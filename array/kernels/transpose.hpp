#pragma once

// Turning a matrix: the copy between two memories of which one is dense along rows and the other
// along columns.

#include <cstdint>

namespace tartan::array {

/// to[r * to_step + c] = from[c * from_step + r] for r < rows, c < columns. T is an unsigned integer of
/// 4 or 8 bytes. Matrices much larger than a cache are written past it.
template <class T>
void transpose_matrix(T* to, std::int64_t to_step, const T* from, std::int64_t from_step,
                      std::int64_t rows, std::int64_t columns);

}  // namespace tartan::array
