#pragma once

// Makes nodes: checks the arguments as a user gave them, works out dtype, shape and chunks, and
// puts in what the node needs of its inputs (equal chunks, a common dtype). Every function throws
// ValueError or TypeError that names the argument at fault and says what would do.

#include <array/expr/node.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <tartan/array/slicing.hpp>

namespace tartan::array {

/// axis counted from the front; negative ones count from the end.
int normal_axis(std::int64_t axis, std::size_t ndim, std::string_view what);
/// Throws ValueError when a dimension is negative or the bytes do not fit 63 bits.
void check_shape(const Shape& shape, DType dtype);

/// A 0-d array of one value; programs take it as a constant.
NodePtr constant_node(const Scalar& value, DType dtype);
NodePtr literal_node(Chunk chunk, Chunks chunks);

/// Inputs broadcast to each other; chunks follow the largest input that is not made from nothing.
NodePtr elementwise_node(Operation operation, std::vector<NodePtr> inputs);
NodePtr cast_node(const NodePtr& input, DType dtype);
NodePtr broadcast_node(const NodePtr& input, const Shape& shape);
/// The inputs with chunks that agree wherever they have an axis in common, and the chunks of what
/// they broadcast to.
Chunks align_chunks(std::vector<NodePtr>& inputs);

/// axes as the user gave them; none: all.
NodePtr reduce_node(const NodePtr& input, ReduceOp operation,
                    const std::optional<std::vector<std::int64_t>>& axes, bool keepdims,
                    double correction);

/// The items with the ellipsis written out, one for every axis and new axis. ValueError when they
/// name more axes than there are.
std::vector<SliceItem> written_out(std::span<const SliceItem> items, std::size_t ndim);
NodePtr slice_node(const NodePtr& input, std::span<const SliceItem> items);
/// The same from ranges that are known to be right.
NodePtr slice_node(const NodePtr& input, SliceNode slice);
/// Where the elements of a range lie, in the order they come out: block, first element inside it
/// (offset), how many; position counts from the start of the range.
std::vector<AxisPiece> pieces_of_slice(const std::vector<std::int64_t>& bounds,
                                       const AxisRange& range);

NodePtr transpose_node(const NodePtr& input, const std::vector<std::int64_t>& axes);
NodePtr reshape_node(const NodePtr& input, Shape shape, const ChunkSpec& chunks);
NodePtr rechunk_node(const NodePtr& input, const Chunks& chunks);
NodePtr concatenate_node(std::vector<NodePtr> inputs, std::int64_t axis);
NodePtr stack_node(std::vector<NodePtr> inputs, std::int64_t axis);
NodePtr matmul_node(NodePtr a, NodePtr b);

}  // namespace tartan::array
