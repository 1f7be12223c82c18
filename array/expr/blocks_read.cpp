// Which blocks a block is made of, for every kind of step.

#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/views.hpp>
#include <set>

namespace tartan::array {
namespace {

/// Every combination of the blocks listed per axis.
void read_product(const std::vector<std::vector<std::int64_t>>& axes, const Shape& grid,
                  std::vector<BlockRead>& reads) {
  Shape counts;
  for (const auto& axis : axes) counts.push_back(static_cast<std::int64_t>(axis.size()));
  const auto total = element_count(counts);
  for (std::int64_t number = 0; number < total; ++number) {
    auto index = unravel(number, counts);
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      index[axis] = axes[axis][static_cast<std::size_t>(index[axis])];
    }
    reads.push_back({0, ravel(index, grid)});
  }
}

void read_rechunk(const Step& step, const BlockIndex& index, std::vector<BlockRead>& reads) {
  const auto& input = *step.sources.front().node;
  const auto origin = step.node->block_origin(index);
  const auto shape = block_shape(step.node->chunks, index);
  std::vector<std::vector<std::int64_t>> axes(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    for (const auto& piece :
         pieces_of_range(input.bounds[axis], origin[axis], shape[axis])) {
      axes[axis].push_back(piece.block);
    }
  }
  read_product(axes, grid_of(input.chunks), reads);
}

/// Blocks that hold any of the elements first..last in flat order. Rows between the two are
/// taken whole, so a few more than needed may be named, never fewer.
void read_run(const Node& input, std::int64_t first, std::int64_t last,
              std::set<std::int64_t>& blocks) {
  const auto from = unravel(first, input.shape);
  const auto to = unravel(last, input.shape);
  std::vector<std::vector<std::int64_t>> axes(from.size());
  bool free = false;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    const auto begin = free ? 0 : from[axis];
    const auto end = free ? input.shape[axis] - 1 : to[axis];
    for (const auto& piece :
         pieces_of_range(input.bounds[axis], begin, end - begin + 1)) {
      axes[axis].push_back(piece.block);
    }
    free = free || from[axis] != to[axis];
  }
  std::vector<BlockRead> reads;
  read_product(axes, grid_of(input.chunks), reads);
  for (const auto& read : reads) blocks.insert(read.block);
}

void read_reshape(const Step& step, const BlockIndex& index, std::vector<BlockRead>& reads) {
  const auto& node = *step.node;
  const auto origin = node.block_origin(index);
  const auto shape = block_shape(node.chunks, index);
  // Axes from `whole` on lie in the block without gaps, as one run of elements.
  std::size_t whole = shape.size();
  while (whole > 0 && shape[whole - 1] == node.shape[whole - 1]) --whole;
  const std::size_t outer = whole == 0 ? 0 : whole - 1;
  std::int64_t length = 1;
  for (auto axis = outer; axis < shape.size(); ++axis) length *= shape[axis];
  const Shape outer_shape(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(outer));
  std::set<std::int64_t> blocks;
  const auto runs = element_count(outer_shape);
  for (std::int64_t run = 0; run < runs; ++run) {
    auto at = unravel(run, outer_shape);
    at.resize(shape.size(), 0);
    for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] += origin[axis];
    const auto first = ravel(at, node.shape);
    read_run(*step.sources.front().node, first, first + length - 1, blocks);
  }
  for (auto block : blocks) reads.push_back({0, block});
}

void read_concatenate(const Step& step, const ConcatenateNode& concatenate,
                      const BlockIndex& index, std::vector<BlockRead>& reads) {
  const auto along = static_cast<std::size_t>(concatenate.axis);
  auto rest = index;
  for (std::size_t source = 0; source < step.sources.size(); ++source) {
    const auto& input = *step.sources[source].node;
    if (input.shape[along] == 0) continue;
    const auto count = static_cast<std::int64_t>(input.chunks[along].size());
    if (rest[along] < count) {
      reads.push_back({source, ravel(rest, grid_of(input.chunks))});
      return;
    }
    rest[along] -= count;
  }
}

