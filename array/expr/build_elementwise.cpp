#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/settle.hpp>
#include <fmt/format.h>
#include <limits>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// The input whose chunks along an axis of the result the others follow: the largest one that
/// really extends along it, computed ones before those made from nothing.
const Node* leader(const std::vector<NodePtr>& inputs, std::size_t axis, std::size_t ndim) {
  const Node* best = nullptr;
  for (const auto& input : inputs) {
    const auto missing = ndim - input->shape.size();
    if (axis < missing || input->shape[axis - missing] == 1) continue;
    const auto rank = [](const Node& n) {
      return std::pair(!n.is_generator(), bytes_of(n.shape, n.dtype));
    };
    if (best == nullptr || rank(*input) > rank(*best)) best = input.get();
  }
  return best;
}

/// Whether the inputs are cut alike along every axis that more than one of them extends along.
bool cut_alike(const std::vector<NodePtr>& inputs) {
  std::vector<const std::vector<std::int64_t>*> common;  // from the last axis
  for (const auto& input : inputs) {
    const auto& chunks = input->chunks;
    common.resize(std::max(common.size(), chunks.size()), nullptr);
    for (std::size_t back = 0; back < chunks.size(); ++back) {
      const auto axis = chunks.size() - 1 - back;
      if (input->shape[axis] == 1) continue;
      if (common[back] != nullptr && *common[back] != chunks[axis]) return false;
      common[back] = &chunks[axis];
    }
  }
  return true;
}

/// Lengths that are not known stay so where nothing has to be cut anew.
void settle_unless_alike(std::vector<NodePtr>& inputs) {
  const bool all_known = std::all_of(inputs.begin(), inputs.end(),
                                     [](const NodePtr& n) { return n->settled == nullptr; });
  if (all_known || cut_alike(inputs)) return;
  for (auto& input : inputs) input = known(input);
}

}  // namespace

int normal_axis(std::int64_t axis, std::size_t ndim, std::string_view what) {
  const auto count = static_cast<std::int64_t>(ndim);
  if (axis < -count || axis >= count) {
    throw ValueError(
        count == 0
            ? fmt::format("{}: axis {} given, but the array is 0-d and has no axes", what, axis)
            : fmt::format("{}: axis {} is out of range for an array with {} axes; give one from "
                          "{} to {}",
                          what, axis, count, -count, count - 1));
  }
  return static_cast<int>(axis < 0 ? axis + count : axis);
}

void check_shape(const Shape& shape, DType dtype) {
  std::int64_t room = std::numeric_limits<std::int64_t>::max() /
                      static_cast<std::int64_t>(itemsize(dtype));
  for (auto length : shape) {
    if (length < 0) {
      throw ValueError(fmt::format("shape {} has a negative length; lengths are 0 or more",
                                   to_string(shape)));
    }
    if (length > 0 && room / length == 0) {
      throw ValueError(fmt::format("shape {} of {} has more than 2^63 bytes; give a smaller one",
                                   to_string(shape), name(dtype)));
    }
    if (length > 0) room /= length;
  }
}

NodePtr constant_node(const Scalar& value, DType dtype) {
  return make_node(FullNode{value}, dtype, {}, {});
}

NodePtr literal_node(Chunk chunk, Chunks chunks) {
  const auto dtype = chunk.dtype;
  auto shape = chunk.shape;
  return make_node(LiteralNode{std::move(chunk), std::make_shared<LiteralNode::Sent>()}, dtype,
                   std::move(shape), std::move(chunks));
}

Chunks align_chunks(std::vector<NodePtr>& inputs) {
  settle_unless_alike(inputs);
  Shape shape;
  for (const auto& input : inputs) shape = broadcast_shapes(shape, input->shape);
  Chunks chunks(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto* first = leader(inputs, axis, shape.size());
    chunks[axis] = first == nullptr
                       ? std::vector<std::int64_t>{shape[axis]}
                       : first->chunks[axis - (shape.size() - first->shape.size())];
  }
  for (auto& input : inputs) {
    const auto missing = shape.size() - input->shape.size();
    Chunks wanted(input->shape.size());
    for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
      wanted[axis] = input->shape[axis] == 1 ? std::vector<std::int64_t>{1}
                                             : chunks[axis + missing];
    }
    input = rechunk_node(input, wanted);
  }
  return chunks;
}

