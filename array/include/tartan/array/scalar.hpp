#pragma once

// A single number whose type is known at run time: fill values, the 2 in `x * 2`, bounds of clip.
// In arithmetic with an array it is weak: it takes the array's dtype when its kind allows.

#include <complex>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

namespace tartan {

class Scalar {
 public:
  using Variant = std::variant<bool, std::int64_t, std::uint64_t, double, std::complex<double>>;

  Scalar() : value_(std::int64_t{0}) {}
  Scalar(bool value) : value_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Scalar(T value) {
    if constexpr (std::is_signed_v<T>) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<std::uint64_t>(value);
    }
  }
  template <std::floating_point T>
  Scalar(T value) : value_(static_cast<double>(value)) {}
  template <std::floating_point T>
  Scalar(std::complex<T> value) : value_(std::complex<double>(value)) {}

  const Variant& variant() const { return value_; }
  bool is_boolean() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const {
    return std::holds_alternative<std::int64_t>(value_) ||
           std::holds_alternative<std::uint64_t>(value_);
  }
  bool is_floating() const { return std::holds_alternative<double>(value_); }
  bool is_complex() const { return std::holds_alternative<std::complex<double>>(value_); }

  /// The number as T, an element type. Integers wrap, complex numbers lose their imaginary part,
  /// floating-point numbers outside an integer type's range become its lowest value.
  template <class T>
  T as() const;

  /// As a program would write it: "true", "3", "2.5", "(1+2j)".
  std::string to_string() const;

  friend bool operator==(const Scalar&, const Scalar&) = default;

 private:
  Variant value_;
};

namespace detail {
template <class T>
struct IsStdComplex : std::false_type {};
template <class T>
struct IsStdComplex<std::complex<T>> : std::true_type {};

/// A conversion that is defined for every value, unlike a plain cast from a floating-point number.
template <class To, class From>
constexpr To convert_number(From from) {
  if constexpr (IsStdComplex<From>::value) {
    if constexpr (IsStdComplex<To>::value) {
      using Part = typename To::value_type;
      return To(static_cast<Part>(from.real()), static_cast<Part>(from.imag()));
    } else if constexpr (std::is_same_v<To, bool>) {
      return from.real() != 0 || from.imag() != 0;
    } else {
      return convert_number<To>(from.real());
    }
  } else if constexpr (IsStdComplex<To>::value) {
    return To(static_cast<typename To::value_type>(from), 0);
  } else if constexpr (std::is_same_v<To, bool>) {
    return from != 0;
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    constexpr From kTwo63 = static_cast<From>(9223372036854775808.0);
    const bool fits = from >= -kTwo63 && from < kTwo63;
    if constexpr (std::is_same_v<To, std::uint64_t>) {
      if (from >= kTwo63 && from < 2 * kTwo63) {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(from - kTwo63)) + (1ULL << 63);
      }
    }
    return static_cast<To>(fits ? static_cast<std::int64_t>(from) : INT64_MIN);
  } else {
    return static_cast<To>(from);
  }
}
}  // namespace detail

template <class T>
T Scalar::as() const {
  return std::visit([](auto value) { return detail::convert_number<T>(value); }, value_);
}

}  // namespace tartan
