#pragma once

// Discrete Fourier transforms, with numpy.fft's names and definitions. float32 and complex64 are
// transformed in their own precision, everything else in float64.
//
// An axis that is transformed becomes one chunk; the others are cut so that chunks do not grow
// where that is possible. A single long line is therefore transformed by one task, which needs its
// memory. Transforms over several axes go axis by axis, the last one first.

#include <tartan/array/array.hpp>
#include <tartan/array/reductions.hpp>

namespace tartan::fft {

/// Which direction is divided by the number of points n: the inverse one, both by sqrt(n), or the
/// forward one.
enum class Norm { backward, ortho, forward };

struct LineOptions {
  /// Points along the axis, which is cut or padded with zeros; none: as many as there are. Of irfft
  /// and hfft the points of the result; none: 2 (m - 1) of m.
  std::optional<std::int64_t> n = {};
  std::int64_t axis = -1;
  Norm norm = Norm::backward;
};

struct BoxOptions {
  std::optional<Shape> s = {};                         ///< points along every axis, as `n` above
  std::optional<std::vector<std::int64_t>> axes = {};  ///< none: the last ones of s, or all
  Norm norm = Norm::backward;
};

// ValueError for fewer than one point and axes that are not there; TypeError for complex input
// where real numbers are wanted.

/// Complex of the same shape, but for `n`.
Array fft(const Array& x, const LineOptions& options = {});
Array ifft(const Array& x, const LineOptions& options = {});
/// Of real numbers: the first n / 2 + 1 points, the others being their conjugates.
Array rfft(const Array& x, const LineOptions& options = {});
/// Back from those: n real numbers.
Array irfft(const Array& x, const LineOptions& options = {});
/// Of n / 2 + 1 points whose conjugates are the others: real numbers.
Array hfft(const Array& x, const LineOptions& options = {});
Array ihfft(const Array& x, const LineOptions& options = {});

/// An axis that is named twice is transformed twice.
Array fftn(const Array& x, const BoxOptions& options = {});
Array ifftn(const Array& x, const BoxOptions& options = {});
/// rfft along the last of the axes, then fft along the others.
Array rfftn(const Array& x, const BoxOptions& options = {});
Array irfftn(const Array& x, const BoxOptions& options = {});

/// The same over the last two axes, unless two others are given (ValueError).
Array fft2(const Array& x, const BoxOptions& options = {});
Array ifft2(const Array& x, const BoxOptions& options = {});
Array rfft2(const Array& x, const BoxOptions& options = {});
Array irfft2(const Array& x, const BoxOptions& options = {});

struct FrequencyOptions {
  double d = 1;  ///< the distance of the samples
  DType dtype = DType::float64;
  ChunkSpec chunks = {};
};
/// The frequencies of the n points of fft(): 0, 1, ..., then the negative ones, over n d.
Array fftfreq(std::int64_t n, const FrequencyOptions& options = {});
/// Those of rfft(): 0 to n / 2, over n d.
Array rfftfreq(std::int64_t n, const FrequencyOptions& options = {});
/// The frequency 0 in the middle of the axes.
Array fftshift(const Array& x, const Axes& axes = {});
/// Back again.
Array ifftshift(const Array& x, const Axes& axes = {});

}  // namespace tartan::fft
