// Systems of equations, inverses, determinants and ranks.

#include <algorithm>
#include <array/algorithms/linalg_nodes.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/linalg.hpp>
#include <array/linalg_support.hpp>
#include <fmt/format.h>
#include <limits>
#include <tartan/array/creation.hpp>
#include <tartan/array/linalg.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

Value solve_stack(Arguments& arguments) {
  next_words(arguments);
  const auto a = next_chunk(arguments);
  return Value::of(solve(a, next_chunk(arguments)));
}
template <bool kLower, bool kUnit>
Value triangular_stack(Arguments& arguments) {
  next_words(arguments);
  const auto a = next_chunk(arguments);
  return Value::of(solve_triangular(a, next_chunk(arguments), {kLower, kUnit}));
}
Value inv_stack(Arguments& arguments) {
  next_words(arguments);
  return Value::of(inv(next_chunk(arguments)));
}
Value slogdet_stack(Arguments& arguments) {
  next_words(arguments);
  return Value::of(slogdet(next_chunk(arguments)));
}
/// Words (rcond), a, b.
Value lstsq_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto a = next_chunk(arguments);
  return Value::of(lstsq(a, next_chunk(arguments), WordReader(list).number()));
}

const FunctionInfo& triangular_function(const linalg::TriangularOptions& options) {
  if (options.lower) {
    return options.unit_diagonal ? task_function<&triangular_stack<true, true>>()
                                 : task_function<&triangular_stack<true, false>>();
  }
  return options.unit_diagonal ? task_function<&triangular_stack<false, true>>()
                               : task_function<&triangular_stack<false, false>>();
}

std::int64_t scratch_of(const Node& node, std::int64_t copies) {
  return bytes_of({rows_of(node) + 64, columns_of(node) + 64}, node.dtype) * copies;
}

/// A system as it is solved: matrices on both sides, of one dtype.
struct System {
  NodePtr a;
  NodePtr b;
  bool vector = false;

  System(const Array& left, const Array& right, std::string_view what) {
    a = square_matrices(left, what);
    vector = right.ndim() == 1;
    b = matrices(vector ? expand_dims(right, 1) : right, what);
    if (rows_of(*b) != rows_of(*a)) {
      throw ValueError(fmt::format("{}: {} equations in a of shape {}, but {} in b of shape {}",
                                   what, rows_of(*a), to_string(left.shape()), rows_of(*b),
                                   to_string(right.shape())));
    }
    promote(a, b);
  }

  /// Whether one task solves a block.
  bool by_stacks() const {
    if (a->shape.size() > 2 || b->shape.size() > 2) return true;
    return has_whole_matrices(*a) && b->chunks[1].size() == 1;
  }

  /// Whole matrices with equal leading axes in equal chunks.
  std::vector<NodePtr> stacks() const {
    const auto lead = [](const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); };
    const auto common = broadcast_shapes(lead(a->shape), lead(b->shape));
    const auto spread = [&](const NodePtr& node) {
      auto shape = common;
      shape.insert(shape.end(), node->shape.end() - 2, node->shape.end());
      return broadcast_node(node, shape);
    };
    const auto left = with_whole_matrices(spread(a));
    auto chunks = left->chunks;
    chunks.back() = {columns_of(*b)};
    return {left, rechunk_node(spread(b), chunks)};
  }

  Array result(const Array& x) const { return vector ? squeeze(x, -1) : x; }

  Array by_task(const StackTask& task) const {
    auto whole = task;
    whole.parts = {{{rows_of(*b), columns_of(*b)}, a->dtype}};
    whole.scratch_bytes = scratch_of(*a, 1) + scratch_of(*b, 1);
    return result(stack_results(whole, stacks()).front());
  }
};

double epsilon_of(DType dtype) {
  return real_of(dtype) == DType::float32 ? double{std::numeric_limits<float>::epsilon()}
                                          : std::numeric_limits<double>::epsilon();
}

