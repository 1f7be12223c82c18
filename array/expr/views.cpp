#include <algorithm>
#include <array/expr/views.hpp>

namespace tartan::array {
namespace {

BlockView view_of_slice(const SliceNode& slice, const BlockIndex& index) {
  BlockView view{BlockIndex(slice.ranges.size()), {}, slice.output_axes};
  for (std::size_t axis = 0; axis < slice.ranges.size(); ++axis) {
    const auto out =
        std::find(slice.output_axes.begin(), slice.output_axes.end(), static_cast<int>(axis));
    const auto at = out == slice.output_axes.end()
                        ? std::int64_t{0}
                        : index[static_cast<std::size_t>(out - slice.output_axes.begin())];
    const auto& piece = slice.pieces[axis][static_cast<std::size_t>(at)];
    view.block[axis] = piece.block;
    view.ranges.push_back(
        {piece.offset, piece.count, piece.count == 1 ? 1 : slice.ranges[axis].step});
  }
  return view;
}

BlockView view_of_transpose(const Node& node, const TransposeNode& transpose,
                            const BlockIndex& index) {
  BlockView view{BlockIndex(index.size()), std::vector<AxisRange>(index.size()), transpose.axes};
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    const auto from = static_cast<std::size_t>(transpose.axes[axis]);
    view.block[from] = index[axis];
    view.ranges[from] = {0, node.chunks[axis][static_cast<std::size_t>(index[axis])], 1};
  }
  return view;
}

BlockView view_of(const Node& node, const BlockIndex& index) {
  if (const auto* slice = node.as<SliceNode>()) return view_of_slice(*slice, index);
  return view_of_transpose(node, *node.as<TransposeNode>(), index);
}

/// What `outer` takes of what `inner` takes of a block.
BlockView composed(const BlockView& outer, BlockView inner) {
  for (std::size_t axis = 0; axis < outer.ranges.size(); ++axis) {
    if (inner.axes[axis] < 0) continue;
    auto& range = inner.ranges[static_cast<std::size_t>(inner.axes[axis])];
    const auto& part = outer.ranges[axis];
    range = {range.start + part.start * range.step, part.count, range.step * part.step};
  }
  std::vector<int> axes;
  for (auto axis : outer.axes) {
    axes.push_back(axis < 0 ? -1 : inner.axes[static_cast<std::size_t>(axis)]);
  }
  inner.axes = std::move(axes);
  return inner;
}

bool takes_most(const Node& node, const SliceNode& slice) {
  double part = 1;
  for (std::size_t axis = 0; axis < slice.ranges.size(); ++axis) {
    const auto& sizes = node.inputs.front()->chunks[axis];
    std::int64_t met = 0;
    for (const auto& piece : slice.pieces[axis])
      met += sizes[static_cast<std::size_t>(piece.block)];
    part *= static_cast<double>(slice.ranges[axis].count) / static_cast<double>(met);
  }
  return part >= 0.5;
}

}  // namespace

bool is_view(const Node& node) {
  if (node.as<TransposeNode>() != nullptr) return true;
  const auto* slice = node.as<SliceNode>();
  return slice != nullptr && !is_empty(node.shape) && takes_most(node, *slice);
}

BlockView block_view(std::span<const NodePtr> views, const BlockIndex& index) {
  auto view = view_of(*views.front(), index);
  for (const auto& next : views.subspan(1)) view = composed(view, view_of(*next, view.block));
  return view;
}

void put_view(WordWriter& words, const BlockView& view) {
  words.put(kViewWord);
  words.put(view.ranges);
  words.put(view.axes);
}

}  // namespace tartan::array
