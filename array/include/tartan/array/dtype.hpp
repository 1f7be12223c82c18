#pragma once

// Element types of arrays at run time: the thirteen of the Python Array API standard, with its
// promotion rules. Where the standard leaves a mix undefined, NumPy's answer is taken, except
// int64 with uint64, which NumPy silently turns into float64 and which is an error here.
//
// Memory layout: bool is one byte, 0 or 1; complex is (real, imaginary) as in std::complex.
// The numbers of the enum travel on the wire: they never change meaning.

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tartan/array/scalar.hpp>
#include <type_traits>

namespace tartan {

enum class DType : std::uint8_t {
  boolean = 0,
  int8 = 1,
  int16 = 2,
  int32 = 3,
  int64 = 4,
  uint8 = 5,
  uint16 = 6,
  uint32 = 7,
  uint64 = 8,
  float32 = 9,
  float64 = 10,
  complex64 = 11,
  complex128 = 12,
};
inline constexpr std::size_t kDTypeCount = 13;

/// "bool", "int8", ..., "complex128".
std::string_view name(DType dtype);
/// The dtype with that name, if there is one.
std::optional<DType> parse_dtype(std::string_view name);
/// Whether the number is one of the enum's; decoders ask before they cast.
constexpr bool is_dtype(std::uint8_t number) { return number < kDTypeCount; }

constexpr std::size_t itemsize(DType dtype) {
  constexpr std::uint8_t kSizes[kDTypeCount] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16};
  return kSizes[static_cast<std::size_t>(dtype)];
}

constexpr bool is_boolean(DType dtype) { return dtype == DType::boolean; }
constexpr bool is_signed_integer(DType dtype) {
  return dtype >= DType::int8 && dtype <= DType::int64;
}
constexpr bool is_unsigned_integer(DType dtype) {
  return dtype >= DType::uint8 && dtype <= DType::uint64;
}
constexpr bool is_integer(DType dtype) { return dtype >= DType::int8 && dtype <= DType::uint64; }
constexpr bool is_floating(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64;
}
constexpr bool is_complex(DType dtype) {
  return dtype == DType::complex64 || dtype == DType::complex128;
}
/// float32 of complex64, float64 of complex128, itself of any other.
DType real_of(DType dtype);
/// complex64 of float32, complex128 of every other real dtype, itself of a complex one.
DType complex_of(DType dtype);

/// The dtype of an operation on both. Throws TypeError for uint64 with a signed integer dtype.
DType result_type(DType a, DType b);
/// With a scalar of C++ source, which only decides the kind: float32 + 2.5 stays float32, but
/// int32 + 2.5 is float64. Throws ValueError when an integer scalar does not fit an integer dtype.
DType result_type(DType dtype, const Scalar& scalar);
/// The dtype a scalar has on its own: bool, int64 (uint64 beyond its range), float64, complex128.
DType default_dtype(const Scalar& scalar);
/// Whether every value kind of `from` has a place in `to` by the promotion rules.
bool can_cast(DType from, DType to);

namespace detail {
template <class T>
constexpr DType dtype_of_impl() {
  if constexpr (std::is_same_v<T, bool>) {
    return DType::boolean;
  } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
    constexpr int kLog = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<DType>((std::is_signed_v<T> ? 1 : 5) + kLog);
  } else if constexpr (std::is_same_v<T, float>) {
    return DType::float32;
  } else if constexpr (std::is_same_v<T, double>) {
    return DType::float64;
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    return DType::complex64;
  } else {
    static_assert(std::is_same_v<T, std::complex<double>>, "not an element type of arrays");
    return DType::complex128;
  }
}
}  // namespace detail

/// The dtype of a C++ element type.
template <class T>
inline constexpr DType dtype_of = detail::dtype_of_impl<std::remove_cv_t<T>>();

}  // namespace tartan
