// Tasks that compute: fused programs, reduction trees, matrix products and the user's functions.

#include <algorithm>
#include <array/expr/lower.hpp>
#include <array/expr/masked.hpp>
#include <array/expr/tasks.hpp>

namespace tartan::array {
namespace {

/// Partials merged by one task of a reduction tree. The tree depends on the chunks alone, so the
/// result is the same to the bit for any number of workers.
constexpr std::size_t kCombineFanIn = 16;
/// Pairs of blocks one matmul task multiplies; longer inner axes are added up in a second level.
constexpr std::size_t kMatmulPairs = 8;

/// Writes a program's sources as arguments: dependencies in order, generators described. Returns
/// the bytes the task will generate.
std::int64_t write_sources(const Step& step, const BlockIndex& index, ArgumentWriter& arguments) {
  std::uint32_t next = 0;
  std::int64_t scratch = 0;
  for (const auto& source : step.sources) {
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

std::size_t read_sources(const Step& step) {
  return static_cast<std::size_t>(std::count_if(step.sources.begin(), step.sources.end(),
                                                [](const Source& s) { return !s.generated; }));
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
  const auto per_place = read_sources(step);
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
  const auto pairs = inputs.size() / 2;
  std::vector<Made> sums;
  for (std::size_t first = 0; first < pairs; first += kMatmulPairs) {
    const auto count = static_cast<std::uint32_t>(std::min(kMatmulPairs, pairs - first));
    ArgumentWriter arguments;
    arguments.list(count);
    for (std::uint32_t i = 0; i < count; ++i) arguments.dependency(2 * i);
    arguments.list(count);
    for (std::uint32_t i = 0; i < count; ++i) arguments.dependency(2 * i + 1);
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
