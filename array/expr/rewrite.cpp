#include <array/expr/rewrite.hpp>

namespace tartan::array {

Uses::Uses(std::span<const NodePtr> order, std::span<const NodePtr> roots) {
  for (const auto& node : order) {
    for (const auto& input : node->inputs) ++counts_[input->key];
  }
  for (const auto& root : roots) ++counts_[root->key];
}

std::size_t Uses::of(const Node& node) const {
  const auto found = counts_.find(node.key);
  return found == counts_.end() ? 1 : found->second;
}

void Uses::replace(const Node& old, const Node& replacement) {
  if (old.key != replacement.key) counts_[replacement.key] += of(old);
}

std::vector<NodePtr> rewrite(std::span<const NodePtr> roots) {
  const auto order = topological_order(roots);
  Uses uses(order, roots);
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
    for (const auto rule :
         {push_slice_down, push_transpose_down, reduce_under_mask, reduce_before_rechunk,
          reduce_before_transpose, order_products}) {
      result = rule(result, uses);
    }
    uses.replace(*node, *result);
    rewritten.emplace(node->key, std::move(result));
  }
  std::vector<NodePtr> result;
  for (const auto& root : roots) result.push_back(rewritten.at(root->key));
  return result;
}

}  // namespace tartan::array
