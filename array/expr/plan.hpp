#pragma once

// From expressions to steps. A step is one array that will exist, block by block, as results of
// tasks; what is fused away has no step.
//
// Rules
// 1. Equal nodes (by key) are one step: common subexpressions are computed once.
// 2. Expressions are rewritten first (rewrite.hpp).
// 3. An elementwise node, or one made from nothing (random, arange, ...), is fused into its
//    consumer when all its consumers end in one and the same step and that step runs over blocks
//    of the node's own shape: nothing is computed twice, neither per block nor per element.
//    What is made from nothing may be fused into several steps, each of which makes it again, when
//    that is cheap or keeping it for all of them would take more than kMostKeptRandom.
// 4. Reductions take elementwise nodes in: the first level of the tree runs the fused program.
// 5. A transpose, or a slice that takes most of what it is taken from, is no step when only steps of
//    rule 3 and 4 read it, over blocks of its own shape: they read the blocks it is taken from in
//    place (views.hpp). Its input is a step then, as its blocks are read in another order than they
//    are made in. Reading a transposed block costs a little more each time than a straight one, and
//    writing it turned about as much as reading it three times, so more than kMostTurns steps read
//    one that is turned once. Products of floating and complex dtypes read matrices that are turned
//    in place too, at no cost.
// 6. A product is no step when one step of rule 3 or 4 alone reads it, over blocks of its own
//    shape, and each block is the work of one task: that task multiplies and goes on with the block. One
//    product a step, as the task holds the blocks of all its operands.
// 7. A step reads at most kMostSources arrays and fuses at most kMostFused nodes, which bounds
//    the memory and the size of one task.

#include <array/expr/node.hpp>
#include <array/kernels/program.hpp>
#include <string>
#include <vector>

namespace tartan::array {

inline constexpr std::size_t kMostSources = 16;
inline constexpr std::size_t kMostFused = 256;
inline constexpr std::size_t kMostTurns = 4;
/// Pairs of blocks one task multiplies; longer inner axes are added up in a second level.
inline constexpr std::size_t kMatmulPairs = 8;
/// Products over fewer elements are computed faster than they are copied from the other half.
inline constexpr std::int64_t kLeastMirrored = 64;
/// Random numbers take longer to make than to read, but less than to write to disk and read again.
inline constexpr std::int64_t kMostKeptRandom = std::int64_t{512} << 20;

/// An array a step reads: another step, or a generator whose blocks the task makes itself.
struct Source {
  NodePtr node;
  std::size_t step = 0;  ///< when not generated
  bool generated = false;
  std::vector<NodePtr> views = {};  ///< through which it is read in place, the last one first
  std::size_t operands = 0;  ///< of a product made in the task: where its two are among the sources
};

struct Step {
  NodePtr node;
  /// Fused steps: what the program computes, the node itself or what it reduces.
  NodePtr elements;
  Program program;
  std::vector<Source> sources;  ///< of a program: its inputs in order, then operands of products
  std::string group;  ///< how people see its tasks

  bool fused() const { return elements != nullptr; }
  /// Whether it is the product of a matrix with its own transpose, of which half is computed.
  bool symmetric() const;
  /// How many of the sources its tasks take as they are, not as operands.
  std::size_t inputs() const { return fused() ? program.inputs.size() : sources.size(); }
};

struct Plan {
  std::vector<Step> steps;  ///< every one after those it reads
  std::vector<std::size_t> roots;
};

Plan make_plan(std::span<const NodePtr> roots);

}  // namespace tartan::array
