#include <array/algorithms/gather.hpp>
#include <array/expr/build.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numbers>
#include <tartan/array/creation.hpp>
#include <tartan/array/elementwise.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

using array::Operation;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

DType floating(DType dtype) {
  return is_floating(dtype) || is_complex(dtype) ? dtype : DType::float64;
}

/// The operands as arrays, numbers in the dtype they take beside the other.
std::pair<Array, Array> arrays_of(const Operand& x, const Operand& y) {
  const auto beside = [](const Operand& operand) {
    return operand.is_array() ? operand.array().dtype() : default_dtype(operand.scalar());
  };
  const auto one = [&beside](const Operand& operand, const Operand& other) {
    if (operand.is_array()) return operand.array();
    const auto dtype = result_type(beside(other), operand.scalar());
    return Array(array::constant_node(operand.scalar(), dtype));
  };
  static_cast<void>(beside(x));
  return {one(x, y), one(y, x)};
}

Array apply(Operation operation, std::vector<array::NodePtr> nodes) {
  return Array(array::elementwise_node(operation, std::move(nodes)));
}

void refuse_complex(const char* who, DType dtype) {
  if (!is_complex(dtype)) return;
  throw TypeError(fmt::format("{} is not defined for {}; give real numbers", who, name(dtype)));
}

void check_integers(const char* who, const char* what, DType dtype) {
  if (is_integer(dtype)) return;
  throw TypeError(
      fmt::format("{}: {} is {}; cast it to an integer dtype with astype", who, what, name(dtype)));
}

double largest(DType dtype) {
  return real_of(dtype) == DType::float32 ? static_cast<double>(std::numeric_limits<float>::max())
                                          : std::numeric_limits<double>::max();
}

}  // namespace

Array fabs(const Array& x) {
  refuse_complex("fabs", x.dtype());
  return abs(x.astype(floating(x.dtype())));
}
Array rint(const Array& x) { return round(x.astype(floating(x.dtype()))); }
Array around(const Array& x, int decimals) {
  const auto dtype = x.dtype();
  const bool whole = is_integer(dtype) || is_boolean(dtype);
  const double scale = std::pow(10.0, std::abs(decimals));
  if (whole && decimals >= 0) return x;
  const auto scaled = decimals >= 0 ? x * scale : x / scale;
  return (decimals >= 0 ? round(scaled) / scale : round(scaled) * scale).astype(dtype);
}
Array fix(const Array& x) { return trunc(x); }
Array exp2(const Array& x) { return pow(2.0, x); }
Array cbrt(const Array& x) {
  static_cast<void>(x.dtype());
  return apply(Operation::cbrt, {x.node()});
}
Array i0(const Array& x) {
  static_cast<void>(x.dtype());
  return apply(Operation::i0, {x.node()});
}
Array sinc(const Array& x) {
  const auto scaled = std::numbers::pi * where(x == 0, 1e-20, x.astype(floating(x.dtype())));
  return sin(scaled) / scaled;
}
Array spacing(const Array& x) {
  refuse_complex("spacing", x.dtype());
  const auto value = x.astype(floating(x.dtype()));
  return nextafter(value, copysign(kInfinity, value)) - value;
}
Array degrees(const Array& x) {
  refuse_complex("degrees", x.dtype());
  return x * (180 / std::numbers::pi);
}
Array radians(const Array& x) {
  refuse_complex("radians", x.dtype());
  return x * (std::numbers::pi / 180);
}
Array angle(const Array& x, bool in_degrees) {
  const auto radians = is_complex(x.dtype()) ? atan2(imag(x), real(x)) : atan2(zeros_like(x), x);
  return in_degrees ? degrees(radians) : radians;
}
Array notnull(const Array& x) { return !isnan(x); }
Array isneginf(const Array& x) { return isinf(x) & signbit(x); }
Array isposinf(const Array& x) { return isinf(x) & !signbit(x); }
Array isreal(const Array& x) { return imag(x) == 0; }
Array iscomplex(const Array& x) { return imag(x) != 0; }

Array nan_to_num(const Array& x, const NanToNumOptions& options) {
  const auto dtype = x.dtype();
  if (is_complex(dtype)) {
    return nan_to_num(real(x), options) +
           nan_to_num(imag(x), options) * Scalar(std::complex<double>(0, 1));
  }
  if (!is_floating(dtype)) return x;
  const auto upper = where(x == kInfinity, options.posinf.value_or(largest(dtype)), x);
  const auto both = where(x == -kInfinity, options.neginf.value_or(-largest(dtype)), upper);
  return where(isnan(x), options.nan, both);
}

std::pair<Array, Array> modf(const Array& x) {
  refuse_complex("modf", x.dtype());
  const auto value = x.astype(floating(x.dtype()));
  const auto whole = trunc(value);
  return {copysign(where(isinf(value), 0, value - whole), value), whole};
}

std::pair<Array, Array> frexp(const Array& x) {
  static_cast<void>(x.dtype());
  const auto power = apply(Operation::exponent, {x.node()});
  return {apply(Operation::ldexp, {x.node(), negative(power).node()}), power.astype(DType::int32)};
}

