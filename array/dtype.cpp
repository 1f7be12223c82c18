#include <array>
#include <fmt/format.h>
#include <tartan/array/dtype.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

constexpr std::array<std::string_view, kDTypeCount> kNames = {
    "bool",   "int8",   "int16",   "int32",   "int64",     "uint8",     "uint16",
    "uint32", "uint64", "float32", "float64", "complex64", "complex128"};

DType signed_of_size(std::size_t bytes) {
  switch (bytes) {
    case 1:
      return DType::int8;
    case 2:
      return DType::int16;
    case 4:
      return DType::int32;
    default:
      return DType::int64;
  }
}

DType integer_result(DType a, DType b) {
  if (is_signed_integer(a) == is_signed_integer(b)) return itemsize(a) >= itemsize(b) ? a : b;
  const DType with_sign = is_signed_integer(a) ? a : b;
  const DType without = is_signed_integer(a) ? b : a;
  if (itemsize(with_sign) > itemsize(without)) return with_sign;
  if (without == DType::uint64) {
    throw TypeError(
        fmt::format("{} and {} have no common integer type; cast one of them with astype first",
                    name(a), name(b)));
  }
  return signed_of_size(2 * itemsize(without));
}

/// float32 holds every value of the integers up to 16 bits, float64 (nearly) those of the others.
DType float_for_integer(DType integer) {
  return itemsize(integer) <= 2 ? DType::float32 : DType::float64;
}

bool fits(const Scalar& scalar, DType dtype) {
  return std::visit(
      [dtype](auto value) {
        using T = decltype(value);
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t>) {
          switch (dtype) {
            case DType::int8:
              return std::in_range<std::int8_t>(value);
            case DType::int16:
              return std::in_range<std::int16_t>(value);
            case DType::int32:
              return std::in_range<std::int32_t>(value);
            case DType::int64:
              return std::in_range<std::int64_t>(value);
            case DType::uint8:
              return std::in_range<std::uint8_t>(value);
            case DType::uint16:
              return std::in_range<std::uint16_t>(value);
            case DType::uint32:
              return std::in_range<std::uint32_t>(value);
            case DType::uint64:
              return std::in_range<std::uint64_t>(value);
            default:
              return true;
          }
        } else {
          return true;
        }
      },
      scalar.variant());
}

}  // namespace

std::string_view name(DType dtype) { return kNames[static_cast<std::size_t>(dtype)]; }

std::optional<DType> parse_dtype(std::string_view text) {
  for (std::size_t i = 0; i < kDTypeCount; ++i) {
    if (kNames[i] == text) return static_cast<DType>(i);
  }
  return std::nullopt;
}

DType real_of(DType dtype) {
  if (dtype == DType::complex64) return DType::float32;
  if (dtype == DType::complex128) return DType::float64;
  return dtype;
}

DType complex_of(DType dtype) {
  if (is_complex(dtype)) return dtype;
  return dtype == DType::float32 ? DType::complex64 : DType::complex128;
}

DType result_type(DType a, DType b) {
  if (a == b || is_boolean(b)) return a;
  if (is_boolean(a)) return b;
  if (is_integer(a) && is_integer(b)) return integer_result(a, b);
  const DType float_a = is_integer(a) ? float_for_integer(a) : real_of(a);
  const DType float_b = is_integer(b) ? float_for_integer(b) : real_of(b);
  const bool wide = float_a == DType::float64 || float_b == DType::float64;
  const DType real = wide ? DType::float64 : DType::float32;
  return is_complex(a) || is_complex(b) ? complex_of(real) : real;
}

DType result_type(DType dtype, const Scalar& scalar) {
  if (scalar.is_boolean()) return dtype;
  if (scalar.is_integer()) {
    if (is_boolean(dtype)) return default_dtype(scalar);
    if (!fits(scalar, dtype)) {
      throw ValueError(fmt::format("{} does not fit {}; cast the array with astype first",
                                   scalar.to_string(), name(dtype)));
    }
    return dtype;
  }
  if (scalar.is_floating()) {
    return is_boolean(dtype) || is_integer(dtype) ? DType::float64 : dtype;
  }
  return complex_of(dtype);
}

DType default_dtype(const Scalar& scalar) {
  if (scalar.is_boolean()) return DType::boolean;
  if (scalar.is_floating()) return DType::float64;
  if (scalar.is_complex()) return DType::complex128;
  return fits(scalar, DType::int64) ? DType::int64 : DType::uint64;
}

bool can_cast(DType from, DType to) {
  const bool no_common = (from == DType::uint64 && is_signed_integer(to)) ||
                         (to == DType::uint64 && is_signed_integer(from));
  return !no_common && result_type(from, to) == to;
}

std::string Scalar::to_string() const {
  return std::visit(
      [](auto value) {
        if constexpr (detail::IsStdComplex<decltype(value)>::value) {
          return fmt::format("({}{:+}j)", value.real(), value.imag());
        } else {
          return fmt::format("{}", value);
        }
      },
      value_);
}

}  // namespace tartan