NodePtr elementwise_node(Operation operation, std::vector<NodePtr> inputs) {
  std::vector<DType> dtypes;
  dtypes.reserve(inputs.size());
  for (const auto& input : inputs) dtypes.push_back(input->dtype);
  const auto signature = signature_of(operation, dtypes);
  auto chunks = align_chunks(inputs);
  auto shape = shape_of(chunks);
  return make_node(ElementwiseNode{operation}, signature.result, std::move(shape),
                   std::move(chunks), std::move(inputs));
}

NodePtr cast_node(const NodePtr& input, DType dtype) {
  if (input->dtype == dtype) return input;
  if (const auto* full = input->as<FullNode>(); full && input->shape.empty()) {
    return constant_node(full->value, dtype);
  }
  return make_node(ElementwiseNode{Operation::cast}, dtype, input->shape, input->chunks, {input});
}

NodePtr broadcast_node(const NodePtr& input, const Shape& shape) {
  check_shape(shape, input->dtype);
  if (input->shape == shape) return input;
  if (!broadcasts_to(input->shape, shape)) {
    throw ValueError(fmt::format("broadcast_to: an array of shape {} does not broadcast to {}",
                                 to_string(input->shape), to_string(shape)));
  }
  // New axes are cut so that one block has the default size beside the axes that are kept.
  Shape fresh = shape;
  std::int64_t kept = 1;
  const auto missing = shape.size() - input->shape.size();
  for (std::size_t axis = missing; axis < shape.size(); ++axis) {
    if (input->shape[axis - missing] != shape[axis]) continue;
    fresh[axis] = 1;
    kept *= *std::max_element(input->chunks[axis - missing].begin(),
                              input->chunks[axis - missing].end());
  }
  auto chunks = automatic_chunks(fresh, itemsize(input->dtype),
                                 kDefaultChunkBytes / std::max<std::int64_t>(kept, 1));
  for (std::size_t axis = missing; axis < shape.size(); ++axis) {
    if (input->shape[axis - missing] == shape[axis]) chunks[axis] = input->chunks[axis - missing];
  }
  return make_node(BroadcastNode{}, input->dtype, shape, std::move(chunks), {input});
}

NodePtr reduce_node(const NodePtr& given, ReduceOp operation,
                    const std::optional<std::vector<std::int64_t>>& axes, bool keepdims,
                    double correction) {
  const bool finds = operation == ReduceOp::argmin || operation == ReduceOp::argmax;
  const auto input = finds ? known(given) : given;
  ReduceNode reduce{operation, {}, keepdims, correction};
  const auto ndim = input->shape.size();
  if (axes) {
    for (auto axis : *axes) reduce.axes.push_back(normal_axis(axis, ndim, name(operation)));
    std::sort(reduce.axes.begin(), reduce.axes.end());
    const auto twice = std::adjacent_find(reduce.axes.begin(), reduce.axes.end());
    if (twice != reduce.axes.end()) {
      throw ValueError(fmt::format("{}: axis {} is named twice", name(operation), *twice));
    }
  } else {
    for (std::size_t axis = 0; axis < ndim; ++axis) reduce.axes.push_back(static_cast<int>(axis));
  }
  if (finds && reduce.axes.size() != 1 && reduce.axes.size() != ndim) {
    throw ValueError(fmt::format("{}: give one axis, or none for the whole array; got {} axes",
                                 name(operation), reduce.axes.size()));
  }
  const bool needs_elements = finds || operation == ReduceOp::min || operation == ReduceOp::max ||
                              operation == ReduceOp::nanmin || operation == ReduceOp::nanmax;
  Chunks chunks;
  bool empty = false;
  for (std::size_t axis = 0; axis < ndim; ++axis) {
    const bool reduced = std::binary_search(reduce.axes.begin(), reduce.axes.end(),
                                            static_cast<int>(axis));
    empty = empty || (reduced && input->shape[axis] == 0);
    if (!reduced) chunks.push_back(input->chunks[axis]);
    if (reduced && keepdims) chunks.push_back({1});
  }
  if (needs_elements && empty) {
    throw ValueError(fmt::format("{} of no elements: an axis it reduces has length 0 in shape {}",
                                 name(operation), to_string(input->shape)));
  }
  const auto dtype = result_dtype(operation, input->dtype);
  auto shape = shape_of(chunks);
  return make_node(std::move(reduce), dtype, std::move(shape), std::move(chunks), {input});
}

}  // namespace tartan::array
