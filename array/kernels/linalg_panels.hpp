#pragma once

// Steps of LU and QR of a matrix that is cut into blocks of whole columns. A block of w columns and
// m rows is held as its transpose, a chunk of (w, m), which is the order LAPACK works in. A panel
// is the block a step factorises: what is on and below row `first`, the number of its first column.
// Also the steps of Cholesky on tiles, in C order.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::array {

/// {the panel with L (unit diagonal) and U in place, pivots}: row first + i was exchanged with row
/// pivots[i] (int64), in this order.
std::vector<Chunk> lu_panel(const Chunk& block, std::int64_t first);
/// A block to the right of a panel: its rows exchanged, U's rows solved for, the rest reduced.
Chunk lu_update(const Chunk& panel, const Chunk& pivots, const Chunk& block, std::int64_t first);
/// One step of back substitution: the unknowns of the panel's rows, and the rows above reduced.
/// Throws ValueError when the panel has a zero on its diagonal.
Chunk lu_back(const Chunk& panel, const Chunk& block, std::int64_t first);
/// The panel's part of L, with the exchanges of all later panels; later holds their pivots.
Chunk lu_lower(const Chunk& panel, std::span<const Chunk> later, std::int64_t first);
/// The first `rows` rows of a block on and above the diagonal; `column` is its first column.
Chunk upper_part(const Chunk& block, std::int64_t rows, std::int64_t column);
/// For m rows the row of the matrix that ends at each place (int64), by the pivots of all panels.
Chunk permutation_of(std::span<const Chunk> pivots, std::int64_t rows);
/// The panel's diagonal of U, the first negated when its exchanges are odd.
Chunk signed_diagonal(const Chunk& panel, const Chunk& pivots, std::int64_t first);
/// {sign, log of the absolute value} of the product of such diagonals.
std::vector<Chunk> log_product(std::span<const Chunk> diagonals, DType dtype);

/// {the panel with R above and Householder reflectors below, their factors}.
std::vector<Chunk> qr_panel(const Chunk& block, std::int64_t first);
/// Q or (adjoint) Q^H of a panel's reflectors times a block.
Chunk qr_apply(const Chunk& panel, const Chunk& factors, const Chunk& block, std::int64_t first,
               bool adjoint);

/// tile - a b, or tile - a b^H when adjoint.
Chunk subtract_product(const Chunk& tile, const Chunk& a, const Chunk& b, bool adjoint);
/// tile L^-H.
Chunk solve_right(const Chunk& lower, const Chunk& tile);

}  // namespace tartan::array
