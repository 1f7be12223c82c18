#pragma once

// Random chunks from Philox 4x32-10 (Salmon et al., SC 2011) indexed by the element's flat index
// in the whole array: same seed and stream, same array, whatever the chunks. The key is the
// seed, the counter (stream, block); one block gives two 64-bit numbers or four 32-bit ones, so
// element i uses block i / 2 (i / 4 for float32).
//
// uniform: 53 (24) random bits. normal: Box-Muller, elements 2j and 2j + 1 share a pair.
// integers: multiply-shift of 64 random bits; bias below range / 2^64.
//
// The other distributions take as many numbers as they need: those of element i are the blocks
// (i, stream + 2^32 t) for t = 0, 1, ..., so that no element takes another's.

#include <cstdint>
#include <span>
#include <string_view>
#include <tartan/array/chunk.hpp>
#include <tartan/array/scalar.hpp>

namespace tartan::array {

/// With their parameters. The numbers travel on the wire and choose the stream: they do not change.
enum class Distribution : std::uint8_t {
  uniform = 0,               ///< low, high
  normal = 1,                ///< mean, standard deviation
  integers = 2,              ///< low, high
  gamma = 3,                 ///< shape
  beta = 4,                  ///< a, b
  noncentral_chisquare = 5,  ///< degrees of freedom, noncentrality
  vonmises = 6,              ///< mode, concentration
  poisson = 7,               ///< mean
  binomial = 8,              ///< trials, probability
  negative_binomial = 9,     ///< successes, probability
  hypergeometric = 10,       ///< good, bad, taken
  logseries = 11,            ///< p
  zipf = 12,                 ///< a
  multinomial = 13,          ///< trials, then probabilities; the last axis is the categories
  weighted = 14,             ///< sums of the weights of 0, 0..1, 0..2, ...
  permutation = 15,          ///< how many are permuted; element i is the place that i goes to
  multivariate_hypergeometric = 16,  ///< taken, then how many there are; the last axis as above
};

std::string_view name(Distribution distribution);

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

/// Any distribution. Throws ValueError when there are too few parameters or they are wrong.
Chunk random_chunk(Distribution distribution, const RandomPlace& place, const Shape& shape,
                   std::span<const Scalar> parameters, DType dtype);

}  // namespace tartan::array
