// Factorisations: which algorithm a matrix takes, by its chunks.

#include <algorithm>
#include <array/algorithms/linalg_nodes.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/linalg.hpp>
#include <array/linalg_support.hpp>
#include <fmt/format.h>
#include <tartan/array/creation.hpp>
#include <tartan/array/linalg.hpp>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// R of a tall matrix is made by one task at the root of a tree as long as it is this small.
constexpr std::int64_t kMostBytesOfR = std::int64_t{32} << 20;

Value cholesky_stack(Arguments& arguments) {
  next_words(arguments);
  return Value::of(cholesky(next_chunk(arguments)));
}
template <bool kComplete>
Value qr_stack(Arguments& arguments) {
  next_words(arguments);
  return Value::of(qr(next_chunk(arguments), kComplete));
}
template <bool kFull>
Value svd_stack(Arguments& arguments) {
  next_words(arguments);
  return Value::of(svd(next_chunk(arguments), kFull));
}
/// Functions of a chunk alone.
template <auto Kernel>
Value matrix_stack(Arguments& arguments) {
  next_words(arguments);
  return Value::of(Kernel(next_chunk(arguments)));
}

struct Sizes {
  std::int64_t m, n, least;
  explicit Sizes(const Node& node) : m(rows_of(node)), n(columns_of(node)), least(std::min(m, n)) {}
};

/// Temporary memory of a decomposition in squares of its shorter side, besides a copy.
std::int64_t scratch_of(const Node& node, std::int64_t squares) {
  const Sizes size(node);
  return bytes_of({size.m, size.n}, node.dtype) +
         bytes_of({size.least, size.least}, node.dtype) * squares +
         bytes_of({size.m + size.n, 160}, node.dtype);
}

linalg::QrResult pair(std::vector<Array> results) {
  return {std::move(results[0]), std::move(results[1])};
}

linalg::QrResult qr_of_stack(const NodePtr& node, bool complete) {
  const Sizes size(*node);
  const auto width = complete ? size.m : size.least;
  const auto extra = bytes_of({size.m, width}, node->dtype);
  return pair(
      stack_results({.name = "qr",
                     .function = complete ? &task_function<&qr_stack<true>>()
                                          : &task_function<&qr_stack<false>>(),
                     .parts = {{{size.m, width}, node->dtype}, {{width, size.n}, node->dtype}},
                     .scratch_bytes = scratch_of(*node, 0) + extra},
                    {with_whole_matrices(node)}));
}

/// Blocks of whole rows, no larger than the matrix's own where they can be so.
NodePtr row_blocks(const NodePtr& node) {
  const Sizes size(*node);
  const auto longest = [](const std::vector<std::int64_t>& axis) {
    return *std::max_element(axis.begin(), axis.end());
  };
  const auto& chunks = node->chunks;
  if (chunks[1].size() == 1 && longest(chunks[0]) >= size.n) return node;
  const auto elements = longest(chunks[0]) * longest(chunks[1]);
  const auto rows =
      std::max<std::int64_t>({1, size.n, elements / std::max<std::int64_t>(1, size.n)});
  return rechunk_node(node, {cut_axis(size.m, rows), {size.n}});
}

bool is_tall(const Node& node) {
  const Sizes size(node);
  return size.m >= 2 * size.n && bytes_of({size.n, size.n}, node.dtype) <= kMostBytesOfR;
}

linalg::QrResult qr_of_chunks(const NodePtr& node, bool complete) {
  const Sizes size(*node);
  if (size.m < size.n) {
    const Array x(node);
    const auto left =
        linalg::qr(x.slice({all_of_axis, {0, size.m}}),
                   {.mode = complete ? linalg::QrMode::complete : linalg::QrMode::reduced});
    const auto right = matmul(adjoint(left.q), x.slice({all_of_axis, {size.m, {}}}));
    return {left.q, concatenate({left.r, right}, 1)};
  }
  const auto nodes =
      !complete && is_tall(*node) ? tsqr_nodes(row_blocks(node)) : qr_columns_nodes(node, complete);
  return {Array(nodes.q), Array(nodes.r)};
}

