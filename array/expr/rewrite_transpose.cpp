#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/rewrite.hpp>

namespace tartan::array {
namespace {

/// Expressions deeper than this keep their transposes on top.
constexpr int kDeepest = 200;

using Axes = std::vector<std::int64_t>;

NodePtr turned(const NodePtr& input, const Axes& axes, const Uses& uses, int depth);

/// x.transpose(first).transpose(second) in one.
NodePtr turned_twice(const Node& input, const TransposeNode& first, const Axes& second,
                     const Uses& uses, int depth) {
  Axes axes;
  for (auto axis : second) axes.push_back(first.axes[static_cast<std::size_t>(axis)]);
  return turned(input.inputs.front(), axes, uses, depth);
}

/// Whether every operand has the axes that are permuted, or none.
bool has_all_axes(const Node& elementwise) {
  return std::all_of(elementwise.inputs.begin(), elementwise.inputs.end(), [&](const auto& input) {
    return input->shape.empty() || input->shape.size() == elementwise.shape.size();
  });
}

NodePtr turned(const NodePtr& input, const Axes& axes, const Uses& uses, int depth) {
  const auto plain = transpose_node(input, axes);
  const auto* transpose = plain->as<TransposeNode>();
  if (transpose == nullptr || depth == kDeepest) return plain;
  if (input->as<FullNode>() != nullptr) {
    return make_node(input->kind, input->dtype, plain->shape, plain->chunks);
  }
  if (const auto* first = input->as<TransposeNode>()) {
    return turned_twice(*input, *first, axes, uses, depth + 1);
  }
  const auto* elementwise = input->as<ElementwiseNode>();
  if (elementwise == nullptr || uses.of(*input) != 1 || !has_all_axes(*input)) return plain;
  std::vector<NodePtr> operands;
  for (const auto& operand : input->inputs) {
    operands.push_back(operand->shape.empty() ? operand : turned(operand, axes, uses, depth + 1));
  }
  return make_node(*elementwise, input->dtype, plain->shape, plain->chunks, std::move(operands));
}

}  // namespace

NodePtr push_transpose_down(const NodePtr& node, const Uses& uses) {
  const auto* transpose = node->as<TransposeNode>();
  if (transpose == nullptr) return node;
  return turned(node->inputs.front(), Axes(transpose->axes.begin(), transpose->axes.end()), uses,
                0);
}

NodePtr reduce_before_transpose(const NodePtr& node, const Uses&) {
  const auto* reduce = node->as<ReduceNode>();
  const auto* transpose = reduce == nullptr ? nullptr : node->inputs.front()->as<TransposeNode>();
  if (transpose == nullptr) return node;
  // What argmin finds among all elements is counted in their order.
  const bool counts =
      reduce->operation == ReduceOp::argmin || reduce->operation == ReduceOp::argmax;
  if (counts && reduce->axes.size() > 1) return node;
  Axes reduced;
  Axes left;
  for (std::size_t axis = 0; axis < transpose->axes.size(); ++axis) {
    const bool goes =
        std::binary_search(reduce->axes.begin(), reduce->axes.end(), static_cast<int>(axis));
    if (goes) reduced.push_back(transpose->axes[axis]);
    if (!goes || reduce->keepdims) left.push_back(transpose->axes[axis]);
  }
  const auto result = reduce_node(node->inputs.front()->inputs.front(), reduce->operation, reduced,
                                  reduce->keepdims, reduce->correction);
  if (result->dtype != node->dtype) return node;
  auto order = left;
  std::sort(order.begin(), order.end());
  Axes axes;
  for (auto axis : left) {
    axes.push_back(std::lower_bound(order.begin(), order.end(), axis) - order.begin());
  }
  return transpose_node(result, axes);
}

}  // namespace tartan::array
