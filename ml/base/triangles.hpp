#pragma once

// The triangle of a QR factorisation of all rows, in one pass (TSQR: Demmel, Grigori, Hoemmen,
// Langou 2012): what least squares and decompositions need to know of the data.

#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::ml::tasks {

/// R of x (rows x features, floating), in float64; the rows themselves while they are few. With
/// `ones` a first column of ones is before x: the first row of R is then the root of the number of
/// rows times [1, means] up to its sign, and what stands below is R of x less its means.
Chunk row_triangle(const Chunk& x, bool ones);
Chunk stack_triangles(const std::vector<Chunk>& triangles);

}  // namespace tartan::ml::tasks