linalg::SvdResult svd_of_stack(const NodePtr& node, bool full) {
  const Sizes size(*node);
  const auto u_columns = full ? size.m : size.least;
  const auto v_rows = full ? size.n : size.least;
  auto results = stack_results(
      {.name = "svd",
       .function = full ? &task_function<&svd_stack<true>>() : &task_function<&svd_stack<false>>(),
       .parts = {{{size.m, u_columns}, node->dtype},
                 {{size.least}, real_of(node->dtype)},
                 {{v_rows, size.n}, node->dtype}},
       .scratch_bytes = scratch_of(*node, 12) + bytes_of({size.m, u_columns}, node->dtype) +
                        bytes_of({v_rows, size.n}, node->dtype)},
      {with_whole_matrices(node)});
  return {results[0], results[1], results[2]};
}

linalg::SvdResult svd_of_chunks(const NodePtr& node, bool full) {
  const Sizes size(*node);
  if (size.m < size.n) {
    const auto turned = svd_of_chunks(adjoint(Array(node)).node(), full);
    return {adjoint(turned.vh), turned.s, adjoint(turned.u)};
  }
  if (!full && is_tall(*node)) {
    const auto rows = row_blocks(node);
    const auto inner = svd_of_stack(tsqr_nodes(rows).r, false);
    return {Array(tsqr_q_times_node(rows, inner.u.node())), inner.s, inner.vh};
  }
  const auto factors = qr_of_chunks(node, full);
  const auto inner = svd_of_stack(factors.r.slice({{0, size.n}}).node(), false);
  auto u = matmul(factors.q.slice({all_of_axis, {0, size.n}}), inner.u);
  if (full) u = concatenate({u, factors.q.slice({all_of_axis, {size.n, {}}})}, 1);
  return {u, inner.s, inner.vh};
}

/// Whether one task can take a block: stacks, and matrices in one chunk.
bool by_stacks(const Node& node) { return node.shape.size() > 2 || has_whole_matrices(node); }

void check_one_matrix(const Array& x, std::string_view what) {
  if (x.ndim() != 2) {
    throw ValueError(
        fmt::format("{}: a shape of {}; give a matrix of two axes", what, to_string(x.shape())));
  }
}

/// Results {eigenvalues, vectors} of square matrices, or the first alone.
std::vector<Array> eigen(const NodePtr& node, std::string_view what, const FunctionInfo& function,
                         bool hermitian, bool vectors) {
  const auto n = rows_of(*node);
  const auto values = hermitian ? real_of(node->dtype) : complex_of(node->dtype);
  std::vector<StackPart> parts{{{n}, values}};
  if (vectors) parts.push_back({{n, n}, hermitian ? node->dtype : complex_of(node->dtype)});
  return stack_results({.name = what,
                        .function = &function,
                        .parts = std::move(parts),
                        .scratch_bytes = scratch_of(*node, 8)},
                       {with_whole_matrices(node)});
}

}  // namespace

Array adjoint(const Array& x) {
  const auto turned = matrix_transpose(x);
  return is_complex(x.dtype()) ? conj(turned) : turned;
}

}  // namespace array

