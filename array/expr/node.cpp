#include <array/expr/algorithm.hpp>
#include <array/expr/node.hpp>
#include <array/expr/words.hpp>
#include <cstring>
#include <tartan/client/delayed.hpp>
#include <unordered_map>
#include <unordered_set>

namespace tartan::array {
namespace {

/// Writes what is particular to a kind of node into the words that make its key.
struct KindWords {
  WordWriter& words;

  void operator()(const FullNode& n) const { words.put(n.value); }
  void operator()(const ArangeNode& n) const {
    words.put(n.start);
    words.put(n.step);
  }
  void operator()(const LinspaceNode& n) const {
    words.put(n.start);
    words.put(n.stop);
    words.put(n.endpoint ? 1 : 0);
  }
  void operator()(const EyeNode& n) const { words.put(n.diagonal); }
  void operator()(const RandomNode& n) const {
    words.put(static_cast<std::int64_t>(n.distribution));
    for (const auto& parameter : n.parameters) words.put(parameter);
    words.put(static_cast<std::int64_t>(n.seed));
  }
  void operator()(const LiteralNode& n) const { words.put(hash_bytes(n.chunk.data.bytes())); }
  void operator()(const StoredNode& n) const {
    for (const auto& future : n.blocks) words.put(future.key());
  }
  void operator()(const UserBlockNode& n) const {
    words.put(n.delayed ? client::key_of(*n.delayed) : n.future.key());
    words.put(n.converter->ref.hash());
  }
  void operator()(const ElementwiseNode& n) const {
    words.put(static_cast<std::int64_t>(n.operation));
  }
  void operator()(const ReduceNode& n) const {
    words.put(static_cast<std::int64_t>(n.operation));
    words.put(n.axes);
    words.put(n.keepdims ? 1 : 0);
    words.put(n.correction);
  }
  void operator()(const SliceNode& n) const {
    words.put(n.ranges);
    words.put(n.output_axes);
  }
  void operator()(const TransposeNode& n) const { words.put(n.axes); }
  void operator()(const ReshapeNode&) const {}
  void operator()(const BroadcastNode&) const {}
  void operator()(const RechunkNode&) const {}
  void operator()(const ConcatenateNode& n) const { words.put(n.axis); }
  void operator()(const MatmulNode&) const {}
  void operator()(const AlgorithmNode& n) const {
    words.put(n.algorithm->name());
    n.algorithm->put_parameters(words);
  }
  void operator()(const MapBlocksNode& n) const {
    words.put(n.function->ref.hash());
    words.put(n.group);
    for (auto kind : n.order) words.put(static_cast<std::int64_t>(kind));
    for (const auto& value : n.values) words.put_hash(value);
  }
};

Key key_of(const Node& node) {
  WordWriter words;
  words.put(static_cast<std::int64_t>(node.kind.index()));
  words.put(static_cast<std::int64_t>(node.dtype));
  words.put(node.shape);
  for (const auto& axis : node.chunks) words.put(axis);
  std::visit(KindWords{words}, node.kind);
  for (const auto& input : node.inputs) words.put(input->key);
  return hash_bytes(std::as_bytes(std::span(words.words())));
}

}  // namespace

// A chain of a million nodes must not be a million calls deep when the last handle goes.
Node::~Node() {
  std::vector<NodePtr> pending;
  auto take = [&pending](std::vector<NodePtr>& from) {
    for (auto& input : from) {
      if (input.use_count() == 1) pending.push_back(std::move(input));
    }
    from.clear();
  };
  take(inputs);
  while (!pending.empty()) {
    NodePtr node = std::move(pending.back());
    pending.pop_back();
    if (node.use_count() == 1) take(const_cast<Node&>(*node).inputs);
  }
}

std::int64_t Node::block_count() const { return element_count(grid_of(chunks)); }

Shape Node::block_origin(const BlockIndex& index) const {
  Shape origin(index.size());
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    origin[axis] = bounds[axis][static_cast<std::size_t>(index[axis])];
  }
  return origin;
}

bool Node::is_generator() const {
  return as<FullNode>() || as<ArangeNode>() || as<LinspaceNode>() || as<EyeNode>() ||
         as<RandomNode>();
}

NodePtr make_node(NodeKind kind, DType dtype, Shape shape, Chunks chunks,
                  std::vector<NodePtr> inputs) {
  auto node = std::make_shared<Node>();
  node->dtype = dtype;
  node->shape = std::move(shape);
  node->chunks = std::move(chunks);
  for (const auto& axis : node->chunks) node->bounds.push_back(boundaries(axis));
  if (has_unknown(node->chunks)) node->settled = std::make_unique<Settled>();
  node->kind = std::move(kind);
  node->inputs = std::move(inputs);
  node->key = key_of(*node);
  return node;
}

std::vector<NodePtr> topological_order(std::span<const NodePtr> roots) {
  struct Visit {
    NodePtr node;
    std::size_t next = 0;
  };
  std::vector<NodePtr> order;
  std::unordered_set<Key> seen;
  std::vector<Visit> stack;
  for (const auto& root : roots) {
    if (seen.insert(root->key).second) stack.push_back({root});
    while (!stack.empty()) {
      auto& top = stack.back();
      if (top.next == top.node->inputs.size()) {
        order.push_back(std::move(top.node));
        stack.pop_back();
        continue;
      }
      NodePtr input = top.node->inputs[top.next++];
      if (seen.insert(input->key).second) stack.push_back({std::move(input)});
    }
  }
  return order;
}

}  // namespace tartan::array
