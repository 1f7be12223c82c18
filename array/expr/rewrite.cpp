#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/plan.hpp>
#include <unordered_map>

namespace tartan::array {
namespace {

using Counts = std::unordered_map<Key, std::size_t>;

Counts consumer_counts(std::span<const NodePtr> order, std::span<const NodePtr> roots) {
  Counts counts;
  for (const auto& node : order) {
    for (const auto& input : node->inputs) ++counts[input->key];
  }
  for (const auto& root : roots) ++counts[root->key];
  return counts;
}

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

NodePtr pushed(const NodePtr& slice, Counts& counts) {
  const auto& input = slice->inputs.front();
  const auto& kind = *slice->as<SliceNode>();
  if (input->is_generator() && input->as<FullNode>()) {
    return make_node(input->kind, input->dtype, slice->shape, slice->chunks);
  }
  const auto* elementwise = input->as<ElementwiseNode>();
  if (elementwise == nullptr || counts[input->key] != 1 || element_count(slice->shape) == 0) {
    return slice;
  }
  std::vector<NodePtr> parts;
  for (const auto& operand : input->inputs) {
    SliceNode part;
    if (!slice_for(*operand, kind, part)) return slice;
    auto sliced = slice_node(operand, std::move(part));
    parts.push_back(sliced->as<SliceNode>() != nullptr ? pushed(sliced, counts) : sliced);
  }
  auto result = make_node(ElementwiseNode{elementwise->operation}, input->dtype, slice->shape,
                          slice->chunks, std::move(parts));
  return result;
}

}  // namespace

std::vector<NodePtr> push_slices_down(std::span<const NodePtr> roots) {
  const auto order = topological_order(roots);
  const bool any = std::any_of(order.begin(), order.end(),
                               [](const NodePtr& n) { return n->as<SliceNode>() != nullptr; });
  if (!any) return {roots.begin(), roots.end()};
  auto counts = consumer_counts(order, roots);
  std::unordered_map<Key, NodePtr> rewritten;
  for (const auto& node : order) {
    std::vector<NodePtr> inputs;
    bool changed = false;
    for (const auto& input : node->inputs) {
      inputs.push_back(rewritten.at(input->key));
      changed = changed || inputs.back()->key != input->key;
    }
    auto result = changed ? make_node(node->kind, node->dtype, node->shape, node->chunks,
                                      std::move(inputs))
                          : node;
    counts.try_emplace(result->key, counts[node->key]);
    if (result->as<SliceNode>() != nullptr) result = pushed(result, counts);
    counts.try_emplace(result->key, counts[node->key]);
    rewritten.emplace(node->key, std::move(result));
  }
  std::vector<NodePtr> result;
  for (const auto& root : roots) result.push_back(rewritten.at(root->key));
  return result;
}

}  // namespace tartan::array
