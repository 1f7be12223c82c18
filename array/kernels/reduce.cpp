#include <algorithm>
#include <array/kernels/reduce.hpp>
#include <array/kernels/reduce_kernel.hpp>
#include <array/kernels/reduce_walk.hpp>
#include <array/kernels/view.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

bool is_arg(ReduceOp op) { return op == ReduceOp::argmin || op == ReduceOp::argmax; }
bool is_sum(ReduceOp op) {
  return op == ReduceOp::sum || op == ReduceOp::mean || op == ReduceOp::count_nonzero;
}

[[noreturn]] void refuse(ReduceOp op, DType element) {
  throw TypeError(fmt::format("{} is not defined for {}; cast with astype first", name(op),
                              tartan::name(element)));
}

DType accumulator(DType element) {
  if (is_unsigned_integer(element)) return DType::uint64;
  if (is_integer(element) || is_boolean(element)) return DType::int64;
  return is_complex(element) ? DType::complex128 : element;
}

/// What tiles are cast to before they are reduced.
DType element_for(ReduceOp op, DType element) {
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::prod:
      return accumulator(element);
    case ReduceOp::count_nonzero:
      return DType::int64;
    case ReduceOp::any:
    case ReduceOp::all:
      return DType::boolean;
    case ReduceOp::mean:
    case ReduceOp::var:
    case ReduceOp::stddev:
    case ReduceOp::masked_mean:
    case ReduceOp::masked_var:
    case ReduceOp::masked_stddev:
    case ReduceOp::masked_nanvar:
    case ReduceOp::masked_nanstd:
      if (op != ReduceOp::mean && is_complex(element)) refuse(op, element);
      if (is_integer(element) || is_boolean(element)) return DType::float64;
      return accumulator(element);
    default:
      break;
  }
  if (is_complex(element)) refuse(op, element);
  return element;
}

/// The value as this dtype, by an instruction more where it is not already.
ValueIndex append_cast(Program& program, ValueIndex value, DType to) {
  const DType from = program.value_dtype(value);
  if (from == to) return value;
  program.code.push_back({Operation::cast, from, to, {value, 0, 0}});
  return static_cast<ValueIndex>(program.value_count() - 1);
}

/// A program taken apart into what is reduced and under which mask.
struct Reduction {
  Program program;
  ValueIndex elements = 0;
  std::optional<ValueIndex> mask;
  DType element = DType::float64;

  Reduction(ReduceOp op, const Program& given) : program(given) {
    elements = static_cast<ValueIndex>(program.value_count() - 1);
    if (is_masked(op)) take_mask(op);
    element = element_for(op, program.value_dtype(elements));
    if (op == ReduceOp::count_nonzero) elements = append_cast(program, elements, DType::boolean);
    elements = append_cast(program, elements, element);
  }

 private:
  void take_mask(ReduceOp op) {
    if (program.code.empty() || program.code.back().operation != Operation::where) {
      throw ValueError(fmt::format("{} under a mask: the program does not end in a choice by one",
                                   name(op)));
    }
    mask = program.code.back().arguments[0];
    elements = program.code.back().arguments[1];
    program.code.pop_back();
  }
};

Shape reduced_shape(const Shape& shape, std::span<const int> axes) {
  Shape reduced = shape;
  for (const int axis : axes) reduced.at(static_cast<std::size_t>(axis)) = 1;
  return reduced;
}

/// Sums of complex numbers run as sums of pairs of real ones.
std::int64_t parts_of(ReduceOp op, DType element) {
  return is_sum(op) && is_complex(element) ? 2 : 1;
}

ReduceKernel kernel_of(ReduceOp op, DType element) {
  const DType part = parts_of(op, element) == 2 ? real_of(element) : element;
  ReduceKernel kernel = find_reduce_kernel(op, part, active_isa());
  if (kernel.field_count == 0) refuse(op, element);
  return kernel;
}

/// The fields of an unfinished partial.
struct Fields {
  std::vector<MutableChunk> chunks;

