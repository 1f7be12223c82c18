#pragma once

// Distinct elements and sets of them. Every block finds its own, which are merged in a tree:
// results are sorted (NaN last) and one block, whose length is known when it is computed. Memory
// follows the number of distinct elements.

#include <tartan/array/array.hpp>

namespace tartan {

// The functions of the Array API standard; every NaN is an element of its own.

Array unique_values(const Array& x);

struct UniqueCounts {
  Array values;
  Array counts;  ///< int64
};
UniqueCounts unique_counts(const Array& x);

struct UniqueInverse {
  Array values;
  Array inverse_indices;  ///< int64, x's shape: where in values each element is
};
UniqueInverse unique_inverse(const Array& x);

struct UniqueAll {
  Array values;
  Array indices;  ///< int64: where each value first is in x, in C order
  Array inverse_indices;
  Array counts;
};
UniqueAll unique_all(const Array& x);

struct UniqueOptions {
  bool equal_nan = true;  ///< all NaNs are one
};
/// NumPy's unique: the distinct elements.
Array unique(const Array& x, const UniqueOptions& options = {});
/// The distinct elements of both.
Array union1d(const Array& x, const Array& y);
/// Those of x that y has too; NaN is in nothing. Their dtype is promoted.
Array intersect1d(const Array& x, const Array& y);
/// Those of x that y has not.
Array setdiff1d(const Array& x, const Array& y);
/// Those that one of both has and the other has not; NaN is in none, and comes once. Their dtype is
/// promoted.
Array setxor1d(const Array& x, const Array& y);

}  // namespace tartan
