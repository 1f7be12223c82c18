#pragma once

// The simplest algorithms: block number i of the result is made by one task from block number i of
// every input, all of which have as many blocks.

#include <array/expr/algorithm.hpp>

namespace tartan::array {

class OneToOne : public Algorithm {
 public:
  /// Takes words (those of put_parameters() and describe_block()), then a chunk per input -> Chunk.
  virtual const FunctionInfo& function() const = 0;
  /// What the task of one block is told besides.
  virtual void describe_block(WordWriter&, const Node&, std::int64_t) const {}
  /// A bound of the temporary memory of the task of a block with this shape.
  virtual std::int64_t scratch_bytes(const Node&, const Shape&) const { return 0; }

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const final;
  std::vector<Made> emit(Emission& emission) const final;
};

}  // namespace tartan::array