  Fields(ReduceOp op, DType element, const ReduceKernel& kernel, const Shape& shape) {
    for (std::size_t f = 0; f < kernel.field_count; ++f) {
      const DType dtype = parts_of(op, element) == 2 ? element : kernel.fields.at(f);
      chunks.emplace_back(dtype, shape);
    }
  }
  State state() {
    State state;
    for (std::size_t f = 0; f < chunks.size(); ++f) state.field[f] = chunks[f].data();
    return state;
  }
  Partial freeze(std::int64_t count) && {
    Partial partial{count, {}};
    for (MutableChunk& chunk : chunks) partial.fields.push_back(std::move(chunk).freeze());
    return partial;
  }
};

/// The inputs, copied where tiles jump between rows: a turned input would be turned for each anew.
std::vector<View> in_order(std::span<const View> inputs, std::span<const Dimension> dimensions) {
  std::vector<View> ready(inputs.begin(), inputs.end());
  if (!walks_in_order(dimensions)) {
    for (View& input : ready) input = input.dense();
  }
  return ready;
}

void globalise(std::span<std::int64_t> indices, const Shape& shape, std::span<const int> axes,
               const Placement& placement) {
  if (placement.global_shape.empty()) return;
  if (axes.size() == 1 && shape.size() > 1) {
    for (std::int64_t& index : indices)
      index += placement.offset[static_cast<std::size_t>(axes[0])];
    return;
  }
  for (std::int64_t& index : indices) {
    std::int64_t rest = index;
    std::int64_t flat = 0;
    std::int64_t stride = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
      flat += (rest % shape[d] + placement.offset[d]) * stride;
      rest /= shape[d];
      stride *= placement.global_shape[d];
    }
    index = flat;
  }
}

}  // namespace

std::string_view name(ReduceOp op) {
  constexpr std::string_view kNames[kReduceOpCount] = {
      "sum",    "prod", "mean", "var",           "stddev", "min",    "max",  "argmin", "argmax",
      "any",    "all",  "count_nonzero",         "nanmin", "nanmax", "mean", "var",    "stddev",
      "nanvar", "nanstd"};
  return kNames[static_cast<std::size_t>(op)];
}

bool is_masked(ReduceOp op) { return op >= ReduceOp::masked_mean; }

bool is_moments(ReduceOp op) {
  return op == ReduceOp::var || op == ReduceOp::stddev || op >= ReduceOp::masked_var;
}

std::optional<ReduceOp> under_mask(ReduceOp op) {
  switch (op) {
    case ReduceOp::mean:
      return ReduceOp::masked_mean;
    case ReduceOp::var:
      return ReduceOp::masked_var;
    case ReduceOp::stddev:
      return ReduceOp::masked_stddev;
    default:
      return is_masked(op) ? std::optional(op) : std::nullopt;
  }
}

DType result_dtype(ReduceOp op, DType element) {
  const DType internal = element_for(op, element);
  switch (op) {
    case ReduceOp::any:
    case ReduceOp::all:
      return DType::boolean;
    case ReduceOp::argmin:
    case ReduceOp::argmax:
    case ReduceOp::count_nonzero:
      return DType::int64;
    default:
      return is_complex(element) ? element : internal;
  }
}

ReduceKernel find_reduce_kernel(ReduceOp op, DType element, Isa isa) {
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::mean:
    case ReduceOp::count_nonzero:
      return sum_kernel(element, isa);
    case ReduceOp::prod:
      return product_kernel(element, isa);
    case ReduceOp::var:
    case ReduceOp::stddev:
      return moments_kernel(element, isa);
    case ReduceOp::min:
    case ReduceOp::all:
      return extremum_kernel(false, element, isa);
    case ReduceOp::max:
    case ReduceOp::any:
      return extremum_kernel(true, element, isa);
    case ReduceOp::argmin:
      return arg_kernel(false, element, isa);
    case ReduceOp::argmax:
      return arg_kernel(true, element, isa);
    case ReduceOp::nanmin:
      return number_extremum_kernel(false, element, isa);
    case ReduceOp::nanmax:
      return number_extremum_kernel(true, element, isa);
    case ReduceOp::masked_mean:
      return masked_sum_kernel(element, isa);
    case ReduceOp::masked_var:
    case ReduceOp::masked_stddev:
    case ReduceOp::masked_nanvar:
    case ReduceOp::masked_nanstd:
      return masked_moments_kernel(element, isa);
  }
  return ReduceKernel{.field_count = 0};
}

