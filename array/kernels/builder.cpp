// ProgramBuilder: dtypes, casts, and the few rewrites that keep the set of kernels small.

#include <algorithm>
#include <array/kernels/program.hpp>
#include <array/kernels/tile.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// What an operation on bools is called when it is really one on truth values.
Operation on_bool(Operation operation) {
  switch (operation) {
    case Operation::add:
    case Operation::maximum:
    case Operation::bitwise_or:
      return Operation::logical_or;
    case Operation::multiply:
    case Operation::minimum:
    case Operation::bitwise_and:
      return Operation::logical_and;
    case Operation::bitwise_xor:
      return Operation::logical_xor;
    case Operation::bitwise_invert:
      return Operation::logical_not;
    default:
      return operation;
  }
}

/// Whether the operation hands on its operand of this dtype as it is.
bool is_noop(Operation operation, DType dtype) {
  const bool exact = is_integer(dtype) || is_boolean(dtype);
  switch (operation) {
    case Operation::positive:
      return true;
    case Operation::floor:
    case Operation::ceil:
    case Operation::trunc:
    case Operation::round:
      return exact;
    case Operation::abs:
      return is_boolean(dtype) || is_unsigned_integer(dtype);
    case Operation::real:
    case Operation::conj:
      return !is_complex(dtype);
    default:
      return false;
  }
}

}  // namespace

ProgramBuilder::Ref ProgramBuilder::add(const Node& node) {
  const auto found = std::find(nodes_.begin(), nodes_.end(), node);
  if (found != nodes_.end()) return {static_cast<std::uint32_t>(found - nodes_.begin())};
  nodes_.push_back(node);
  return {static_cast<std::uint32_t>(nodes_.size() - 1)};
}

ProgramBuilder::Ref ProgramBuilder::input(DType dtype) {
  Node node;
  node.kind = Kind::input;
  node.input = static_cast<std::uint32_t>(input_count_++);
  node.dtype = dtype;
  return add(node);
}

ProgramBuilder::Ref ProgramBuilder::constant(const Scalar& scalar, DType dtype) {
  Node node;
  node.kind = Kind::constant;
  node.constant = Constant::of(scalar, dtype);
  node.dtype = dtype;
  return add(node);
}

DType ProgramBuilder::dtype(Ref value) const { return nodes_[value.id].dtype; }

ProgramBuilder::Ref ProgramBuilder::cast(Ref value, DType dtype) {
  const Node& source = nodes_[value.id];
  if (source.dtype == dtype) return value;
  Node node;
  node.dtype = dtype;
  if (source.kind == Kind::constant) {
    node.kind = Kind::constant;
    node.constant.dtype = dtype;
    const std::byte* in = source.constant.bytes.data();
    cast_kernel(source.dtype, dtype, Isa::baseline)(node.constant.bytes.data(), &in, 1);
  } else {
    node.kind = Kind::instruction;
    node.operation = Operation::cast;
    node.operand = source.dtype;
    node.arguments = {value.id, 0, 0};
  }
  return add(node);
}

ProgramBuilder::Ref ProgramBuilder::apply(Operation operation, std::span<const Ref> operands) {
  std::vector<DType> dtypes;
  for (const Ref operand : operands) dtypes.push_back(dtype(operand));
  if (operation == Operation::cast) {
    throw TypeError("a cast needs the dtype wanted; use ProgramBuilder::cast");
  }
  const Signature signature = signature_of(operation, dtypes);
  std::vector<Ref> values;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool condition = operation == Operation::where && i == 0;
    values.push_back(cast(operands[i], condition ? DType::boolean : signature.operand));
  }
  return lower(operation, signature, values);
}

