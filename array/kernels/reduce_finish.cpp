// From the last partial to the result, and how partials travel.

#include <algorithm>
#include <array/kernels/reduce.hpp>
#include <array/kernels/shape.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// program(fields), all of one shape.
Chunk apply(std::span<const Chunk> fields, ProgramBuilder& builder, ProgramBuilder::Ref result) {
  return run(builder.finish(result), fields, fields.front().shape);
}

Chunk divided(const Chunk& field, double divisor) {
  ProgramBuilder builder;
  const auto value = builder.input(field.dtype);
  const auto by = builder.constant(divisor, DType::float64);
  return apply({&field, 1}, builder, builder.apply(Operation::divide, {value, by}));
}

Chunk variance(const Chunk& m2, double divisor, bool root) {
  ProgramBuilder builder;
  const auto by = builder.constant(divisor, DType::float64);
  auto value = builder.apply(Operation::divide, {builder.input(m2.dtype), by});
  if (root) value = builder.apply(Operation::sqrt, {value});
  return apply({&m2, 1}, builder, value);
}

Chunk masked_mean(std::span<const Chunk> sum_and_count) {
  ProgramBuilder builder;
  const auto sum = builder.input(DType::float64);
  const auto count = builder.input(DType::float64);
  return apply(sum_and_count, builder, builder.apply(Operation::divide, {sum, count}));
}

Chunk masked_variance(ReduceOp op, std::span<const Chunk> m2_and_count, double correction) {
  const bool nan = op == ReduceOp::masked_nanvar || op == ReduceOp::masked_nanstd;
  ProgramBuilder builder;
  const auto m2 = builder.input(DType::float64);
  const auto count = builder.input(DType::float64);
  const auto left = builder.apply(
      Operation::subtract, {count, builder.constant(correction, DType::float64)});
  const auto none = builder.constant(0.0, DType::float64);
  auto value = builder.apply(
      Operation::divide, {m2, builder.apply(Operation::maximum, {left, none})});
  if (nan) {
    const auto missing = builder.constant(std::nan(""), DType::float64);
    value = builder.apply(Operation::where,
                          {builder.apply(Operation::greater, {left, none}), value, missing});
  }
  if (op == ReduceOp::masked_stddev || op == ReduceOp::masked_nanstd) {
    value = builder.apply(Operation::sqrt, {value});
  }
  return apply(m2_and_count, builder, value);
}

Chunk value_of(ReduceOp op, const Partial& partial, double correction) {
  const Chunk& first = partial.fields.at(0);
  const auto count = static_cast<double>(partial.count);
  switch (op) {
    case ReduceOp::mean:
      return divided(first, count);
    case ReduceOp::var:
    case ReduceOp::stddev:
      return variance(partial.fields.at(1), std::max(count - correction, 0.0),
                      op == ReduceOp::stddev);
    case ReduceOp::masked_mean:
      return masked_mean(partial.fields);
    case ReduceOp::masked_var:
    case ReduceOp::masked_stddev:
    case ReduceOp::masked_nanvar:
    case ReduceOp::masked_nanstd:
      return masked_variance(op, std::span(partial.fields).subspan(1), correction);
    case ReduceOp::argmin:
    case ReduceOp::argmax:
      return partial.fields.at(1);
    default:
      return first;
  }
}

bool needs_elements(ReduceOp op) {
  return op == ReduceOp::min || op == ReduceOp::max || op == ReduceOp::argmin ||
         op == ReduceOp::argmax || op == ReduceOp::nanmin || op == ReduceOp::nanmax;
}

}  // namespace

Chunk finish(ReduceOp op, const Partial& partial, const FinishOptions& options) {
  if (partial.count == 0 && needs_elements(op) && element_count(partial.fields.at(0).shape) > 0) {
    throw ValueError(fmt::format("{} of no elements: the reduced axes have length 0", name(op)));
  }
  const Chunk value = astype(value_of(op, partial, options.correction), options.dtype);
  if (options.keepdims) return value;
  Shape shape;
  for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
    const bool dropped = std::find(options.axes.begin(), options.axes.end(),
                                   static_cast<int>(axis)) != options.axes.end();
    if (!dropped) shape.push_back(value.shape[axis]);
  }
  return reshape(value, std::move(shape));
}

}  // namespace tartan::array

namespace tartan {

void Codec<array::Partial>::encode(const array::Partial& partial, Writer& writer) {
  writer.put(partial.count);
  writer.length(partial.fields.size());
  for (const Chunk& field : partial.fields) writer.put(field);
}

array::Partial Codec<array::Partial>::decode(Reader& reader) {
  array::Partial partial;
  partial.count = reader.get<std::int64_t>();
  const std::size_t fields = reader.length();
  if (partial.count < 0 || fields < 1 || fields > 3) {
    reader.malformed("a partial result of an impossible form");
  }
  for (std::size_t f = 0; f < fields; ++f) partial.fields.push_back(reader.get<Chunk>());
  return partial;
}

std::size_t Codec<array::Partial>::nbytes(const array::Partial& partial) {
  std::size_t total = sizeof partial;
  for (const Chunk& field : partial.fields) total += Codec<Chunk>::nbytes(field);
  return total;
}

}  // namespace tartan