Partial reduce_partial(ReduceOp op, const Program& program, std::span<const Chunk> inputs,
                       const Shape& out_shape, std::span<const int> axes,
                       const Placement& placement) {
  const std::vector<View> views(inputs.begin(), inputs.end());
  return reduce_partial(op, program, views, out_shape, axes, placement);
}

Partial reduce_partial(ReduceOp op, const Program& program, std::span<const View> inputs,
                       const Shape& out_shape, std::span<const int> axes,
                       const Placement& placement) {
  if (is_arg(op) && axes.size() != 1 && axes.size() != out_shape.size()) {
    throw ValueError(
        fmt::format("{} takes one axis or all of them, not {}", name(op), axes.size()));
  }
  const Reduction reduction(op, program);
  const ReduceKernel kernel = kernel_of(op, reduction.element);
  const std::int64_t parts = parts_of(op, reduction.element);
  const Shape reduced = reduced_shape(out_shape, axes);
  std::int64_t count = 1;
  for (const int axis : axes) count *= out_shape[static_cast<std::size_t>(axis)];
  Fields fields(op, reduction.element, kernel, reduced);
  if (element_count(out_shape) == 0) {
    kernel.clear(fields.state(), static_cast<std::size_t>(element_count(reduced) * parts));
    return std::move(fields).freeze(count);
  }
  const auto dimensions = merge_dimensions(out_shape, axes, parts);
  const std::vector<View> ready = in_order(inputs, dimensions);
  Tiles tiles(reduction.program, ready, out_shape, reduction.elements, reduction.mask, parts);
  reduce_all(kernel, tiles, dimensions, fields.state());
  if (is_arg(op)) globalise(fields.chunks[1].view<std::int64_t>(), out_shape, axes, placement);
  return std::move(fields).freeze(count);
}

Partial combine(ReduceOp op, std::span<const Partial> partials) {
  std::vector<const Partial*> filled;
  for (const Partial& partial : partials) {
    if (partial.count > 0) filled.push_back(&partial);
  }
  if (filled.empty() && partials.empty()) {
    throw ValueError(fmt::format("{}: no partial results to combine", name(op)));
  }
  if (filled.empty()) return partials.front();
  if (filled.size() == 1) return *filled.front();
  const Partial& first = *filled.front();
  const Shape& shape = first.fields.at(0).shape;
  const DType element = first.fields.at(0).dtype;
  const ReduceKernel kernel = kernel_of(op, element);
  const auto width = static_cast<std::size_t>(element_count(shape) * parts_of(op, element));
  Cascade cascade(kernel, width);
  std::int64_t count = 0;
  for (const Partial* partial : filled) {
    const State state = cascade.next();
    for (std::size_t f = 0; f < kernel.field_count; ++f) {
      const Chunk& field = partial->fields.at(f);
      if (field.shape != shape || field.dtype != first.fields.at(f).dtype) {
        throw ValueError(fmt::format("{}: partial results of shapes {} and {} do not combine",
                                     name(op), to_string(shape), to_string(field.shape)));
      }
      if (!field.data.empty()) std::memcpy(state.field[f], field.data.data(), field.data.size());
    }
    cascade.push(partial->count);
    count += partial->count;
  }
  const State total = cascade.finish();
  Fields fields(op, element, kernel, shape);
  const State out = fields.state();
  for (std::size_t f = 0; f < kernel.field_count; ++f) {
    if (fields.chunks[f].nbytes() > 0) {
      std::memcpy(out.field[f], total.field[f], fields.chunks[f].nbytes());
    }
  }
  return std::move(fields).freeze(count);
}

}  // namespace tartan::array