double rtol_of(const Node& node, const linalg::ToleranceOptions& options) {
  const auto longer = static_cast<double>(std::max(rows_of(node), columns_of(node)));
  return options.rtol.value_or(longer * epsilon_of(node.dtype));
}

/// Singular values that count, as bools.
Array significant(const Array& s, const Operand& rtol) {
  return greater(s, multiply(max(s, -1, {.keepdims = true}), rtol));
}

/// A tolerance per matrix beside singular values.
Array tolerances(const Array& rtol, std::string_view who) {
  if (!is_complex(rtol.dtype()) && !is_boolean(rtol.dtype())) return expand_dims(rtol, -1);
  throw TypeError(fmt::format("{}: rtol is {}; give real numbers", who, name(rtol.dtype())));
}

Array inverse_by(const NodePtr& node, const Operand& rtol) {
  if (rows_of(*node) == 0 || columns_of(*node) == 0) {
    return zeros_like(matrix_transpose(Array(node)));
  }
  const auto factors = linalg::svd(Array(node), {.full_matrices = false});
  const auto kept = significant(factors.s, rtol);
  const auto inverse = where(kept, divide(1.0, where(kept, factors.s, 1.0)), 0.0);
  return matmul(adjoint(factors.vh) * expand_dims(inverse, -2), adjoint(factors.u));
}

Array rank_by(const NodePtr& node, const Operand& rtol) {
  const auto s = linalg::svdvals(Array(node));
  if (s.shape(-1) == 0) return sum(s, -1).astype(DType::int64);
  return count_nonzero(significant(s, rtol), -1);
}

struct LeastSquares {
  Array x, rank, values;
};
LeastSquares lstsq_in_one_task(const Array& a, const Array& b, double rcond) {
  const auto node = with_whole_matrices(a.node());
  const auto right = with_whole_matrices(b.node());
  const auto n = columns_of(*node);
  const auto least = std::min(rows_of(*node), n);
  auto results = stack_results(
      {.name = "lstsq",
       .function = &task_function<&lstsq_block>(),
       .parts = {{{n, columns_of(*right)}, node->dtype},
                 {{}, DType::int64},
                 {{least}, real_of(node->dtype)}},
       .scratch_bytes = scratch_of(*node, 3) +
                        3 * bytes_of({rows_of(*node) + n, columns_of(*right) + 128}, node->dtype),
       .parameter = rcond},
      {node, right});
  return {results[0], results[1], results[2]};
}

/// A large matrix is brought to its R first, which has the same singular values.
LeastSquares least_squares(const Array& a, const Array& b, double rcond) {
  if (has_whole_matrices(*a.node())) return lstsq_in_one_task(a, b, rcond);
  if (a.shape()[0] >= a.shape()[1]) {
    const auto factors = linalg::qr(a);
    return lstsq_in_one_task(factors.r, matmul(adjoint(factors.q), b), rcond);
  }
  const auto factors = linalg::qr(adjoint(a));
  auto inner = lstsq_in_one_task(adjoint(factors.r), b, rcond);
  inner.x = matmul(factors.q, inner.x);
  return inner;
}

}  // namespace
}  // namespace array

