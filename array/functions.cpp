#include <array/expr/build.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

using array::NodePtr;
using array::Operation;

NodePtr node_of(const Array& x) { return x.lazy_node(); }

/// A number beside arrays takes their dtype when its kind allows.
NodePtr weak(const Scalar& scalar, DType beside) {
  return array::constant_node(scalar, result_type(beside, scalar));
}

Array unary(Operation operation, const Array& x) {
  return Array(array::elementwise_node(operation, {node_of(x)}));
}

Array binary(Operation operation, const Operand& x, const Operand& y) {
  if (x.is_array() && y.is_array()) {
    return Array(array::elementwise_node(operation, {node_of(x.array()), node_of(y.array())}));
  }
  if (x.is_array()) {
    const auto node = node_of(x.array());
    return Array(array::elementwise_node(operation, {node, weak(y.scalar(), node->dtype)}));
  }
  if (y.is_array()) {
    const auto node = node_of(y.array());
    return Array(array::elementwise_node(operation, {weak(x.scalar(), node->dtype), node}));
  }
  return Array(array::elementwise_node(
      operation, {array::constant_node(x.scalar(), default_dtype(x.scalar())),
                  array::constant_node(y.scalar(), default_dtype(y.scalar()))}));
}

}  // namespace

#define TARTAN_BINARY_OPERATOR(op, operation)                                           \
  Array operator op(const Array& x, const Array& y) {                                   \
    return binary(Operation::operation, x, y);                                          \
  }                                                                                     \
  Array operator op(const Array& x, const Scalar& y) {                                  \
    return binary(Operation::operation, x, y);                                          \
  }                                                                                     \
  Array operator op(const Scalar& x, const Array& y) {                                  \
    return binary(Operation::operation, x, y);                                          \
  }
TARTAN_BINARY_OPERATOR(+, add)
TARTAN_BINARY_OPERATOR(-, subtract)
TARTAN_BINARY_OPERATOR(*, multiply)
TARTAN_BINARY_OPERATOR(/, divide)
TARTAN_BINARY_OPERATOR(%, remainder)
TARTAN_BINARY_OPERATOR(==, equal)
TARTAN_BINARY_OPERATOR(!=, not_equal)
TARTAN_BINARY_OPERATOR(<, less)
TARTAN_BINARY_OPERATOR(<=, less_equal)
TARTAN_BINARY_OPERATOR(>, greater)
TARTAN_BINARY_OPERATOR(>=, greater_equal)
TARTAN_BINARY_OPERATOR(&, bitwise_and)
TARTAN_BINARY_OPERATOR(|, bitwise_or)
TARTAN_BINARY_OPERATOR(^, bitwise_xor)

Array operator-(const Array& x) { return unary(Operation::negative, x); }
Array operator+(const Array& x) { return unary(Operation::positive, x); }
Array operator~(const Array& x) { return unary(Operation::bitwise_invert, x); }
Array operator!(const Array& x) { return unary(Operation::logical_not, x); }
Array& operator+=(Array& x, const Operand& y) { return x = binary(Operation::add, x, y); }
Array& operator-=(Array& x, const Operand& y) { return x = binary(Operation::subtract, x, y); }
Array& operator*=(Array& x, const Operand& y) { return x = binary(Operation::multiply, x, y); }
Array& operator/=(Array& x, const Operand& y) { return x = binary(Operation::divide, x, y); }

#define TARTAN_UNARY_FUNCTION(name) \
  Array name(const Array& x) { return unary(Operation::name, x); }
