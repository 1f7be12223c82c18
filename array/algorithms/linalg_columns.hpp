#pragma once

// What LU and QR by blocks of columns share. A panel is a block that a step factorises; its task
// returns std::vector<Chunk>: the panel, and the pivots or factors of its reflectors.

#include <algorithm>
#include <array/algorithms/linalg_nodes.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>

namespace tartan::array {

/// Blocks of columns are no larger than this, as a task holds three of them.
inline constexpr std::int64_t kMostColumnBytes = std::int64_t{256} << 20;

/// How many columns of a matrix with so many rows make a block at most.
inline std::int64_t most_columns(std::int64_t rows, DType dtype) {
  return std::max<std::int64_t>(
      16, kMostColumnBytes / std::max<std::int64_t>(1, bytes_of({rows}, dtype)));
}

inline std::int64_t column_width(const Node& a) {
  return std::min(tile_side(a, 256), most_columns(rows_of(a), a.dtype));
}

/// The transpose of a matrix in blocks of whole columns, i.e. of its rows; a block ends at the last
/// column that has a diagonal element.
inline NodePtr column_blocks(const NodePtr& a) {
  const auto side = column_width(*a);
  const auto least = std::min(rows_of(*a), columns_of(*a));
  auto widths = cut_axis(least, side);
  if (columns_of(*a) > least) {
    if (least == 0) widths.clear();
    for (auto width : cut_axis(columns_of(*a) - least, side)) widths.push_back(width);
  }
  return rechunk_node(transpose_node(a, {1, 0}), {widths, {rows_of(*a)}});
}

/// How many of the blocks are panels.
inline std::size_t panel_count(const Node& columns) {
  const auto& bounds = columns.bounds[0];
  const auto least = std::min(columns.shape[0], columns.shape[1]);
  if (least == 0) return 0;
  return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), least) -
                                  bounds.begin());
}

/// A task on a panel: words (the panel's first column, then `parameters`), the dependencies.
inline Made add_step(Emission& emission, const FunctionInfo& function, std::string_view part,
                     const std::vector<std::int64_t>& parameters,
                     const std::vector<Made>& dependencies, std::int64_t bytes,
                     std::int64_t scratch = 0) {
  WordWriter words;
  for (auto parameter : parameters) words.put(parameter);
  return emission.add(function, part, words_then_dependencies(words, dependencies.size()),
                      dependencies, bytes, scratch);
}

inline std::vector<Chunk> next_panel(Arguments& arguments) {
  auto panel = arguments.next().get<std::vector<Chunk>>();
  if (panel.size() != 2) throw ValueError("linalg: a panel has two parts");
  return panel;
}

/// What follows a panel with its second part: pivots, or factors of reflectors.
inline std::int64_t panel_bytes(const Made& block, std::int64_t columns) {
  return block.bytes + columns * 16 + 64;
}

}  // namespace tartan::array
