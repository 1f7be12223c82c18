#include <array/kernels/operation.hpp>
#include <array>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

struct Description {
  std::string_view name;
  int arity;
};
constexpr std::array<Description, kOperationCount> kDescriptions = {{
#define TARTAN_X(name, arity) {#name, arity},
    TARTAN_ARRAY_OPERATIONS(TARTAN_X)
#undef TARTAN_X
}};

enum class Kind {
  number,       // stays what it is; of bool only where said
  real_number,  // the same without complex
  analysis,     // integers become float64
  real_analysis,
  rounding,  // integers stay
  question,  // any to bool
  equality,  // any pair to bool
  ordering,  // any real pair to bool
  logical,   // operands are seen as bool
  bits,      // bool and integers
  integers,  // integers only
  any,       // every dtype stays
};

Kind kind_of(Operation operation) {
  using enum Operation;
  switch (operation) {
    case add:
    case subtract:
    case multiply:
    case pow:
    case negative:
    case positive:
    case abs:
    case sign:
    case square:
      return Kind::number;
    case floor_divide:
    case remainder:
    case maximum:
    case minimum:
    case clip:
      return Kind::real_number;
    case atan2:
    case hypot:
    case logaddexp:
    case copysign:
    case nextafter:
    case cbrt:
    case i0:
    case exponent:
    case ldexp:
      return Kind::real_analysis;
    case floor:
    case ceil:
    case trunc:
    case round:
      return Kind::rounding;
    case isnan:
    case isinf:
    case isfinite:
    case signbit:
      return Kind::question;
    case equal:
    case not_equal:
      return Kind::equality;
    case less:
    case less_equal:
    case greater:
    case greater_equal:
      return Kind::ordering;
    case logical_and:
    case logical_or:
    case logical_xor:
    case logical_not:
      return Kind::logical;
    case bitwise_and:
    case bitwise_or:
    case bitwise_xor:
    case bitwise_invert:
      return Kind::bits;
    case bitwise_left_shift:
    case bitwise_right_shift:
    case gcd:
    case lcm:
      return Kind::integers;
    case cast:
    case where:
    case real:
    case imag:
    case conj:
      return Kind::any;
    default:
      return Kind::analysis;
  }
}

[[noreturn]] void refuse(Operation operation, std::span<const DType> operands) {
  std::string list;
  for (const DType dtype : operands) {
    list += list.empty() ? "" : ", ";
    list += name(dtype);
  }
  throw TypeError(
      fmt::format("{} is not defined for {}; cast with astype first", name(operation), list));
}

DType common_dtype(Operation operation, std::span<const DType> operands) {
  const std::size_t first = operation == Operation::where ? 1 : 0;
  DType common = operands[first];
  for (const DType dtype : operands.subspan(first + 1)) common = result_type(common, dtype);
  return common;
}

Signature number_signature(Operation operation, DType common, bool& refused) {
  if (is_boolean(common)) {
    switch (operation) {
      case Operation::add:
      case Operation::multiply:
      case Operation::abs:
      case Operation::maximum:
      case Operation::minimum:
      case Operation::clip:
        break;
      case Operation::pow:
      case Operation::square:
      case Operation::floor_divide:
      case Operation::remainder:
        return {DType::int8, DType::int8};
      default:
        refused = true;
    }
  }
  return {common, operation == Operation::abs ? real_of(common) : common};
}

DType inexact(DType dtype) {
  return is_integer(dtype) || is_boolean(dtype) ? DType::float64 : dtype;
}

}  // namespace

std::string_view name(Operation operation) {
  return kDescriptions[static_cast<std::size_t>(operation)].name;
}

int arity(Operation operation) { return kDescriptions[static_cast<std::size_t>(operation)].arity; }

Signature signature_of(Operation operation, std::span<const DType> operands) {
  if (operands.size() != static_cast<std::size_t>(arity(operation))) {
    throw TypeError(fmt::format("{} takes {} operands, not {}", name(operation), arity(operation),
                                operands.size()));
  }
  const Kind kind = kind_of(operation);
  if (kind == Kind::logical) return {DType::boolean, DType::boolean};
  const DType common = common_dtype(operation, operands);
  const bool complex = is_complex(common);
  bool refused = false;
  Signature signature{common, common};
  switch (kind) {
    case Kind::real_number:
      refused = complex;
      [[fallthrough]];
    case Kind::number:
      signature = number_signature(operation, common, refused);
      break;
    case Kind::real_analysis:
      refused = complex;
      [[fallthrough]];
    case Kind::analysis:
      signature = {inexact(common), inexact(common)};
      break;
    case Kind::rounding:
      refused = complex && operation != Operation::round;
      break;
    case Kind::question:
      refused = complex && operation == Operation::signbit;
      signature = {operation == Operation::signbit ? inexact(common) : common, DType::boolean};
      break;
    case Kind::ordering:
      refused = complex;
      [[fallthrough]];
    case Kind::equality:
      signature.result = DType::boolean;
      break;
    case Kind::bits:
      refused = !is_boolean(common) && !is_integer(common);
      break;
    case Kind::integers:
      refused = !is_integer(common);
      break;
    case Kind::any:
      if (operation == Operation::real || operation == Operation::imag) {
        signature.result = real_of(common);
      }
      break;
    case Kind::logical:
      break;
  }
  if (refused) refuse(operation, operands);
  return signature;
}

}  // namespace tartan::array
