#pragma once

// What lets an operation write its own tasks: sorts, scans, factorisations, transforms, indexing by
// arrays; whatever is neither one task per block nor fused with others.
//
// An operation derives from Algorithm, and algorithm_node() makes the node of its result. When the
// result is computed, emit() is called once with the numbers of the blocks somebody needs, and adds
// tasks through Emission::add. The tasks are raw kernels as in tasks.hpp.
//
// Rules
// 1. An Algorithm is immutable; name() and put_parameters() say everything about it that decides the
//    elements. Two with equal words, inputs, dtype and chunks are the same array.
// 2. Tasks are named by what they compute. Results of one algorithm that are several arrays (Q and R)
//    are several nodes, each of which writes the tasks it needs; the ones in common are made once.
// 3. A task must give the same bits wherever and however often it runs.
// 4. Blocks without elements are made by the lowering and not asked of emit(); inputs may have them.

#include <array/expr/node.hpp>
#include <array/expr/words.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <tartan/graph/graph.hpp>
#include <tartan/value/function.hpp>

namespace tartan::array {

class Lowering;
struct Step;

/// A block another block is made of: its number in the array of a source.
struct BlockRead {
  std::size_t source = 0;
  std::int64_t block = 0;
};

/// The result of a task while its graph is written.
struct Made {
  GraphBuilder::Ref ref;
  std::int64_t bytes = 0;  ///< declared
  bool needed = false;     ///< by somebody; used by the lowering
};

/// What emit() works with.
class Emission {
 public:
  Emission(Lowering& lowering, const Step& step, std::span<const std::int64_t> blocks)
      : lowering_(lowering), step_(step), blocks_(blocks) {}

  const Node& node() const;
  /// The blocks to make, ascending numbers in C order over the grid of chunks.
  std::span<const std::int64_t> blocks() const { return blocks_; }
  const Node& input(std::size_t source) const;
  /// A block of an input; one that reads() named.
  Made block(std::size_t source, std::int64_t number) const;

  /// Whether a piece of a block is worth a task that cuts it out where the block lies, rather than the
  /// block being read by whoever wants the piece. Never when all blocks are in one place.
  bool worth_cutting(std::int64_t piece_bytes, std::int64_t block_bytes) const;

  /// Adds a task, or finds the one that computes the same. Its group is the algorithm's name, and
  /// `part` when the algorithm has several kinds of tasks: "sort-merge". Bytes are those of the
  /// result and of temporary memory; both should be bounds.
  Made add(const FunctionInfo& function, std::string_view part, const ArgumentWriter& arguments,
           std::span<const Made> dependencies, std::int64_t output_bytes,
           std::int64_t scratch_bytes = 0);
  /// Chunk `index` of the std::vector<Chunk> that `parts` returns.
  Made part(const Made& parts, std::size_t index, std::int64_t bytes);
  /// The elementwise sum of chunks of the node's dtype and this shape, as a tree whose tasks add
  /// `fan_in` each; of one chunk that chunk.
  Made add_up(std::vector<Made> chunks, const Shape& shape, std::size_t fan_in);

 private:
  Lowering& lowering_;
  const Step& step_;
  std::span<const std::int64_t> blocks_;
};

class Algorithm {
 public:
  Algorithm() = default;
  Algorithm(const Algorithm&) = delete;
  Algorithm& operator=(const Algorithm&) = delete;
  virtual ~Algorithm() = default;

  /// The group of its tasks, as people see them.
  virtual std::string_view name() const = 0;
  virtual void put_parameters(WordWriter& words) const = 0;
  /// The blocks of the inputs that a block of the node is made of; nothing: all of them.
  virtual std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const;
  /// Whether the result is what the second input, a mask over the first axes of the first one,
  /// chooses of it: the rules for masks apply (rewrite.hpp).
  virtual bool selects() const { return false; }
  /// The results that are the blocks asked for, in their order.
  virtual std::vector<Made> emit(Emission& emission) const = 0;
};

/// The node of an algorithm's result. The inputs keep their chunks: rechunk them first where the
/// algorithm wants others.
NodePtr algorithm_node(std::shared_ptr<const Algorithm> algorithm, DType dtype, Shape shape,
                       Chunks chunks, std::vector<NodePtr> inputs);

/// The argument blob most tasks have: the words, then the first `dependencies` dependencies.
ArgumentWriter words_then_dependencies(const WordWriter& words, std::size_t dependencies);
/// The words, then one list of all dependencies.
ArgumentWriter words_then_list(const WordWriter& words, std::size_t dependencies);

/// The arguments of tasks::evaluate that add up `count` chunks, which are its dependencies.
ArgumentWriter sum_of_dependencies(const Shape& shape, DType dtype, std::size_t count);

}  // namespace tartan::array