namespace linalg {

Array solve(const Array& a, const Array& b, const SolveOptions& options) {
  const array::System system(a, b, "solve");
  if (options.assume_a == Assume::positive) {
    const auto lower = cholesky(Array(system.a));
    const auto half = solve_triangular(lower, Array(system.b), {.lower = true});
    return system.result(solve_triangular(array::adjoint(lower), half));
  }
  if (!system.by_stacks()) return system.result(Array(array::lu_solve_node(system.a, system.b)));
  return system.by_task({.name = "solve", .function = &task_function<&array::solve_stack>()});
}

Array solve_triangular(const Array& a, const Array& b, const TriangularOptions& options) {
  const array::System system(a, b, "solve_triangular");
  if (!system.by_stacks()) {
    return system.result(Array(
        array::triangular_tiles_node(system.a, system.b, options.lower, options.unit_diagonal)));
  }
  return system.by_task(
      {.name = "solve_triangular", .function = &array::triangular_function(options)});
}

Array inv(const Array& x) {
  const auto node = array::square_matrices(x, "inv");
  const auto n = array::rows_of(*node);
  if (node->shape.size() == 2 && !array::has_whole_matrices(*node)) {
    const auto side = array::tile_side(*node, 256);
    return solve(Array(node), eye(n, {.dtype = node->dtype, .chunks = {-1, side}}));
  }
  return array::stack_results({.name = "inv",
                               .function = &task_function<&array::inv_stack>(),
                               .parts = {{{n, n}, node->dtype}},
                               .scratch_bytes = array::scratch_of(*node, 2)},
                              {array::with_whole_matrices(node)})
      .front();
}

SlogdetResult slogdet(const Array& x) {
  const auto node = array::square_matrices(x, "slogdet");
  if (node->shape.size() == 2 && !array::has_whole_matrices(*node)) {
    const auto nodes = array::lu_slogdet_nodes(node);
    return {Array(nodes[0]), Array(nodes[1])};
  }
  auto results = array::stack_results({.name = "slogdet",
                                       .function = &task_function<&array::slogdet_stack>(),
                                       .parts = {{{}, node->dtype}, {{}, real_of(node->dtype)}},
                                       .scratch_bytes = array::scratch_of(*node, 1)},
                                      {array::with_whole_matrices(node)});
  return {results[0], results[1]};
}

Array det(const Array& x) {
  const auto node = array::square_matrices(x, "det");
  const auto parts = slogdet(Array(node));
  return parts.sign * exp(parts.logabsdet);
}

LstsqResult lstsq(const Array& a, const Array& b, const ToleranceOptions& options) {
  if (a.ndim() != 2 || b.ndim() < 1 || b.ndim() > 2 || b.shape()[0] != a.shape()[0]) {
    throw ValueError(
        fmt::format("lstsq: shapes {} and {}; give a matrix and a vector or a matrix "
                    "with as many rows",
                    to_string(a.shape()), to_string(b.shape())));
  }
  const bool vector = b.ndim() == 1;
  auto left = array::matrices(a, "lstsq");
  auto right = array::matrices(vector ? expand_dims(b, 1) : b, "lstsq");
  array::promote(left, right);
  const auto rcond = array::rtol_of(*left, options);
  const auto result = array::least_squares(Array(left), Array(right), rcond);
  const auto rest = Array(right) - matmul(Array(left), result.x);
  return {vector ? squeeze(result.x, 1) : result.x, sum(square(abs(rest)), 0), result.rank,
          result.values};
}

Array pinv(const Array& x, const ToleranceOptions& options) {
  const auto node = array::matrices(x, "pinv");
  return array::inverse_by(node, array::rtol_of(*node, options));
}

Array pinv(const Array& x, const Array& rtol) {
  return array::inverse_by(array::matrices(x, "pinv"), array::tolerances(rtol, "pinv"));
}

Array matrix_rank(const Array& x, const ToleranceOptions& options) {
  const auto node = array::matrices(x, "matrix_rank");
  return array::rank_by(node, array::rtol_of(*node, options));
}

Array matrix_rank(const Array& x, const Array& rtol) {
  return array::rank_by(array::matrices(x, "matrix_rank"),
                        array::tolerances(rtol, "matrix_rank"));
}

Array matrix_power(const Array& x, std::int64_t n) {
  const auto node = array::square_matrices(x, "matrix_power");
  const auto side = array::rows_of(*node);
  if (n == 0) {
    const Chunks chunks(x.chunks().end() - 2, x.chunks().end());
    return broadcast_to(eye(side, {.dtype = x.dtype(), .chunks = chunks}), x.shape());
  }
  Array square = n < 0 ? inv(x) : x;
  std::optional<Array> result;
  for (auto left = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);;) {
    if ((left & 1) != 0) result = result ? matmul(*result, square) : square;
    left >>= 1;
    if (left == 0) return *result;
    square = matmul(square, square);
  }
}

}  // namespace linalg
}  // namespace tartan
