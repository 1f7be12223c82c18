#pragma once

// From steps to tasks. Only the blocks that are asked for, and what they need, get tasks
// (culling): a pass from the wanted blocks back to the sources marks them, a pass forwards writes
// them. Every task declares the bytes of its result and of its temporary memory.
//
// Keys of tasks are content hashes of kernel, arguments and dependencies, so the same expression
// lowered twice shares its tasks while the first one's results are held.

#include <array/expr/algorithm.hpp>
#include <array/expr/plan.hpp>
#include <map>
#include <string>
#include <tartan/client/client.hpp>
#include <tartan/graph/graph.hpp>
#include <vector>

namespace tartan::array {

/// The blocks of the sources that a block of the step is made of, in the order its task wants.
std::vector<BlockRead> blocks_read(const Step& step, std::int64_t block);
/// The number of the block of `input` that lies at the same place in an array it broadcasts to.
std::int64_t aligned_block(const Node& input, const BlockIndex& index);
/// For a reduction: the blocks of what is reduced that end in a block of the result, in C order.
std::vector<BlockIndex> reduced_blocks(const Step& step, std::int64_t block);

/// What the tasks of one group cost together.
struct GroupCost {
  std::size_t tasks = 0;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  std::int64_t largest = 0;  ///< most bytes one task needs: inputs, result and scratch
  std::int64_t moved = 0;    ///< bound on inputs that lie elsewhere than the largest one of the task
  /// Most bytes of inputs and result of one task. Only of tasks whose sizes are known, not bounded.
  std::int64_t least = 0;
};

class Lowering {
 public:
  /// Without a client nothing is sent anywhere, which is what explain() wants.
  Lowering(const Plan& plan, Client* client);
  /// The blocks are all with one worker that has room for them: a rechunk takes its pieces from whole
  /// blocks then, instead of cutting out those that are to travel.
  void keep_in_one_place() { cuts_pieces_ = false; }
  bool cuts_pieces() const { return cuts_pieces_; }

  /// Tasks for all blocks of all roots, in order.
  void run();
  /// The graph that submit() would send. Nothing can be asked of the lowering afterwards but costs.
  Graph graph();
  /// Submits them: the futures of every root's blocks.
  std::vector<std::vector<AnyFuture>> submit();

  /// A block of a step that is written already.
  Made made(std::size_t step, std::int64_t block) const {
    return made_[step][static_cast<std::size_t>(block)];
  }
  /// One more task, or the one that is there and computes the same.
  Made add(const FunctionInfo& function, std::string_view group, const ArgumentWriter& arguments,
           std::span<const Made> dependencies, std::int64_t output_bytes,
           std::int64_t scratch_bytes);

  /// By group, in the order the groups first appear.
  const std::vector<std::pair<std::string, GroupCost>>& costs() const { return costs_; }

 private:
  using Ref = GraphBuilder::Ref;

  void mark_inputs(const Step& step, const std::vector<Made>& blocks);
  Made emit(std::size_t number, std::int64_t block);
  /// The blocks that are needed and not made yet; those without elements are.
  void emit_algorithm(const Step& step, const Algorithm& algorithm, std::vector<Made>& blocks);
  Made emit_leaf(const Step& step, std::int64_t block);
  Made emit_empty(const Step& step, const Shape& shape);
  Made emit_literal(const Step& step, const LiteralNode& literal, std::int64_t block);
  Made emit_user_block(const Step& step, const UserBlockNode& user);
  Made emit_fused(const Step& step, std::int64_t block, std::span<const Made> inputs);
  Made emit_reduce(const Step& step, std::int64_t block, std::span<const Made> inputs);
  Made emit_slice(const Step& step, std::int64_t block, const Made& input);
  Made emit_transpose(const Step& step, std::int64_t block, const Made& input);
  Made emit_reshape(const Step& step, std::int64_t block, std::span<const BlockRead> reads,
                    std::span<const Made> inputs);
  Made emit_rechunk(const Step& step, std::int64_t block, std::span<const BlockRead> reads,
                    std::span<const Made> inputs);
  Made emit_matmul(const Step& step, std::int64_t block, std::span<const Made> inputs);
  /// The transpose of a block of a symmetric product.
  Made emit_mirrored(const Step& step, const BlockIndex& index);
  Made emit_map_blocks(const Step& step, std::int64_t block, std::span<const Made> inputs);
  void send_literal(const Step& step, const LiteralNode& literal,
                    const std::vector<Made>& blocks);

  GroupCost& cost_of(std::string_view group);

  const Plan& plan_;
  Client* client_;
  bool cuts_pieces_ = true;
  bool sizes_are_known_ = true;  ///< of the step that is being written
  GraphBuilder builder_;
  std::vector<AnyFuture> keep_;
  std::vector<std::vector<Made>> made_;  ///< per step and block
  std::vector<std::pair<std::string, GroupCost>> costs_;
  std::map<std::string, std::size_t, std::less<>> cost_index_;
};

/// Most bytes of results and temporary memory at one time when one thread runs the graph, in its
/// order, on one worker; persisted blocks it reads are not counted.
std::int64_t peak_bytes(const Graph& graph);

/// Submits what computes the arrays: the futures of every one's blocks. Throws ValueError when a task
/// needs more memory than the largest worker has.
std::vector<std::vector<AnyFuture>> start(std::span<const NodePtr> arrays, Client& client);
/// The blocks of one array, which are there already when it is persisted.
std::vector<AnyFuture> blocks_of(const NodePtr& array, Client& client);

}  // namespace tartan::array
