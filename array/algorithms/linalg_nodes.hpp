#pragma once

// Nodes of matrix factorisations. Those of stacks take one task per block, whose last two axes must
// be whole; those of one large matrix write many tasks over its tiles or its blocks of columns, in
// an order that depends on the chunks alone. The inputs have a floating or complex dtype.

#include <array/expr/algorithm.hpp>
#include <string_view>
#include <tartan/array/array.hpp>
#include <vector>

namespace tartan::array {

// ---- arguments --------------------------------------------------------------------------------

/// The node of an array of matrices as they are factorised: integers and bools become float64.
/// Throws ValueError below two axes.
NodePtr matrices(const Array& x, std::string_view what);
/// The same; throws ValueError when they are not square.
NodePtr square_matrices(const Array& x, std::string_view what);
/// Both in the dtype they promote to.
void promote(NodePtr& a, NodePtr& b);
std::int64_t rows_of(const Node& node);
std::int64_t columns_of(const Node& node);
/// Whether the last two axes are one chunk each.
bool has_whole_matrices(const Node& node);
/// The same with whole matrices; leading axes are cut so that blocks do not grow where possible.
NodePtr with_whole_matrices(const NodePtr& node);
/// The side of square tiles for a matrix, by its chunks, and at most `most` tiles along an axis.
std::int64_t tile_side(const Node& node, std::int64_t most);

// ---- stacks -----------------------------------------------------------------------------------

/// One of the results for a matrix: its shape without the leading axes.
struct StackPart {
  Shape shape;
  DType dtype = DType::float64;
};
/// A task per block of stacks: words, then a chunk per input -> Chunk, or std::vector<Chunk> when
/// there are several parts.
struct StackTask {
  std::string_view name;  ///< a literal
  const FunctionInfo* function = nullptr;
  std::vector<StackPart> parts = {};
  std::int64_t scratch_bytes = 0;
  double parameter = 0;  ///< the words
};
/// The results of the task; all inputs have equal leading axes and chunks there.
std::vector<Array> stack_results(const StackTask& task, const std::vector<NodePtr>& inputs);

// ---- one large matrix -------------------------------------------------------------------------

/// L on square tiles.
NodePtr cholesky_tiles_node(const NodePtr& a);
/// x of a x = b, with a on square tiles and b cut along its rows as a is.
NodePtr triangular_tiles_node(const NodePtr& a, const NodePtr& b, bool lower, bool unit_diagonal);

/// Factors of an m x n matrix by columns, k = min(m, n).
struct LuNodes {
  NodePtr permutation;  ///< row permutation[i] of the matrix is row i of L U; int64
  NodePtr l;            ///< m x k
  NodePtr u;            ///< k x n
};
LuNodes lu_nodes(const NodePtr& a);
/// x of a x = b for a square a and a matrix b.
NodePtr lu_solve_node(const NodePtr& a, const NodePtr& b);
/// {sign, log of the absolute value} of the determinant.
std::vector<NodePtr> lu_slogdet_nodes(const NodePtr& a);

struct QrNodes {
  NodePtr q, r;
};
/// Of a matrix with m >= n by Householder reflectors, by columns; complete: Q is m x m.
QrNodes qr_columns_nodes(const NodePtr& a, bool complete);
/// Of a matrix with m >= n in blocks of whole rows, by a tree; R is one block.
QrNodes tsqr_nodes(const NodePtr& a);
/// That Q times a square matrix in one block, without Q itself.
NodePtr tsqr_q_times_node(const NodePtr& a, const NodePtr& square);
/// R alone, for half of the work.
NodePtr tsqr_r_node(const NodePtr& a);

}  // namespace tartan::array
