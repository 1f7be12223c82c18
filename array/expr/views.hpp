#pragma once

// Slices and transposes as views of blocks: which block of what they are taken from holds a block
// of theirs, and where in it. Tasks that read a view in place are told this instead of getting a
// copy.

#include <array/expr/node.hpp>
#include <array/expr/words.hpp>

namespace tartan::array {

/// Axis i of the view is axis axes[i] of the part that the ranges take of the block; -1: a new
/// axis.
struct BlockView {
  BlockIndex block;
  std::vector<AxisRange> ranges;
  std::vector<int> axes;
};

/// Whether the node is a slice or a transpose whose elements are best read where they are: a
/// transpose always, a slice when it takes at least half of the blocks it takes from, so that no
/// worker fetches, or keeps, much that nobody wants.
bool is_view(const Node& node);

/// The block of the last view's input that holds block `index` of the first one. Every view is the
/// input of the one before.
BlockView block_view(std::span<const NodePtr> views, const BlockIndex& index);

/// How a task is told that the next argument is read through a view. No generator is described by
/// words that begin like these.
void put_view(WordWriter& words, const BlockView& view);
inline constexpr std::int64_t kViewWord = -1;

}  // namespace tartan::array
