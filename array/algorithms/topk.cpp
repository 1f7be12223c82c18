// topk and argtopk: blocks give their candidates, which are merged along the axis in a tree.

#include <array/algorithms/order.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/topk.hpp>
#include <fmt/format.h>
#include <tartan/array/sorting.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

struct TopWords {
  std::size_t axis = 0;
  std::int64_t count = 0;
  bool largest = false;
  void put(WordWriter& words) const {
    words.put(static_cast<std::int64_t>(axis));
    words.put(count);
    words.put(static_cast<std::int64_t>(largest));
  }
  static TopWords read(WordReader& words) {
    const auto axis = static_cast<std::size_t>(words.word());
    const auto count = words.word();
    return {axis, count, words.flag()};
  }
};

/// Words (what, offset), chunk -> Run.
Value top_of_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto top = TopWords::read(words);
  const auto offset = words.word();
  return Value::of(
      top_elements(next_chunk(arguments), nullptr, top.axis, offset, top.count, top.largest));
}

/// One field of runs, joined along the axis.
Chunk joined_field(const std::vector<Value>& runs, std::size_t field, std::size_t axis) {
  std::vector<Chunk> chunks;
  std::vector<Piece> pieces;
  Shape shape = runs.front().get<Run>().at(field).shape;
  shape[axis] = 0;
  for (const auto& run : runs) {
    const auto& chunk = run.get<Run>().at(field);
    Shape offset(shape.size(), 0);
    offset[axis] = shape[axis];
    pieces.push_back({static_cast<std::uint32_t>(chunks.size()), Shape(shape.size(), 0),
                      chunk.shape, std::move(offset)});
    shape[axis] += chunk.shape[axis];
    chunks.push_back(chunk);
  }
  return assemble(chunks.front().dtype, shape, chunks, pieces);
}

/// Words (what), list of Runs -> Run.
Value top_of_tops(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto top = TopWords::read(words);
  const auto runs = arguments.next_list();
  const auto positions = joined_field(runs, 1, top.axis);
  return Value::of(top_elements(joined_field(runs, 0, top.axis), &positions, top.axis, 0, top.count,
                                top.largest));
}

class TopElements : public Algorithm {
 public:
  TopElements(TopWords top, bool positions) : top_(top), positions_(positions) {}
  std::string_view name() const override { return positions_ ? "argtopk" : "topk"; }
  void put_parameters(WordWriter& words) const override {
    top_.put(words);
    words.put(static_cast<std::int64_t>(positions_));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads;
    for (const auto number : along(node, *node.inputs.front(), block)) reads.push_back({0, number});
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      made.push_back(
          emission.part(best(emission, block), positions_ ? 1 : 0,
                        bytes_of(shape_at(emission.node(), block), emission.node().dtype)));
    }
    return made;
  }

 private:
  static Shape shape_at(const Node& node, std::int64_t block) {
    return block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
  }
  /// The blocks of the input with elements that a block of the result, its one along the axis, is
  /// made of.
  std::vector<std::int64_t> along(const Node& node, const Node& input, std::int64_t block) const {
    auto index = unravel(block, grid_of(node.chunks));
    const auto grid = grid_of(input.chunks);
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < grid[top_.axis]; ++i) {
      if (input.chunks[top_.axis][static_cast<std::size_t>(i)] == 0) continue;
      index[top_.axis] = i;
      numbers.push_back(ravel(index, grid));
    }
    return numbers;
  }
  Made best(Emission& emission, std::int64_t block) const {
    constexpr std::size_t kFan = 8;
    const auto& input = emission.input(0);
    const auto grid = grid_of(input.chunks);
    const auto item = static_cast<std::int64_t>(itemsize(input.dtype)) + 8;
    const auto most = element_count(shape_at(emission.node(), block)) * item;
    std::vector<Made> runs;
    for (const auto number : along(emission.node(), input, block)) {
      WordWriter words;
      top_.put(words);
      const auto index = unravel(number, grid);
      words.put(input.block_origin(index)[top_.axis]);
      const auto from = emission.block(0, number);
      // Rows that do not lie in the last axis are moved together first.
      runs.push_back(emission.add(task_function<&top_of_block>(), "block",
                                  words_then_dependencies(words, 1), {&from, 1}, most,
                                  bytes_of(block_shape(input.chunks, index), input.dtype)));
    }
    while (runs.size() > 1) {
      std::vector<Made> merged;
      for (std::size_t first = 0; first < runs.size(); first += kFan) {
        const auto count = std::min(kFan, runs.size() - first);
        WordWriter words;
        top_.put(words);
        merged.push_back(emission.add(task_function<&top_of_tops>(), "merge",
                                      words_then_list(words, count),
                                      std::span(runs).subspan(first, count), most,
                                      2 * static_cast<std::int64_t>(count) * most));
      }
      runs = std::move(merged);
    }
    return runs.front();
  }

  TopWords top_;
  bool positions_;
};

Array top(const char* who, const Array& x, std::int64_t k, std::int64_t axis, bool positions) {
  const auto at = static_cast<std::size_t>(normal_axis(axis, x.ndim(), who));
  if (k == 0 || k == INT64_MIN) {
    throw ValueError(
        fmt::format("{}: k = {}; give how many of the largest elements, or minus how "
                    "many of the smallest",
                    who, k));
  }
  const auto count = std::min(k < 0 ? -k : k, x.shape()[at]);
  const auto& sizes = x.chunks()[at];
  if (count >= *std::max_element(sizes.begin(), sizes.end())) {
    // Nothing is left out of the blocks.
    const Array sorted(sort_node(x.node(), at, {.descending = k > 0, .positions = positions}));
    std::vector<SliceItem> items(at, all_of_axis);
    items.emplace_back(SliceItem::Bound{}, SliceItem::Bound{count});
    return sorted.slice(items);
  }
  auto shape = x.shape();
  auto chunks = x.chunks();
  shape[at] = count;
  chunks[at] = {count};
  return Array(algorithm_node(std::make_shared<TopElements>(TopWords{at, count, k > 0}, positions),
                              positions ? DType::int64 : x.dtype(), std::move(shape),
                              std::move(chunks), {x.node()}));
}

}  // namespace
}  // namespace array

Array topk(const Array& x, std::int64_t k, std::int64_t axis) {
  return array::top("topk", x, k, axis, false);
}
Array argtopk(const Array& x, std::int64_t k, std::int64_t axis) {
  return array::top("argtopk", x, k, axis, true);
}

}  // namespace tartan
