#pragma once

// Matrices for cases of linear algebra: without NaNs, and as well conditioned as a case needs.

#include "cases.hpp"

namespace tartan::oracle {

inline const std::vector<DType> kInexact = {float32, float64, complex64, complex128};
inline const std::vector<DType> kAnyInput = {int32,   uint8,     float32,   float64,
                                             float64, complex64, complex128};

/// Elements of -3 to 3, integers too.
Term plain_input(Recorder& recorder, Random& random, const Shape& shape, DType dtype);
/// The input as linear algebra takes it: integers as float64.
std::string inexact_text(const Term& x);

/// One matrix, or now and then a stack of them.
Shape any_shape(Random& random, std::int64_t least = 0);
Shape square_shape(Random& random, std::int64_t most);

/// Any elements; now and then of low rank.
Term matrix(Recorder& recorder, Random& random, const Shape& shape);
Term low_rank(Recorder& recorder, Random& random, const Shape& shape, std::int64_t rank,
              DType dtype);
/// Full rank, or of a rank that is far from any other: singular values are either large or zero.
Term separated(Recorder& recorder, Random& random);
/// Diagonally dominant square matrices, their rows shuffled; with a side one that is not.
Term dominant(Recorder& recorder, Random& random, Shape shape, std::int64_t side = -1);
/// Hermitian positive definite ones.
Term definite(Recorder& recorder, Random& random, const Shape& shape);

}  // namespace tartan::oracle
