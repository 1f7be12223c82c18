#pragma once

// Discrete Fourier transforms along one axis of a chunk, of numbers in the precision they have:
// float32 and complex64 in float, all others in double. The length may be cut or padded with zeros.

#include <cstdint>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

enum class FftKind : std::uint8_t {
  complex,  ///< n points to n points
  real,     ///< n real points to the n / 2 + 1 points that decide the others; never inverse
  half,     ///< back from those to n real points; always inverse
};

struct FftLine {
  FftKind kind = FftKind::complex;
  std::size_t axis = 0;
  std::int64_t n = 0;    ///< at least 1
  bool inverse = false;  ///< exp(+2 pi i jk / n)
  double factor = 1;     ///< of every point of the result
};

/// The precision of the result: complex64 or complex128; of half float32 or float64.
DType fft_dtype(FftKind kind, DType dtype);
/// Elements along the axis of the result.
std::int64_t fft_length(FftKind kind, std::int64_t n);
/// Throws TypeError for real transforms of complex numbers.
Chunk fft(const Chunk& x, const FftLine& line);
/// A bound of its temporary memory, tables included, for a chunk of so many elements.
std::int64_t fft_scratch_bytes(std::int64_t elements, DType dtype, const FftLine& line);

}  // namespace tartan::array
