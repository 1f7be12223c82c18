#include <array/expr/build.hpp>
#include <array/expr/masked.hpp>
#include <array/expr/rewrite.hpp>

namespace tartan::array {

NodePtr reduce_before_rechunk(const NodePtr& node, const Uses& uses) {
  const auto* reduce = node->as<ReduceNode>();
  if (reduce == nullptr || mask_of(*node) != nullptr) return node;
  auto input = node->inputs.front();
  while (input->as<RechunkNode>() != nullptr && uses.of(*input) == 1) input = input->inputs.front();
  if (input == node->inputs.front()) return node;
  std::vector<std::int64_t> axes(reduce->axes.begin(), reduce->axes.end());
  const auto reduced =
      reduce_node(input, reduce->operation, axes, reduce->keepdims, reduce->correction);
  return rechunk_node(reduced, node->chunks);
}

}  // namespace tartan::array
