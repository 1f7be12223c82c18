#include <fmt/format.h>
#include <limits>
#include <tartan/array/dtypes.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

template <class T>
FloatInfo float_info(DType dtype) {
  using L = std::numeric_limits<T>;
  return {static_cast<int>(8 * sizeof(T)), L::epsilon(), L::max(), L::lowest(), L::min(), dtype};
}

}  // namespace

DType result_type(const std::vector<DType>& dtypes) {
  if (dtypes.empty()) throw ValueError("result_type: no dtypes; give at least one");
  DType result = dtypes.front();
  for (const auto dtype : dtypes) result = result_type(result, dtype);
  return result;
}

FloatInfo finfo(DType dtype) {
  if (!is_floating(dtype) && !is_complex(dtype)) {
    throw TypeError(
        fmt::format("finfo: {} is no floating dtype; iinfo tells about integers", name(dtype)));
  }
  const auto real = real_of(dtype);
  return real == DType::float32 ? float_info<float>(real) : float_info<double>(real);
}

IntegerInfo iinfo(DType dtype) {
  if (!is_integer(dtype)) {
    throw TypeError(
        fmt::format("iinfo: {} is no integer dtype; finfo tells about floating ones", name(dtype)));
  }
  const auto bits = static_cast<int>(8 * itemsize(dtype));
  const bool with_sign = is_signed_integer(dtype);
  const auto max = std::numeric_limits<std::uint64_t>::max() >> (64 - bits + (with_sign ? 1 : 0));
  return {bits, max, with_sign ? -static_cast<std::int64_t>(max) - 1 : 0, dtype};
}

bool isdtype(DType dtype, std::string_view kind) {
  if (kind == "bool") return is_boolean(dtype);
  if (kind == "signed integer") return is_signed_integer(dtype);
  if (kind == "unsigned integer") return is_unsigned_integer(dtype);
  if (kind == "integral") return is_integer(dtype);
  if (kind == "real floating") return is_floating(dtype);
  if (kind == "complex floating") return is_complex(dtype);
  if (kind == "numeric") return !is_boolean(dtype);
  if (const auto other = parse_dtype(kind)) return dtype == *other;
  throw ValueError(
      fmt::format("isdtype: \"{}\" is no kind of dtypes; use bool, signed integer, "
                  "unsigned integer, integral, real floating, complex floating or "
                  "numeric",
                  kind));
}

}  // namespace tartan