ProgramBuilder::Ref ProgramBuilder::lower(Operation operation, Signature signature,
                                          std::span<const Ref> values) {
  const DType operand = signature.operand;
  if (is_noop(operation, operand)) return values[0];
  if (is_boolean(operand)) operation = on_bool(operation);
  const bool exact = is_integer(operand) || is_boolean(operand);
  const auto equals = [&](Ref value, double number) {
    return nodes_[value.id].kind == Kind::constant &&
           nodes_[value.id].constant == Constant::of(number, operand);
  };
  switch (operation) {
    case Operation::greater:
      return emit(Operation::less, signature, {values[1], values[0]});
    case Operation::greater_equal:
      return emit(Operation::less_equal, signature, {values[1], values[0]});
    case Operation::clip: {
      const Ref lower_bounded = lower(Operation::maximum, signature, values.first(2));
      const Ref both[] = {lower_bounded, values[2]};
      return lower(Operation::minimum, signature, both);
    }
    case Operation::imag:
      if (!is_complex(operand)) return constant(false, operand);
      break;
    case Operation::logical_not: {
      const Node& asked = nodes_[values[0].id];
      if (asked.kind != Kind::instruction || asked.operation != Operation::isnan) break;
      const Ref x{asked.arguments[0]};  // One step instead of two: only NaN differs from itself.
      return emit(Operation::equal, {asked.operand, DType::boolean}, {x, x});
    }
    case Operation::isnan:
    case Operation::isinf:
      if (exact) return constant(false, DType::boolean);
      break;
    case Operation::isfinite:
      if (exact) return constant(true, DType::boolean);
      break;
    case Operation::pow:
      if (equals(values[1], 2)) return emit(Operation::square, signature, {values[0]});
      if (is_floating(operand) && equals(values[1], 0.5)) {
        return emit(Operation::sqrt, signature, {values[0]});
      }
      break;
    default:
      break;
  }
  return emit(operation, signature, values);
}

ProgramBuilder::Ref ProgramBuilder::emit(Operation operation, Signature signature,
                                         std::span<const Ref> values) {
  Node node;
  node.kind = Kind::instruction;
  node.operation = operation;
  node.operand = signature.operand;
  node.dtype = signature.result;
  for (std::size_t i = 0; i < values.size(); ++i) node.arguments[i] = values[i].id;
  return add(node);
}

Program ProgramBuilder::finish(Ref result) const {
  std::vector<bool> needed(nodes_.size(), false);
  needed[result.id] = true;
  for (std::size_t id = result.id + 1; id-- > 0;) {
    const Node& node = nodes_[id];
    if (!needed[id] || node.kind != Kind::instruction) continue;
    for (int i = 0; i < arity(node.operation); ++i) {
      needed[node.arguments[static_cast<std::size_t>(i)]] = true;
    }
  }
  Program program;
  program.inputs.resize(input_count_);
  std::vector<std::size_t> number(nodes_.size(), 0);
  for (const Node& node : nodes_) {
    if (node.kind == Kind::input) program.inputs[node.input] = node.dtype;
  }
  for (std::size_t id = 0; id < nodes_.size(); ++id) {
    const Node& node = nodes_[id];
    if (node.kind == Kind::input) number[id] = node.input;
    if (node.kind == Kind::constant && needed[id]) {
      number[id] = input_count_ + program.constants.size();
      program.constants.push_back(node.constant);
    }
  }
  for (std::size_t id = 0; id < nodes_.size(); ++id) {
    const Node& node = nodes_[id];
    if (node.kind != Kind::instruction || !needed[id]) continue;
    number[id] = program.value_count();
    Instruction instruction{node.operation, node.operand, node.dtype, {}};
    for (std::size_t i = 0; i < static_cast<std::size_t>(arity(node.operation)); ++i) {
      instruction.arguments[i] = static_cast<ValueIndex>(number[node.arguments[i]]);
    }
    program.code.push_back(instruction);
  }
  // A result that is an input or a constant, but not the last value, is copied to be the last.
  const DType dtype = nodes_[result.id].dtype;
  if (number[result.id] + 1 != program.value_count()) {
    program.code.push_back(
        {Operation::cast, dtype, dtype, {static_cast<ValueIndex>(number[result.id]), 0, 0}});
  }
  if (program.value_count() > kMaxProgramValues) {
    throw ValueError(
        fmt::format("an expression of {} steps is too long for one task; the limit "
                    "is {}: persist a part of it",
                    program.value_count(), kMaxProgramValues));
  }
  return program;
}

}  // namespace tartan::array
