#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/masked.hpp>
#include <array/expr/rewrite.hpp>
#include <optional>

namespace tartan::array {
namespace {

/// Deeper expressions are left alone; nothing fused is as deep.
constexpr int kDeepest = 256;

bool selects(const Node& node) {
  const auto* algorithm = node.as<AlgorithmNode>();
  return algorithm != nullptr && algorithm->algorithm->selects();
}

/// Takes elementwise expressions over what a mask chose to the same over everything.
class Unmasked {
 public:
  explicit Unmasked(const Uses& uses) : uses_(uses) {}

  /// Nothing when an expression is of another kind, or others read parts of them. All have the
  /// axes of the first one.
  std::vector<NodePtr> expressions(std::span<const NodePtr> chosen) {
    ndim_ = chosen.front()->shape.size();
    std::vector<NodePtr> all;
    for (const auto& one : chosen) {
      all.push_back(visit(one, 0));
      if (all.back() == nullptr) return {};
    }
    if (mask_ == nullptr) return {};
    // Along several axes of a mask there is nothing that broadcasts along the one they became.
    if (broadcasts_along_mask_ && mask_->shape.size() > 1) return {};
    for (const auto& [key, seen] : seen_) {
      if (seen.times != uses_.of(*seen.node)) return {};
    }
    return all;
  }

  /// With as many axes as what it is a mask of.
  NodePtr mask() const {
    std::vector<SliceItem> items(mask_->shape.size(), all_of_axis);
    for (auto axis = items.size(); axis < ndim_ - 1 + mask_->shape.size(); ++axis) {
      items.emplace_back(newaxis);
    }
    return slice_node(mask_, items);
  }
  std::size_t mask_axes() const { return mask_->shape.size(); }

 private:
  struct Seen {
    const Node* node = nullptr;
    std::size_t times = 0;
    NodePtr all;
  };

  NodePtr visit(const NodePtr& node, int depth) {
    if (node->settled == nullptr) {
      broadcasts_along_mask_ = broadcasts_along_mask_ || node->shape.size() == ndim_;
      return node;
    }
    auto& seen = seen_[node->key];
    ++seen.times;
    if (seen.times > 1) return seen.all;
    seen.node = node.get();
    if (depth > kDeepest) return nullptr;
    auto all = selects(*node) ? unmask(*node) : apply(*node, depth);
    return seen_[node->key].all = std::move(all);
  }

  NodePtr unmask(const Node& node) {
    const auto& mask = node.inputs[1];
    if (mask_ != nullptr && mask_->key != mask->key) return nullptr;
    mask_ = mask;
    return node.inputs[0];
  }

  NodePtr apply(const Node& node, int depth) {
    const auto* elementwise = node.as<ElementwiseNode>();
    if (elementwise == nullptr) return nullptr;
    std::vector<NodePtr> inputs;
    for (const auto& input : node.inputs) {
      inputs.push_back(visit(input, depth + 1));
      if (inputs.back() == nullptr) return nullptr;
    }
    if (elementwise->operation == Operation::cast) return cast_node(inputs.front(), node.dtype);
    return elementwise_node(elementwise->operation, std::move(inputs));
  }

  const Uses& uses_;
  std::size_t ndim_ = 0;
  bool broadcasts_along_mask_ = false;
  NodePtr mask_;
  std::unordered_map<Key, Seen> seen_;
};

/// What an operation takes an element for that is not to count.
std::optional<Scalar> neutral(ReduceOp operation) {
  switch (operation) {
    case ReduceOp::sum:
    case ReduceOp::any:
    case ReduceOp::count_nonzero: return Scalar(0);
    case ReduceOp::prod:
    case ReduceOp::all: return Scalar(1);
    default: return {};
  }
}

}  // namespace

NodePtr reduce_under_mask(const NodePtr& node, const Uses& uses) {
  const auto* reduce = node->as<ReduceNode>();
  if (reduce == nullptr || node->inputs.front()->settled == nullptr) return node;
  const auto rest = neutral(reduce->operation);
  // Complex numbers have no kernels under masks.
  const auto masked =
      is_complex(node->inputs.front()->dtype) ? std::nullopt : under_mask(reduce->operation);
  const bool over_mask = !reduce->axes.empty() && reduce->axes.front() == 0;
  if (!over_mask || (!masked && !rest)) return node;
  Unmasked unmasked(uses);
  const auto all = unmasked.expressions(node->inputs);
  if (all.empty()) return node;
  const auto more = static_cast<std::int64_t>(unmasked.mask_axes()) - 1;
  if (reduce->keepdims && more > 0) return node;
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 0; axis <= more; ++axis) axes.push_back(axis);
  for (std::size_t i = 1; i < reduce->axes.size(); ++i) axes.push_back(reduce->axes[i] + more);
  auto mask = unmasked.mask();
  if (masked && all.size() > 1) {
    mask = elementwise_node(Operation::logical_and, {std::move(mask), all[1]});
  }
  const auto& x = all.front();
  const auto result =
      masked ? masked_reduce_node(x, mask, *masked, axes, reduce->keepdims, reduce->correction)
             : reduce_node(
                   elementwise_node(Operation::where, {mask, x, constant_node(*rest, x->dtype)}),
                   reduce->operation, axes, reduce->keepdims, 0);
  return rechunk_node(result, node->chunks);
}

}  // namespace tartan::array