Array fmax(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  return where(isnan(a), b, where(isnan(b), a, maximum(a, b)));
}
Array fmin(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  return where(isnan(a), b, where(isnan(b), a, minimum(a, b)));
}
Array fmod(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  const auto rest = remainder(a, b);
  if (is_floating(rest.dtype())) return copysign(remainder(abs(a), abs(b)), a);
  // The remainder of integers has the sign of the divisor.
  const auto divisor = b.astype(rest.dtype());
  return where((rest != 0) & ((rest < 0) != (a.astype(rest.dtype()) < 0)), rest - divisor, rest);
}
Array float_power(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  const auto dtype = result_type(result_type(a.dtype(), b.dtype()), DType::float64);
  return pow(a.astype(dtype), b.astype(dtype));
}
Array heaviside(const Operand& x, const Operand& y) {
  auto [a, b] = arrays_of(x, y);
  refuse_complex("heaviside", result_type(a.dtype(), b.dtype()));
  const auto dtype = floating(result_type(a.dtype(), b.dtype()));
  a = a.astype(dtype);
  return where(isnan(a), a, where(a == 0, b.astype(dtype), where(a < 0, zeros_like(a), 1)));
}
Array logaddexp2(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  const auto dtype = floating(result_type(a.dtype(), b.dtype()));
  return logaddexp(a.astype(dtype) * std::numbers::ln2, b.astype(dtype) * std::numbers::ln2) *
         (1 / std::numbers::ln2);
}
Array ldexp(const Array& x, const Operand& exponent) {
  const auto [value, power] = arrays_of(x.astype(floating(x.dtype())), exponent);
  if (exponent.is_array()) {
    check_integers("ldexp", "the exponent", power.dtype());
  } else if (!exponent.scalar().is_integer()) {
    throw TypeError(
        fmt::format("ldexp: the exponent is {}; give an integer", exponent.scalar().to_string()));
  }
  return apply(Operation::ldexp, {value.node(), power.astype(value.dtype()).node()});
}
Array gcd(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  return apply(Operation::gcd, {a.node(), b.node()});
}
Array lcm(const Operand& x, const Operand& y) {
  const auto [a, b] = arrays_of(x, y);
  return apply(Operation::lcm, {a.node(), b.node()});
}
std::pair<Array, Array> divmod(const Operand& x, const Operand& y) {
  return {floor_divide(x, y), remainder(x, y)};
}

Array isclose(const Operand& x, const Operand& y, const CloseOptions& options) {
  auto [a, b] = arrays_of(x, y);
  const auto dtype = floating(result_type(a.dtype(), b.dtype()));
  a = a.astype(dtype);
  b = b.astype(dtype);
  const auto near = abs(a - b) <= options.atol + options.rtol * abs(b);
  const auto close = where(isfinite(a) & isfinite(b), near, a == b);
  return options.equal_nan ? close | (isnan(a) & isnan(b)) : close;
}
Array allclose(const Operand& x, const Operand& y, const CloseOptions& options) {
  return all(isclose(x, y, options));
}

Array choose(const Array& index, const std::vector<Operand>& choices, OutOfRange mode) {
  check_integers("choose", "the index", index.dtype());
  if (choices.empty()) throw ValueError("choose: there are no choices; give at least one");
  const auto count = static_cast<std::int64_t>(choices.size());
  Array chosen = index.astype(DType::int64);
  switch (mode) {
    case OutOfRange::raise:
      chosen = array::checked_indices(chosen, {"choose", 0, count, false});
      break;
    case OutOfRange::wrap:
      chosen = remainder(chosen, count);
      break;
    case OutOfRange::clip:
      chosen = clip(chosen, 0, count - 1);
      break;
  }
  std::vector<Array> conditions;
  for (std::int64_t i = 0; i + 1 < count; ++i) conditions.push_back(chosen == i);
  if (conditions.empty()) return where(chosen == 0, choices[0], choices[0]);
  return select(conditions, {choices.begin(), choices.end() - 1}, choices.back());
}

Array select(const std::vector<Array>& conditions, const std::vector<Operand>& choices,
             const Operand& otherwise) {
  if (conditions.empty() || conditions.size() != choices.size()) {
    throw ValueError(fmt::format("select: {} conditions and {} choices; give as many of both",
                                 conditions.size(), choices.size()));
  }
  Operand result = otherwise;
  for (std::size_t i = choices.size(); i-- > 0;) {
    result = where(conditions[i], choices[i], result);
  }
  return result.array();
}

Array piecewise(const Array& x, const std::vector<Array>& conditions,
                const std::vector<Piecewise>& pieces) {
  const auto count = conditions.size();
  if (pieces.size() != count && pieces.size() != count + 1) {
    throw ValueError(
        fmt::format("piecewise: {} pieces for {} conditions; give one for each, and "
                    "perhaps one for elsewhere",
                    pieces.size(), count));
  }
  const auto piece = [&x](const Operand& value) {
    if (value.is_array()) return value.array().astype(x.dtype());
    return Array(array::constant_node(value.scalar(), x.dtype()));
  };
  Array result = pieces.size() > count ? piece(pieces.back()(x)) : piece(0);
  result = where(ones_like(x), result, zeros_like(x));
  for (std::size_t i = 0; i < count; ++i) {
    result = where(conditions[i], piece(pieces[i](x)), result);
  }
  return result;
}

}  // namespace tartan