/// The operands of a product are the sources from `first` on.
void read_matmul(const Step& step, const Node& product, std::size_t first, BlockIndex index,
                 std::vector<BlockRead>& reads) {
  const auto& a = *product.inputs[0];
  const auto& b = *product.inputs[1];
  std::int64_t column = 0;
  std::int64_t row = 0;
  if (b.shape.size() > 1) {
    column = index.back();
    index.pop_back();
  }
  if (a.shape.size() > 1) {
    row = index.back();
    index.pop_back();
  }
  const auto inner = static_cast<std::int64_t>(a.chunks.back().size());
  const auto block_of = [&](std::size_t source, std::int64_t i, std::int64_t j) {
    auto place = index;
    if (!step.sources[source].views.empty()) std::swap(i, j);
    place.push_back(i);
    place.push_back(j);
    return aligned_block(*step.sources[source].node, place);
  };
  for (std::int64_t k = 0; k < inner; ++k) {
    reads.push_back({first, a.shape.size() > 1 ? block_of(first, row, k) : k});
    reads.push_back({first + 1, b.shape.size() > 1 ? block_of(first + 1, k, column) : k});
  }
}

/// Blocks of the sources that fused and mapped steps read at one place of their grid.
void read_aligned(const Step& step, const BlockIndex& index, std::vector<BlockRead>& reads) {
  for (std::size_t number = 0; number < step.inputs(); ++number) {
    const auto& source = step.sources[number];
    if (source.operands != 0) read_matmul(step, *source.node, source.operands, index, reads);
    if (source.generated) continue;
    reads.push_back({number, source.views.empty()
                                 ? aligned_block(*source.node, index)
                                 : ravel(block_view(source.views, index).block,
                                         grid_of(source.node->chunks))});
  }
}

}  // namespace

std::int64_t aligned_block(const Node& input, const BlockIndex& index) {
  const auto missing = index.size() - input.shape.size();
  std::int64_t number = 0;
  for (std::size_t axis = 0; axis < input.shape.size(); ++axis) {
    const auto count = static_cast<std::int64_t>(input.chunks[axis].size());
    number = number * count + (count == 1 ? 0 : index[axis + missing]);
  }
  return number;
}

std::vector<BlockIndex> reduced_blocks(const Step& step, std::int64_t block) {
  const auto& reduce = *step.node->as<ReduceNode>();
  const auto grid = grid_of(step.elements->chunks);
  const auto out = unravel(block, grid_of(step.node->chunks));
  Shape counts(grid.size(), 1);
  BlockIndex base(grid.size(), 0);
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const bool reduced = std::binary_search(reduce.axes.begin(), reduce.axes.end(),
                                            static_cast<int>(axis));
    if (reduced) counts[axis] = grid[axis];
    if (!reduced) base[axis] = out[next];
    if (!reduced || reduce.keepdims) ++next;
  }
  std::vector<BlockIndex> blocks;
  const auto total = element_count(counts);
  for (std::int64_t number = 0; number < total; ++number) {
    auto index = unravel(number, counts);
    for (std::size_t axis = 0; axis < grid.size(); ++axis) index[axis] += base[axis];
    blocks.push_back(std::move(index));
  }
  return blocks;
}

std::vector<BlockRead> blocks_read(const Step& step, std::int64_t block) {
  std::vector<BlockRead> reads;
  if (step.sources.empty()) return reads;
  const auto& node = *step.node;
  const auto index = unravel(block, grid_of(node.chunks));
  if (node.as<ReduceNode>() != nullptr) {
    for (const auto& place : reduced_blocks(step, block)) read_aligned(step, place, reads);
    return reads;
  }
  if (is_empty(block_shape(node.chunks, index))) return reads;
  if (node.as<SliceNode>() != nullptr || node.as<TransposeNode>() != nullptr) {
    const auto from = block_view({&step.node, 1}, index).block;
    reads.push_back({0, ravel(from, grid_of(step.sources.front().node->chunks))});
  } else if (node.as<RechunkNode>() != nullptr) {
    read_rechunk(step, index, reads);
  } else if (node.as<ReshapeNode>() != nullptr) {
    read_reshape(step, index, reads);
  } else if (const auto* concatenate = node.as<ConcatenateNode>()) {
    read_concatenate(step, *concatenate, index, reads);
  } else if (node.as<MatmulNode>() != nullptr) {
    read_matmul(step, node, 0, index, reads);
  } else {
    read_aligned(step, index, reads);
  }
  return reads;
}

}  // namespace tartan::array
