#pragma once

// Elements as unsigned integers that compare as NumPy orders the elements, so that one radix sort,
// one selection and one binary search serve every dtype.
//
// image() is a bijection but for the payloads of NaNs: NaN comes last, -0.0 before 0.0. A complex
// number is ordered by its real part, then its imaginary part; numbers whose imaginary part is NaN
// come after those without any NaN, then those whose real part is NaN, then NaN in both.
// equal_image() takes numbers that compare equal to equal integers: -0.0 counts as 0.0.

#include <array/kernels/dispatch.hpp>
#include <bit>
#include <complex>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace tartan::array {

__extension__ typedef unsigned __int128 Bits128;

template <class T>
struct Image {
  static_assert(std::is_integral_v<T>);
  using Bits = std::conditional_t<
      sizeof(T) == 1, std::uint8_t,
      std::conditional_t<sizeof(T) == 2, std::uint16_t,
                         std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
  static constexpr Bits kFlip =
      std::is_signed_v<T> ? Bits(Bits{1} << (8 * sizeof(T) - 1)) : Bits{0};

  static Bits of(T x) { return static_cast<Bits>(static_cast<Bits>(x) ^ kFlip); }
  static T back(Bits bits) { return static_cast<T>(static_cast<Bits>(bits ^ kFlip)); }
};

template <std::floating_point T>
struct Image<T> {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr int kTop = 8 * sizeof(T) - 1;
  static constexpr Bits kSign = Bits{1} << kTop;
  static constexpr Bits kNan = ~Bits{0};
  /// Between infinity and NaN: the image of no number.
  static constexpr Bits kBeforeNan = kNan - 1;

  // Positive numbers get the sign bit, negative ones are inverted; without branches, as signs are
  // hard to guess.
  static Bits of(T x) {
    const auto bits = std::bit_cast<Bits>(x);
    const auto flip = (Bits{0} - (bits >> kTop)) | kSign;
    return x == x ? bits ^ flip : kNan;
  }
  /// The image of NaN comes back as a NaN without a sign.
  static T back(Bits bits) { return std::bit_cast<T>(bits ^ (((bits >> kTop) - 1) | kSign)); }
};

template <class T>
struct Image<std::complex<T>> {
  using Part = Image<T>;
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint64_t, Bits128>;
  static constexpr int kShift = 8 * sizeof(T);

  static Bits of(std::complex<T> x) {
    const auto real = Part::of(x.real());
    const auto imaginary = Part::of(x.imag());
    if (imaginary == Part::kNan && real != Part::kNan) return join(Part::kBeforeNan, real);
    return join(real, imaginary);
  }
  static std::complex<T> back(Bits bits) {
    const auto high = static_cast<typename Part::Bits>(bits >> kShift);
    const auto low = static_cast<typename Part::Bits>(bits);
    if (high == Part::kBeforeNan) return {Part::back(low), Part::back(Part::kNan)};
    return {Part::back(high), Part::back(low)};
  }

 private:
  static Bits join(typename Part::Bits high, typename Part::Bits low) {
    return static_cast<Bits>(high) << kShift | low;
  }
};

template <class T>
using BitsOf = typename Image<T>::Bits;

template <class T>
BitsOf<T> image(T x) {
  return Image<T>::of(x);
}

template <class T>
BitsOf<T> equal_image(T x) {
  if constexpr (std::is_integral_v<T>) {
    return image(x);
  } else if constexpr (std::is_floating_point_v<T>) {
    return image(x + T{0});
  } else {
    using Part = typename T::value_type;
    return image(T(x.real() + Part{0}, x.imag() + Part{0}));
  }
}

template <class T>
bool is_nan(T x) {
  if constexpr (std::is_integral_v<T>) {
    return false;
  } else {
    return !(x == x);
  }
}

}  // namespace tartan::array
