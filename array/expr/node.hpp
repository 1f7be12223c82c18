#pragma once

// The lazy expression behind an Array: immutable nodes that form a graph without cycles, since a
// node is made after its inputs. A node says what its elements are, not which tasks make them;
// plan.hpp decides what is fused and lower.hpp writes the tasks.
//
// Invariants
// 1. key is a hash of everything that decides the elements and their chunks: two nodes with one
//    key are the same array. Nothing random goes into it except keys of futures.
// 2. chunks sum to shape; blocks are numbered in C order over the grid of chunks.
// 3. Inputs of elementwise, map_blocks and concatenate nodes have matching chunks already: the
//    functions of build.hpp put the rechunk nodes in.
// 4. A length may be unknown (chunks.hpp). Only elementwise nodes, reductions other than argmin and
//    argmax, persisted arrays, and algorithms that say so have such inputs; whoever else needs one
//    takes known() of it (settle.hpp), which computes it.
//
// Nodes may be read from any thread.

#include <array/expr/chunks.hpp>
#include <array/kernels/operation.hpp>
#include <array/kernels/random.hpp>
#include <array/kernels/reduce.hpp>
#include <array/kernels/shape.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <tartan/array/chunk.hpp>
#include <tartan/array/chunks.hpp>
#include <tartan/array/scalar.hpp>
#include <tartan/base/key.hpp>
#include <tartan/client/any_future.hpp>
#include <tartan/value/function.hpp>
#include <variant>
#include <vector>

namespace tartan::client {
struct DelayedNode;
}

namespace tartan::array {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct FullNode {
  Scalar value;
};
struct ArangeNode {
  Scalar start, step;
};
struct LinspaceNode {
  Scalar start, stop;
  bool endpoint = true;
};
struct EyeNode {
  std::int64_t diagonal = 0;
};
struct RandomNode {
  Distribution distribution = Distribution::uniform;
  std::vector<Scalar> parameters;  ///< see Distribution
  std::uint64_t seed = 0;
};

/// Elements given by the program. The blocks are sent to workers once, when they are first needed.
struct LiteralNode {
  Chunk chunk;
  struct Sent {
    std::mutex mutex;
    std::vector<AnyFuture> blocks;
  };
  std::shared_ptr<Sent> sent;
};
/// Blocks that are computed, or being computed, as Chunks of the right dtype and shape.
struct StoredNode {
  std::vector<AnyFuture> blocks;
};
/// The result of a user's task as an array of one block. The converter, a raw kernel, makes it a
/// Chunk and checks that dtype and shape are those promised.
struct UserBlockNode {
  AnyFuture future;
  std::shared_ptr<const client::DelayedNode> delayed;  ///< or this
  const FunctionInfo* converter = nullptr;
};

struct ElementwiseNode {
  Operation operation = Operation::positive;
};
struct ReduceNode {
  ReduceOp operation = ReduceOp::sum;
  std::vector<int> axes;  ///< sorted, unique
  bool keepdims = false;
  double correction = 0;
};
/// One range per input axis; then the dropped axes (of length 1) go and new ones come. shape and
/// chunks of the node say the rest.
struct SliceNode {
  std::vector<AxisRange> ranges;
  std::vector<int> output_axes;  ///< input axis of each output axis, -1 for a new one
  /// Per input axis, the blocks the range meets; slice_node fills it.
  std::vector<std::vector<AxisPiece>> pieces;
};
struct TransposeNode {
  std::vector<int> axes;
};
struct ReshapeNode {};
struct BroadcastNode {};
struct RechunkNode {};
struct ConcatenateNode {
  int axis = 0;
};
struct MatmulNode {};
class Algorithm;
/// Whatever writes its own tasks; see algorithm.hpp.
struct AlgorithmNode {
  std::shared_ptr<const Algorithm> algorithm;
};
/// A user's function on blocks that lie at the same place in every input.
struct MapBlocksNode {
  const FunctionInfo* function = nullptr;
  std::string group;
  std::vector<Value> values;        ///< further arguments, the same for every block
  std::vector<std::uint8_t> order;  ///< per argument: 1 an input array, 0 the next value
};

using NodeKind =
    std::variant<FullNode, ArangeNode, LinspaceNode, EyeNode, RandomNode, LiteralNode, StoredNode,
                 UserBlockNode, ElementwiseNode, ReduceNode, SliceNode, TransposeNode, ReshapeNode,
                 BroadcastNode, RechunkNode, ConcatenateNode, MatmulNode, AlgorithmNode,
                 MapBlocksNode>;

/// Where the array with its lengths known is kept, once somebody needed them.
struct Settled {
  std::mutex mutex;
  NodePtr node;
};

struct Node {
  Key key;
  DType dtype = DType::float64;
  Shape shape;
  Chunks chunks;
  NodeKind kind;
  std::vector<NodePtr> inputs;
  std::vector<std::vector<std::int64_t>> bounds;  ///< boundaries() of the chunks, per axis
  std::unique_ptr<Settled> settled;  ///< of arrays with lengths that are not known before they run

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  template <class Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&kind);
  }
  std::int64_t block_count() const;
  Shape block_origin(const BlockIndex& index) const;
  /// Whether the blocks are made from nothing: any chunking of it is as good as another.
  bool is_generator() const;
};

/// A node with its key; chunks must sum to shape.
NodePtr make_node(NodeKind kind, DType dtype, Shape shape, Chunks chunks,
                  std::vector<NodePtr> inputs = {});

/// The nodes reachable from the roots, every one after its inputs, without equal ones twice.
std::vector<NodePtr> topological_order(std::span<const NodePtr> roots);

}  // namespace tartan::array
