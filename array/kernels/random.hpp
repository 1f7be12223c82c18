#pragma once

// Random chunks from Philox 4x32-10 (Salmon et al., SC 2011) indexed by the element's flat index
// in the whole array: same seed and stream, same array, whatever the chunks. The key is the
// seed, the counter (stream, block); one block gives two 64-bit numbers or four 32-bit ones, so
// element i uses block i / 2 (i / 4 for float32).
//
// uniform: 53 (24) random bits. normal: Box-Muller, elements 2j and 2j + 1 share a pair.
// integers: multiply-shift of 64 random bits; bias below range / 2^64.

#include <cstdint>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

struct RandomPlace {
  Shape global_shape;
  Shape offset;  ///< of the chunk
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
};

/// In [low, high); dtype float32 or float64.
Chunk random_uniform(const RandomPlace& place, const Shape& shape, double low, double high,
                     DType dtype);
/// dtype float32 or float64.
Chunk random_normal(const RandomPlace& place, const Shape& shape, double loc, double scale,
                    DType dtype);
/// In [low, high), cast to an integer dtype that holds both. Throws ValueError if low >= high.
Chunk random_integers(const RandomPlace& place, const Shape& shape, std::int64_t low,
                      std::int64_t high, DType dtype);

}  // namespace tartan::array
