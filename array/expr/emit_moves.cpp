// Tasks that only move elements: slices, transposes, reshapes and rechunks.

#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/cuts.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/tasks.hpp>
#include <array/expr/views.hpp>

namespace tartan::array {
namespace {

/// The box of an input block that lies in an output block.
struct Overlap {
  Shape from;  ///< offset in the input block
  Shape shape;
  Shape to;  ///< offset in the output block
};

Overlap overlap(const Shape& in_origin, const Shape& in_shape, const Shape& out_origin,
                const Shape& out_shape) {
  Overlap box;
  for (std::size_t axis = 0; axis < in_shape.size(); ++axis) {
    const auto begin = std::max(in_origin[axis], out_origin[axis]);
    const auto end =
        std::min(in_origin[axis] + in_shape[axis], out_origin[axis] + out_shape[axis]);
    box.from.push_back(begin - in_origin[axis]);
    box.shape.push_back(end - begin);
    box.to.push_back(begin - out_origin[axis]);
  }
  return box;
}

}  // namespace

Made Lowering::emit_slice(const Step& step, std::int64_t block, const Made& input) {
  const auto& node = *step.node;
  const auto& whole = *step.sources.front().node;
  const auto index = unravel(block, grid_of(node.chunks));
  const auto shape = block_shape(node.chunks, index);
  const auto view = block_view({&step.node, 1}, index);
  const auto bytes = bytes_of(shape, node.dtype);
  const auto from = block_shape(whole.chunks, view.block);
  bool all = shape == from;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    all = all && view.ranges[axis] == AxisRange{0, from[axis], 1};
  }
  if (all) return input;
  return add(task_function<&tasks::slice>(), step.group, slice_arguments(view.ranges, shape),
             {&input, 1}, bytes, 0);
}

Made Lowering::emit_transpose(const Step& step, std::int64_t block, const Made& input) {
  const auto& node = *step.node;
  const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
  WordWriter words;
  words.put(node.as<TransposeNode>()->axes);
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.dependency(0);
  return add(task_function<&tasks::transpose>(), step.group, arguments, {&input, 1},
             bytes_of(shape, node.dtype), 0);
}

Made Lowering::emit_reshape(const Step& step, std::int64_t block,
                                      std::span<const BlockRead> reads,
                                      std::span<const Made> inputs) {
  const auto& node = *step.node;
  const auto& whole = *step.sources.front().node;
  const auto index = unravel(block, grid_of(node.chunks));
  const auto shape = block_shape(node.chunks, index);
  WordWriter words;
  words.put(whole.shape);
  words.put(node.shape);
  words.put(node.block_origin(index));
  words.put(shape);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    words.put(whole.block_origin(unravel(reads[i].block, grid_of(whole.chunks))));
  }
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.list(static_cast<std::uint32_t>(inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arguments.dependency(static_cast<std::uint32_t>(i));
  }
  return add(task_function<&tasks::reshape>(), step.group, arguments, inputs,
             bytes_of(shape, node.dtype), 0);
}

Made Lowering::emit_rechunk(const Step& step, std::int64_t block,
                                      std::span<const BlockRead> reads,
                                      std::span<const Made> inputs) {
  const auto& node = *step.node;
  const auto& whole = *step.sources.front().node;
  const auto in_grid = grid_of(whole.chunks);
  const auto index = unravel(block, grid_of(node.chunks));
  const auto shape = block_shape(node.chunks, index);
  const auto origin = node.block_origin(index);
  WordWriter words;
  words.put(static_cast<std::int64_t>(node.dtype));
  words.put(shape);
  std::vector<Made> pieces;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto place = unravel(reads[i].block, in_grid);
    const auto in_shape = block_shape(whole.chunks, place);
    auto box = overlap(whole.block_origin(place), in_shape, origin, shape);
    const auto bytes = bytes_of(box.shape, node.dtype);
    if (inputs.size() == 1 && box.shape == in_shape) return inputs[i];
    const bool cut = cuts_pieces_ && worth_cutting(bytes, inputs[i].bytes);
    if (cut || inputs.size() == 1) {
      std::vector<AxisRange> ranges;
      for (std::size_t axis = 0; axis < box.from.size(); ++axis) {
        ranges.push_back({box.from[axis], box.shape[axis], 1});
      }
      pieces.push_back(add(task_function<&tasks::slice>(),
                           inputs.size() == 1 ? step.group : step.group + "-cut",
                           slice_arguments(ranges, box.shape), {&inputs[i], 1}, bytes, 0));
      if (inputs.size() == 1) return pieces.back();
      box.from.assign(box.from.size(), 0);
    } else {
      pieces.push_back(inputs[i]);
    }
    words.put(box.from);
    words.put(box.shape);
    words.put(box.to);
  }
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.list(static_cast<std::uint32_t>(pieces.size()));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    arguments.dependency(static_cast<std::uint32_t>(i));
  }
  return add(task_function<&tasks::assemble>(), step.group, arguments, pieces,
             bytes_of(shape, node.dtype), 0);
}

}  // namespace tartan::array
