// Tasks that compute: fused programs, reduction trees, matrix products and the user's functions.

#include <algorithm>
#include <array/expr/lower.hpp>
#include <array/expr/masked.hpp>
#include <array/expr/tasks.hpp>
#include <array/expr/views.hpp>
#include <array/kernels/turned.hpp>

namespace tartan::array {
namespace {

/// Partials merged by one task of a reduction tree. The tree depends on the chunks alone, so the
/// result is the same to the bit for any number of workers.
constexpr std::size_t kCombineFanIn = 16;

/// Pairs of blocks, which are dependencies by turns from `next` on, as two lists; without the
/// second one when they are pairs of a block with itself.
void write_pairs(std::uint32_t next, std::uint32_t count, bool with_second,
                 ArgumentWriter& arguments) {
  arguments.list(count);
  for (std::uint32_t i = 0; i < count; ++i) arguments.dependency(next + 2 * i);
  arguments.list(with_second ? count : 0);
  for (std::uint32_t i = 0; with_second && i < count; ++i) arguments.dependency(next + 2 * i + 1);
}

/// Whether the operands of a product, two sources from `first` on, are read turned.
void put_turns(WordWriter& words, const Step& step, std::size_t first) {
  for (auto i = first; i < first + 2; ++i) words.put(step.sources[i].views.empty() ? 0 : 1);
}

/// Writes a program's sources as arguments: dependencies in order, generators described, views
/// before what they are of, products before their operands. Returns the bytes the task will
/// generate, and of each turned source as much as is turned at a time.
std::int64_t write_sources(const Step& step, const BlockIndex& index, ArgumentWriter& arguments) {
  std::uint32_t next = 0;
  std::int64_t scratch = 0;
  const auto* reduce = step.node->as<ReduceNode>();
  // Rows that are reduced into a row are read in pieces, for which whole blocks are turned.
  const bool by_panels = reduce == nullptr || reduce->axes.size() == step.elements->shape.size();
  for (const auto& source : std::span(step.sources).first(step.inputs())) {
    if (source.operands != 0) {
      WordWriter words;
      words.put(kProductWord);
      put_turns(words, step, source.operands);
      arguments.inline_value(Value::of(words.words()));
      const auto& along = source.node->inputs.front()->chunks.back();
      const auto pairs = static_cast<std::uint32_t>(along.size());
      write_pairs(next, pairs, true, arguments);
      next += 2 * pairs;
      scratch += bytes_of(block_shape(source.node->chunks, index), source.node->dtype);
      continue;
    }
    if (!source.views.empty()) {
      const auto view = block_view(source.views, index);
      WordWriter words;
      put_view(words, view);
      arguments.inline_value(Value::of(words.words()));
      const auto bytes = bytes_of(block_shape(step.elements->chunks, index), source.node->dtype);
      scratch += by_panels ? std::min(bytes, kMostPanelBytes) : bytes;
    }
    if (!source.generated) {
      arguments.dependency(next++);
      continue;
    }
    const auto& node = *source.node;
    const auto shape = block_shape(node.chunks, index);
    arguments.inline_value(generator_value(node, node.block_origin(index), shape));
    scratch += bytes_of(shape, node.dtype);
  }
  return scratch;
}

void put_reduce(WordWriter& words, const Node& node, bool finishing) {
  const auto& reduce = *node.as<ReduceNode>();
  words.put(static_cast<std::int64_t>(reduce.operation));
  words.put(reduce.axes);
  words.put(static_cast<std::int64_t>(node.dtype));
  words.put(reduce.keepdims ? 1 : 0);
  words.put(reduce.correction);
  words.put(finishing ? 1 : 0);
}

}  // namespace

Made Lowering::emit_fused(const Step& step, std::int64_t block,
                                    std::span<const Made> inputs) {
  const auto& node = *step.node;
  const auto index = unravel(block, grid_of(node.chunks));
  const auto shape = block_shape(node.chunks, index);
  WordWriter words;
  words.put(told(shape));
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.inline_value(Value::of(step.program));
  const auto scratch = write_sources(step, index, arguments);
  return add(task_function<&tasks::evaluate>(), step.group, arguments, inputs,
             bytes_of(shape, node.dtype), scratch);
}

Made Lowering::emit_reduce(const Step& step, std::int64_t block,
                                     std::span<const Made> inputs) {
  const auto& node = *step.node;
  const auto& elements = *step.elements;
  const auto places = reduced_blocks(step, block);
  const auto per_place = inputs.size() / places.size();
  const auto result_bytes =
      bytes_of(block_shape(node.chunks, unravel(block, grid_of(node.chunks))), node.dtype);
  // A partial has two fields of 8 bytes or one of 16 per element of the result; under a mask also
  // the number of elements.
  const std::int64_t element_bytes = mask_of(node) == nullptr ? 16 : 24;
  const auto partial_bytes =
      result_bytes / static_cast<std::int64_t>(itemsize(node.dtype)) * element_bytes + 64;
  const std::string partial_group = step.group + "-partial";

  std::vector<Made> level;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool finishing = places.size() == 1;
    const auto shape = block_shape(elements.chunks, places[i]);
    WordWriter words;
    put_reduce(words, node, finishing);
    words.put(told(shape));
    // Only argmin and argmax count from the whole array, and their lengths are known.
    const bool placed = !has_unknown(elements.chunks);
    words.put(placed ? elements.shape : Shape{});
    words.put(placed ? elements.block_origin(places[i]) : Shape{});
    ArgumentWriter arguments;
    arguments.inline_value(Value::of(words.words()));
    arguments.inline_value(Value::of(step.program));
    const auto scratch = write_sources(step, places[i], arguments);
    level.push_back(add(task_function<&tasks::reduce>(), finishing ? step.group : partial_group,
                        arguments, inputs.subspan(i * per_place, per_place),
                        finishing ? result_bytes : partial_bytes, scratch));
  }
  while (level.size() > 1) {
    std::vector<Made> above;
    const bool finishing = level.size() <= kCombineFanIn;
    WordWriter words;
    put_reduce(words, node, finishing);
    const auto head = Value::of(words.words());
    for (std::size_t first = 0; first < level.size(); first += kCombineFanIn) {
      const auto count = std::min(kCombineFanIn, level.size() - first);
      ArgumentWriter arguments;
      arguments.inline_value(head);
      arguments.list(static_cast<std::uint32_t>(count));
      for (std::size_t i = 0; i < count; ++i) arguments.dependency(static_cast<std::uint32_t>(i));
      above.push_back(add(task_function<&tasks::combine>(),
                          finishing ? step.group : step.group + "-combine", arguments,
                          std::span(level).subspan(first, count),
                          finishing ? result_bytes : partial_bytes, partial_bytes));
    }
    level = std::move(above);
  }
  return level.front();
}

