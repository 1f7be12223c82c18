#pragma once

// The steps of a Stockham transform (Cochran et al., 1967): each takes one factor out of the length
// and leaves the order right, so there is no pass that permutes. Many lines are transformed side by
// side, element j of line q at [j * lanes + q]; real and imaginary parts are arrays of their own.
// Then every inner loop runs over neighbours in memory, whatever the length of the lines.

#include <cstddef>

namespace tartan::array {

/// Real and imaginary parts.
template <class T>
struct Split {
  T* re = nullptr;
  T* im = nullptr;
};

/// With n = radix * rest the length that is left: y[(radix p + k) s + q] becomes
/// w(n)^(pk) * sum over j of x[(p + j rest) s + q] w(radix)^(jk), where w(n) = exp(-2 pi i / n).
template <class T>
struct FftStage {
  std::size_t radix = 0;
  std::size_t rest = 0;
  Split<const T> twiddles;  ///< w(n)^(pk) at [p (radix - 1) + k - 1]
  Split<const T> roots;     ///< w(radix)^k; used by radices that have no code of their own
};

inline constexpr std::size_t kLargestRadix = 61;

/// The radix is at most kLargestRadix; x and y do not overlap. s is the product of the radices done
/// and the number of lanes.
template <class T>
void run_stage(const FftStage<T>& stage, Split<const T> x, Split<T> y, std::size_t s);

}  // namespace tartan::array
