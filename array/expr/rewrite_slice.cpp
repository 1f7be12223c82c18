#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/masked.hpp>
#include <array/expr/rewrite.hpp>

namespace tartan::array {
namespace {

/// The part of a slice that falls on an input which broadcasts: missing axes go, and along an
/// axis of length 1 the one element is taken as often as the slice wants it, which broadcasting
/// does by itself. False when the slice leaves nothing along such an axis.
bool slice_for(const Node& input, const SliceNode& whole, SliceNode& part) {
  const auto missing = whole.ranges.size() - input.shape.size();
  for (auto axis = missing; axis < whole.ranges.size(); ++axis) {
    auto range = whole.ranges[axis];
    if (input.shape[axis - missing] == 1) {
      if (range.count == 0) return false;
      range = {0, 1, 1};
    }
    part.ranges.push_back(range);
  }
  // Axes in front of the first one the input has need not be kept; new axes behind it must be.
  bool started = false;
  for (auto axis : whole.output_axes) {
    if (axis >= 0 && static_cast<std::size_t>(axis) >= missing) started = true;
    if (!started) continue;
    part.output_axes.push_back(axis < 0 ? -1 : axis - static_cast<int>(missing));
  }
  return true;
}

bool is_plain(const SliceNode& slice) {
  if (slice.output_axes.size() != slice.ranges.size()) return false;
  for (std::size_t axis = 0; axis < slice.output_axes.size(); ++axis) {
    if (slice.output_axes[axis] != static_cast<int>(axis)) return false;
  }
  return true;
}

SliceNode plain(std::vector<AxisRange> ranges) {
  SliceNode slice{std::move(ranges), {}, {}};
  for (std::size_t axis = 0; axis < slice.ranges.size(); ++axis) {
    slice.output_axes.push_back(static_cast<int>(axis));
  }
  return slice;
}

std::vector<AxisRange> whole_ranges(const Shape& shape) {
  std::vector<AxisRange> ranges;
  for (auto length : shape) ranges.push_back({0, length, 1});
  return ranges;
}

NodePtr sliced(const NodePtr& input, SliceNode slice, const Uses& uses) {
  return push_slice_down(slice_node(input, std::move(slice)), uses);
}

NodePtr through_elementwise(const Node& input, const ElementwiseNode& elementwise,
                            const NodePtr& node, const Uses& uses) {
  const auto& slice = *node->as<SliceNode>();
  std::vector<NodePtr> parts;
  for (const auto& operand : input.inputs) {
    SliceNode part;
    if (!slice_for(*operand, slice, part)) return node;
    parts.push_back(sliced(operand, std::move(part), uses));
  }
  return make_node(ElementwiseNode{elementwise.operation}, input.dtype, node->shape, node->chunks,
                   std::move(parts));
}

NodePtr through_broadcast(const Node& input, const NodePtr& node, const Uses& uses) {
  SliceNode part;
  const auto& from = input.inputs.front();
  if (!slice_for(*from, plain(node->as<SliceNode>()->ranges), part)) return node;
  return make_node(BroadcastNode{}, node->dtype, node->shape, node->chunks,
                   {sliced(from, std::move(part), uses)});
}

NodePtr through_transpose(const Node& input, const TransposeNode& transpose, const NodePtr& node,
                          const Uses& uses) {
  const auto& ranges = node->as<SliceNode>()->ranges;
  std::vector<AxisRange> part(ranges.size());
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    part[static_cast<std::size_t>(transpose.axes[axis])] = ranges[axis];
    axes.push_back(transpose.axes[axis]);
  }
  return transpose_node(sliced(input.inputs.front(), plain(std::move(part)), uses), axes);
}

NodePtr through_reduction(const Node& input, const ReduceNode& reduce, const NodePtr& node,
                          const Uses& uses) {
  const auto& ranges = node->as<SliceNode>()->ranges;
  const auto& from = input.inputs.front();
  auto part = whole_ranges(from->shape);
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < part.size(); ++axis) {
    const bool reduced = std::binary_search(reduce.axes.begin(), reduce.axes.end(),
                                            static_cast<int>(axis));
    if (!reduced) part[axis] = ranges[next];
    if (!reduced || reduce.keepdims) ++next;
  }
  std::vector<NodePtr> parts{sliced(from, plain(part), uses)};
  if (const auto* mask = mask_of(input)) {
    SliceNode part_of_mask;
    if (!slice_for(**mask, plain(part), part_of_mask)) return node;
    parts.push_back(sliced(*mask, std::move(part_of_mask), uses));
  }
  return make_node(reduce, node->dtype, node->shape, node->chunks, std::move(parts));
}

NodePtr through_matmul(const Node& input, const NodePtr& node, const Uses& uses) {
  const auto& ranges = node->as<SliceNode>()->ranges;
  const auto& a = input.inputs[0];
  const auto& b = input.inputs[1];
  if (a->shape.size() != 2 || b->shape.size() != 2) return node;
  auto rows = whole_ranges(a->shape);
  auto columns = whole_ranges(b->shape);
  rows[0] = ranges[0];
  columns[1] = ranges[1];
  return matmul_node(sliced(a, plain(std::move(rows)), uses),
                     sliced(b, plain(std::move(columns)), uses));
}

/// The slice without axes dropped or added, pushed down; then those.
NodePtr ranges_first(const NodePtr& node, const Uses& uses) {
  const auto& slice = *node->as<SliceNode>();
  const auto& input = node->inputs.front();
  if (slice.ranges == whole_ranges(input->shape)) return node;
  const auto part = sliced(input, plain(slice.ranges), uses);
  return slice_node(part, SliceNode{whole_ranges(part->shape), slice.output_axes, {}});
}

}  // namespace

NodePtr push_slice_down(const NodePtr& node, const Uses& uses) {
  const auto* slice = node->as<SliceNode>();
  if (slice == nullptr) return node;
  const auto& input = node->inputs.front();
  if (input->as<FullNode>() != nullptr) {
    return make_node(input->kind, input->dtype, node->shape, node->chunks);
  }
  if (uses.of(*input) != 1 || is_empty(node->shape)) return node;
  if (const auto* elementwise = input->as<ElementwiseNode>()) {
    return through_elementwise(*input, *elementwise, node, uses);
  }
  const bool passes = input->as<BroadcastNode>() || input->as<TransposeNode>() ||
                      input->as<ReduceNode>() || input->as<RechunkNode>() ||
                      input->as<MatmulNode>();
  if (!passes) return node;
  if (!is_plain(*slice)) return ranges_first(node, uses);
  if (input->as<BroadcastNode>() != nullptr) return through_broadcast(*input, node, uses);
  if (const auto* transpose = input->as<TransposeNode>()) {
    return through_transpose(*input, *transpose, node, uses);
  }
  if (const auto* reduce = input->as<ReduceNode>()) {
    return through_reduction(*input, *reduce, node, uses);
  }
  if (input->as<MatmulNode>() != nullptr) return through_matmul(*input, node, uses);
  return rechunk_node(sliced(input->inputs.front(), *slice, uses), node->chunks);
}

}  // namespace tartan::array