Made Lowering::emit_matmul(const Step& step, std::int64_t block,
                                     std::span<const Made> inputs) {
  const auto& node = *step.node;
  const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
  const auto bytes = bytes_of(shape, node.dtype);
  const auto index = unravel(block, grid_of(node.chunks));
  if (step.symmetric() && index[0] < index[1]) return emit_mirrored(step, {index[1], index[0]});
  const bool with_itself = step.symmetric() && index[0] == index[1];
  const auto pairs = inputs.size() / 2;
  WordWriter words;
  put_turns(words, step, 0);
  std::vector<Made> sums;
  for (std::size_t first = 0; first < pairs; first += kMatmulPairs) {
    const auto count = static_cast<std::uint32_t>(std::min(kMatmulPairs, pairs - first));
    ArgumentWriter arguments;
    arguments.inline_value(Value::of(words.words()));
    write_pairs(0, count, !with_itself, arguments);
    sums.push_back(add(task_function<&tasks::matmul>(),
                       pairs <= kMatmulPairs ? step.group : step.group + "-partial", arguments,
                       inputs.subspan(2 * first, 2 * count), bytes, 0));
  }
  while (sums.size() > 1) {
    std::vector<Made> above;
    for (std::size_t first = 0; first < sums.size(); first += kMatmulPairs) {
      const auto count = std::min(kMatmulPairs, sums.size() - first);
      above.push_back(add(task_function<&tasks::evaluate>(), step.group,
                          sum_of_dependencies(shape, node.dtype, count),
                          std::span(sums).subspan(first, count), bytes, 0));
    }
    sums = std::move(above);
  }
  return sums.front();
}

Made Lowering::emit_mirrored(const Step& step, const BlockIndex& index) {
  const auto& node = *step.node;
  const auto block = ravel(index, grid_of(node.chunks));
  std::vector<Made> inputs;
  for (const auto& read : blocks_read(step, block)) {
    inputs.push_back(made(step.sources[read.source].step, read.block));
  }
  const auto other = emit_matmul(step, block, inputs);
  WordWriter words;
  words.put(std::vector<int>{1, 0});
  return add(task_function<&tasks::transpose>(), step.group + "-mirror",
             words_then_dependencies(words, 1), {&other, 1}, other.bytes, 0);
}

// The function gets words (dtype and shape promised for the block), then its own arguments.
Made Lowering::emit_map_blocks(const Step& step, std::int64_t block,
                                         std::span<const Made> inputs) {
  const auto& node = *step.node;
  const auto& map = *node.as<MapBlocksNode>();
  const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
  WordWriter words;
  words.put(static_cast<std::int64_t>(node.dtype));
  words.put(shape);
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  std::uint32_t next_input = 0;
  std::size_t next_value = 0;
  for (auto is_array : map.order) {
    if (is_array != 0) {
      arguments.dependency(next_input++);
    } else {
      arguments.inline_value(map.values[next_value++]);
    }
  }
  std::int64_t read = 0;
  for (const auto& input : inputs) read += input.bytes;
  return add(*map.function, step.group, arguments, inputs, bytes_of(shape, node.dtype), read);
}

}  // namespace tartan::array
