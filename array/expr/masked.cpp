#include <array/expr/build.hpp>
#include <array/expr/masked.hpp>

namespace tartan::array {

const NodePtr* mask_of(const Node& reduction) {
  const bool masked = reduction.as<ReduceNode>() != nullptr && reduction.inputs.size() == 2;
  return masked ? &reduction.inputs[1] : nullptr;
}

NodePtr masked_reduce_node(const NodePtr& input, const NodePtr& mask, ReduceOp operation,
                           const std::optional<std::vector<std::int64_t>>& axes, bool keepdims,
                           double correction) {
  std::vector<NodePtr> inputs{input, mask};
  align_chunks(inputs);
  const auto plain = reduce_node(inputs[0], operation, axes, keepdims, correction);
  return make_node(plain->kind, plain->dtype, plain->shape, plain->chunks, std::move(inputs));
}

}  // namespace tartan::array
