#pragma once

// How a Fourier transform of one length is done:
//  - short lengths in steps (fft_stages.hpp), as many lines side by side as there are;
//  - long ones line by line, as a matrix whose columns and then rows are short ones (Bailey's four
//    steps), so that memory is passed over twice and the columns are the lines side by side;
//  - lengths with a large prime factor as a convolution (Bluestein, 1970).
// Plans are immutable, and kept for the next transform of the length.

#include <array/kernels/fft_stages.hpp>
#include <cstdint>
#include <memory>
#include <vector>

namespace tartan::array {

/// Numbers as real and imaginary parts, and their tables: exp(-2 pi i k / n).
template <class T>
struct SplitVector {
  std::vector<T> re;
  std::vector<T> im;

  SplitVector() = default;
  explicit SplitVector(std::size_t size) : re(size), im(size) {}
  Split<T> split() { return {re.data(), im.data()}; }
  Split<const T> split() const { return {re.data(), im.data()}; }
};

/// exp(-2 pi i k / n) for k from 0 to count - 1, each the nearest T but for rare last places.
template <class T>
SplitVector<T> unit_roots(std::size_t n, std::size_t count);

/// A length in steps, for any number of lanes.
template <class T>
class FftSteps {
 public:
  /// All prime factors are at most kLargestRadix.
  explicit FftSteps(std::size_t length);
  std::size_t length() const { return length_; }
  std::size_t bytes() const;
  /// The transform is in x or in y; which one is returned.
  Split<T> run(Split<T> x, Split<T> y, std::size_t lanes) const;

 private:
  struct Tables {
    std::size_t radix;
    std::size_t rest;
    SplitVector<T> twiddles;
    SplitVector<T> roots;
  };
  std::size_t length_;
  std::vector<Tables> steps_;
};

template <class T>
class FftPlan {
 public:
  explicit FftPlan(std::size_t length);
  std::size_t length() const { return length_; }
  /// How many lines run() should be given; more than one only when `steps`.
  std::size_t lanes() const { return lanes_; }
  static std::size_t lanes_for(std::size_t length);
  /// Numbers T that run() needs as working memory for that many lines.
  std::size_t work_size(std::size_t lanes) const;
  /// Transforms x in place: element j of line q is at [j * lanes + q].
  void run(Split<T> x, std::size_t lanes, T* work) const;
  /// Of the tables.
  std::size_t bytes() const;

 private:
  void run_matrix(Split<T> x, T* work) const;
  void run_convolution(Split<T> x, std::size_t lanes, T* work) const;

  std::size_t length_;
  std::size_t lanes_;
  std::unique_ptr<FftSteps<T>> columns_;  ///< or all of it, when rows_ is empty
  std::unique_ptr<FftSteps<T>> rows_;
  SplitVector<T> twiddles_;  ///< of the matrix: column j, row k at [j * columns_->length() + k]
  std::unique_ptr<FftPlan<T>> convolution_;
  SplitVector<T> chirp_;     ///< exp(-pi i k^2 / n)
  SplitVector<T> spectrum_;  ///< of the chirp's conjugate, over the convolution's length
};

/// Numbers between the start of two arrays that are worked on together: powers of two would put
/// them on the same lines of a cache.
constexpr std::size_t padded(std::size_t count) { return count + 128; }

/// Whether Bluestein's algorithm is taken: some prime factor has no step.
bool is_convolution(std::size_t length);
/// The smallest product of 2, 3 and 5 that is at least `length`.
std::size_t smooth_length(std::size_t length);

/// The plan of a length, and the table of its roots up to the half of it; from a cache that any
/// thread may ask.
template <class T>
std::shared_ptr<const FftPlan<T>> fft_plan(std::size_t length);
template <class T>
std::shared_ptr<const SplitVector<T>> half_roots(std::size_t length);

}  // namespace tartan::array