namespace linalg {

Array cholesky(const Array& x, const CholeskyOptions& options) {
  const auto node = array::square_matrices(x, "cholesky");
  if (options.upper) return array::adjoint(cholesky(array::adjoint(x)));
  if (!array::by_stacks(*node)) return Array(array::cholesky_tiles_node(node));
  const auto n = array::rows_of(*node);
  return array::stack_results({.name = "cholesky",
                               .function = &task_function<&array::cholesky_stack>(),
                               .parts = {{{n, n}, node->dtype}}},
                              {array::with_whole_matrices(node)})
      .front();
}

QrResult qr(const Array& x, const QrOptions& options) {
  const auto node = array::matrices(x, "qr");
  const bool complete = options.mode == QrMode::complete;
  return array::by_stacks(*node) ? array::qr_of_stack(node, complete)
                                 : array::qr_of_chunks(node, complete);
}

QrResult tsqr(const Array& x) {
  array::check_one_matrix(x, "tsqr");
  const auto node = array::matrices(x, "tsqr");
  if (x.shape()[0] < x.shape()[1]) {
    throw ValueError(fmt::format("tsqr: a shape of {} has more columns than rows; use qr or sfqr",
                                 to_string(x.shape())));
  }
  const auto nodes = array::tsqr_nodes(array::row_blocks(node));
  return {Array(nodes.q), Array(nodes.r)};
}

QrResult sfqr(const Array& x) {
  array::check_one_matrix(x, "sfqr");
  if (x.shape()[0] > x.shape()[1]) {
    throw ValueError(fmt::format("sfqr: a shape of {} has more rows than columns; use qr or tsqr",
                                 to_string(x.shape())));
  }
  return qr(x);
}

LuResult lu(const Array& x) {
  array::check_one_matrix(x, "lu");
  const auto node = array::matrices(x, "lu");
  const auto nodes = array::lu_nodes(node);
  const auto m = x.shape()[0];
  const auto rows = cut_axis(m, array::tile_side(*node, 256));
  const auto order = Array(nodes.permutation).rechunk(Chunks{rows});
  const auto numbers = expand_dims(arange(0, m, 1, {.chunks = Chunks{rows}}), 1);
  return {equal(numbers, order).astype(real_of(node->dtype)), Array(nodes.l), Array(nodes.u)};
}

SvdResult svd(const Array& x, const SvdOptions& options) {
  const auto node = array::matrices(x, "svd");
  return array::by_stacks(*node) ? array::svd_of_stack(node, options.full_matrices)
                                 : array::svd_of_chunks(node, options.full_matrices);
}

Array svdvals(const Array& x) {
  auto node = array::matrices(x, "svdvals");
  if (!array::by_stacks(*node)) {
    if (array::rows_of(*node) < array::columns_of(*node)) {
      node = array::transpose_node(node, {1, 0});
    }
    node = array::is_tall(*node) ? array::tsqr_r_node(array::row_blocks(node))
                                 : array::qr_columns_nodes(node, false).r;
  }
  const array::Sizes size(*node);
  return array::stack_results({.name = "svdvals",
                               .function = &task_function<&array::matrix_stack<&array::svdvals>>(),
                               .parts = {{{size.least}, real_of(node->dtype)}},
                               .scratch_bytes = array::scratch_of(*node, 12)},
                              {array::with_whole_matrices(node)})
      .front();
}

SvdResult svd_compressed(const Array& x, std::int64_t k, const CompressedOptions& options) {
  array::check_one_matrix(x, "svd_compressed");
  const auto a = Array(array::matrices(x, "svd_compressed"));
  const array::Sizes size(*a.node());
  if (k < 1 || k > size.least) {
    throw ValueError(fmt::format("svd_compressed: k is {}; a matrix of {} has 1 to {}", k,
                                 to_string(x.shape()), size.least));
  }
  if (options.n_oversamples < 0 || options.n_power_iter < 0) {
    throw ValueError(
        fmt::format("svd_compressed: n_oversamples {} and n_power_iter {} are to be 0 "
                    "or more",
                    options.n_oversamples, options.n_power_iter));
  }
  const auto width = std::min(size.least, k + options.n_oversamples);
  auto samples = matmul(
      a, random::normal({size.n, width},
                        {.chunks = {-1, -1}, .seed = options.seed, .dtype = real_of(a.dtype())})
             .astype(a.dtype()));
  auto basis = qr(samples.rechunk({AxisChunks(a.chunks()[0]), -1})).q;
  for (int pass = 0; pass < options.n_power_iter; ++pass) {
    const auto back = qr(matmul(array::adjoint(a), basis)).q;
    basis = qr(matmul(a, back)).q;
  }
  const auto small = svd(matmul(array::adjoint(basis), a), {.full_matrices = false});
  return {matmul(basis, small.u.slice({all_of_axis, {0, k}})), small.s.slice({{0, k}}),
          small.vh.slice({{0, k}})};
}

EigResult eigh(const Array& x) {
  auto results = array::eigen(array::square_matrices(x, "eigh"), "eigh",
                              task_function<&array::matrix_stack<&array::eigh>>(), true, true);
  return {results[0], results[1]};
}
Array eigvalsh(const Array& x) {
  return array::eigen(array::square_matrices(x, "eigvalsh"), "eigvalsh",
                      task_function<&array::matrix_stack<&array::eigvalsh>>(), true, false)
      .front();
}
EigResult eig(const Array& x) {
  auto results = array::eigen(array::square_matrices(x, "eig"), "eig",
                              task_function<&array::matrix_stack<&array::eig>>(), false, true);
  return {results[0], results[1]};
}
Array eigvals(const Array& x) {
  return array::eigen(array::square_matrices(x, "eigvals"), "eigvals",
                      task_function<&array::matrix_stack<&array::eigvals>>(), false, false)
      .front();
}

}  // namespace linalg
}  // namespace tartan