TARTAN_UNARY_FUNCTION(abs)
TARTAN_UNARY_FUNCTION(sign)
TARTAN_UNARY_FUNCTION(square)
TARTAN_UNARY_FUNCTION(reciprocal)
TARTAN_UNARY_FUNCTION(sqrt)
TARTAN_UNARY_FUNCTION(exp)
TARTAN_UNARY_FUNCTION(expm1)
TARTAN_UNARY_FUNCTION(log)
TARTAN_UNARY_FUNCTION(log1p)
TARTAN_UNARY_FUNCTION(log2)
TARTAN_UNARY_FUNCTION(log10)
TARTAN_UNARY_FUNCTION(sin)
TARTAN_UNARY_FUNCTION(cos)
TARTAN_UNARY_FUNCTION(tan)
TARTAN_UNARY_FUNCTION(asin)
TARTAN_UNARY_FUNCTION(acos)
TARTAN_UNARY_FUNCTION(atan)
TARTAN_UNARY_FUNCTION(sinh)
TARTAN_UNARY_FUNCTION(cosh)
TARTAN_UNARY_FUNCTION(tanh)
TARTAN_UNARY_FUNCTION(asinh)
TARTAN_UNARY_FUNCTION(acosh)
TARTAN_UNARY_FUNCTION(atanh)
TARTAN_UNARY_FUNCTION(floor)
TARTAN_UNARY_FUNCTION(ceil)
TARTAN_UNARY_FUNCTION(trunc)
TARTAN_UNARY_FUNCTION(round)
TARTAN_UNARY_FUNCTION(isnan)
TARTAN_UNARY_FUNCTION(isinf)
TARTAN_UNARY_FUNCTION(isfinite)
TARTAN_UNARY_FUNCTION(signbit)
TARTAN_UNARY_FUNCTION(real)
TARTAN_UNARY_FUNCTION(imag)
TARTAN_UNARY_FUNCTION(conj)
TARTAN_UNARY_FUNCTION(logical_not)
TARTAN_UNARY_FUNCTION(bitwise_invert)
TARTAN_UNARY_FUNCTION(negative)
TARTAN_UNARY_FUNCTION(positive)

#define TARTAN_BINARY_FUNCTION(name) \
  Array name(const Operand& x, const Operand& y) { return binary(Operation::name, x, y); }
TARTAN_BINARY_FUNCTION(add)
TARTAN_BINARY_FUNCTION(subtract)
TARTAN_BINARY_FUNCTION(multiply)
TARTAN_BINARY_FUNCTION(divide)
TARTAN_BINARY_FUNCTION(floor_divide)
TARTAN_BINARY_FUNCTION(remainder)
TARTAN_BINARY_FUNCTION(maximum)
TARTAN_BINARY_FUNCTION(minimum)
TARTAN_BINARY_FUNCTION(atan2)
TARTAN_BINARY_FUNCTION(hypot)
TARTAN_BINARY_FUNCTION(logaddexp)
TARTAN_BINARY_FUNCTION(copysign)
TARTAN_BINARY_FUNCTION(nextafter)
TARTAN_BINARY_FUNCTION(equal)
TARTAN_BINARY_FUNCTION(not_equal)
TARTAN_BINARY_FUNCTION(less)
TARTAN_BINARY_FUNCTION(less_equal)
TARTAN_BINARY_FUNCTION(greater)
TARTAN_BINARY_FUNCTION(greater_equal)
TARTAN_BINARY_FUNCTION(logical_and)
TARTAN_BINARY_FUNCTION(logical_or)
TARTAN_BINARY_FUNCTION(logical_xor)
TARTAN_BINARY_FUNCTION(bitwise_and)
TARTAN_BINARY_FUNCTION(bitwise_or)
TARTAN_BINARY_FUNCTION(bitwise_xor)
TARTAN_BINARY_FUNCTION(bitwise_left_shift)
TARTAN_BINARY_FUNCTION(bitwise_right_shift)

// Squares are what most powers are, and a multiplication is many times cheaper.
Array pow(const Operand& x, const Operand& y) {
  if (x.is_array() && !y.is_array() && !y.scalar().is_boolean() &&
      (y.scalar() == Scalar(2) || y.scalar() == Scalar(2.0))) {
    const auto node = node_of(x.array());
    const auto dtype = result_type(node->dtype, y.scalar());
    return Array(array::elementwise_node(Operation::square, {array::cast_node(node, dtype)}));
  }
  return binary(Operation::pow, x, y);
}

Array where(const Array& condition, const Operand& x, const Operand& y) {
  const auto test = array::cast_node(node_of(condition), DType::boolean);
  DType beside{};
  if (x.is_array()) {
    beside = node_of(x.array())->dtype;
  } else if (y.is_array()) {
    beside = node_of(y.array())->dtype;
  } else {
    beside = result_type(default_dtype(x.scalar()), default_dtype(y.scalar()));
  }
  const auto choice = [beside](const Operand& operand) {
    return operand.is_array() ? node_of(operand.array()) : weak(operand.scalar(), beside);
  };
  return Array(array::elementwise_node(Operation::where, {test, choice(x), choice(y)}));
}

Array clip(const Array& x, const Operand& low, const Operand& high) {
  const auto node = node_of(x);
  const auto bound = [&node](const Operand& operand) {
    return operand.is_array() ? node_of(operand.array()) : weak(operand.scalar(), node->dtype);
  };
  return Array(array::elementwise_node(Operation::clip, {node, bound(low), bound(high)}));
}

}  // namespace tartan
