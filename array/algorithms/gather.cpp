// Elements at points. A task per block of the result puts it together; where it needs little of a
// block, a task before it picks that out, next to where the block lies.

#include <algorithm>
#include <array/algorithms/gather.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/gather.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>
#include <utility>

namespace tartan::array {
namespace {

GatherGrid read_grid(WordReader& words) {
  const auto axis = static_cast<std::size_t>(words.word());
  std::vector<std::vector<std::int64_t>> bounds;
  for (auto axes = words.word(); axes > 0; --axes) bounds.push_back(words.list());
  return GatherGrid(axis, std::move(bounds));
}

/// Words (grid, block), points, chunk -> Chunk.
Value pick(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto grid = read_grid(words);
  const auto block = words.word();
  const auto points = next_chunk(arguments);
  return Value::of(gather_part(grid, points, next_chunk(arguments), block));
}

/// Words (grid, dtype, shape, per source its block and whether it was picked), list of points and
/// sources -> Chunk.
Value join(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto grid = read_grid(words);
  const auto dtype = words.dtype();
  const auto shape = words.shape();
  const auto chunks = next_chunks(arguments);
  if (chunks.empty()) throw Exception(Errc::malformed, "a gathering task has no points");
  std::vector<GatherSource> sources;
  for (std::size_t i = 1; i < chunks.size(); ++i) {
    const auto block = words.word();
    sources.push_back({chunks[i], block, words.flag()});
  }
  return Value::of(gather_join(grid, chunks[0], sources, dtype, shape));
}

/// How many points of a chunk of points lie in which block of the gathered axes.
using Counts = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Inputs: what is gathered from, the points.
class Gather : public Algorithm {
 public:
  Gather(std::size_t axis, std::size_t axes, std::vector<Counts> known)
      : axis_(axis), axes_(axes), known_(std::move(known)) {}

  std::string_view name() const override { return "gather"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(axis_));
    words.put(static_cast<std::int64_t>(axes_));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    const auto index = unravel(block, grid_of(node.chunks));
    std::vector<BlockRead> reads{{1, index[axis_]}};
    for (const auto& [number, count] : needed(node, index)) {
      reads.push_back({0, source_block(*node.inputs[0], index, number)});
    }
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override;

 private:
  Shape gathered_grid(const Node& x) const {
    const auto grid = grid_of(x.chunks);
    const auto first = grid.begin() + static_cast<std::ptrdiff_t>(axis_);
    return {first, first + static_cast<std::ptrdiff_t>(axes_)};
  }
  /// The blocks of the gathered axes a block needs, ascending, and how many points of each.
  Counts needed(const Node& node, const BlockIndex& index) const {
    const auto chunk = static_cast<std::size_t>(index[axis_]);
    if (!known_.empty()) return known_[chunk];
    Counts all;
    const auto count = element_count(gathered_grid(*node.inputs[0]));
    for (std::int64_t i = 0; i < count; ++i) all.emplace_back(i, node.chunks[axis_][chunk]);
    return all;
  }
  std::int64_t source_block(const Node& x, const BlockIndex& index, std::int64_t number) const {
    const auto inside = unravel(number, gathered_grid(x));
    auto place = index;
    const auto at = place.erase(place.begin() + static_cast<std::ptrdiff_t>(axis_));
    place.insert(at, inside.begin(), inside.end());
    return ravel(place, grid_of(x.chunks));
  }
  WordWriter grid_words(const Node& x) const {
    WordWriter words;
    words.put(static_cast<std::int64_t>(axis_));
    words.put(static_cast<std::int64_t>(axes_));
    for (std::size_t i = axis_; i < axis_ + axes_; ++i) words.put(x.bounds[i]);
    return words;
  }

  std::size_t axis_;
  std::size_t axes_;
  std::vector<Counts> known_;  ///< per chunk of points
};

std::vector<Made> Gather::emit(Emission& emission) const {
  const auto& node = emission.node();
  const auto& x = emission.input(0);
  const auto grid = grid_of(node.chunks);
  std::vector<Made> made;
  for (const auto block : emission.blocks()) {
    const auto index = unravel(block, grid);
    const auto shape = block_shape(node.chunks, index);
    const auto bytes = bytes_of(shape, node.dtype);
    const auto counts = needed(node, index);
    auto words = grid_words(x);
    words.put(static_cast<std::int64_t>(node.dtype));
    words.put(shape);
    std::vector<Made> inputs{emission.block(1, index[axis_])};
    for (const auto& [number, count] : counts) {
      const auto source = emission.block(0, source_block(x, index, number));
      const auto part = bytes / shape[axis_] * count;
      // Of points that are not known yet a part may turn out to be anything up to all of them.
      const auto likely = known_.empty() ? part / static_cast<std::int64_t>(counts.size()) : part;
      const bool cut = counts.size() > 1 && emission.worth_cutting(likely, source.bytes);
      words.put(number);
      words.put(cut ? 1 : 0);
      if (!cut) {
        inputs.push_back(source);
        continue;
      }
      auto pick_words = grid_words(x);
      pick_words.put(number);
      inputs.push_back(
          emission.add(task_function<&pick>(), "pick", words_then_dependencies(pick_words, 2),
                       std::vector<Made>{inputs.front(), source}, part, inputs.front().bytes));
    }
    made.push_back(emission.add(task_function<&join>(), "", words_then_list(words, inputs.size()),
                                inputs, bytes, 2 * inputs.front().bytes));
  }
  return made;
}

Array gathered(const Array& x, std::size_t axis, std::size_t axes, const NodePtr& points,
               std::vector<Counts> known) {
  const auto first = static_cast<std::ptrdiff_t>(axis);
  auto chunks = x.chunks();
  chunks.erase(chunks.begin() + first, chunks.begin() + first + static_cast<std::ptrdiff_t>(axes));
  chunks.insert(chunks.begin() + first, points->chunks[0]);
  auto shape = shape_of(chunks);
  check_shape(shape, x.dtype());
  return Array(algorithm_node(std::make_shared<Gather>(axis, axes, std::move(known)), x.dtype(),
                              std::move(shape), std::move(chunks), {x.node(), points}));
}

}  // namespace

Array gather_known(const Array& x, std::size_t axis, std::size_t axes, const Chunk& points,
                   std::vector<std::int64_t> chunks) {
  const auto first = x.node()->bounds.begin() + static_cast<std::ptrdiff_t>(axis);
  const GatherGrid grid(axis, {first, first + static_cast<std::ptrdiff_t>(axes)});
  std::vector<Counts> known;
  std::vector<std::int64_t> tally;
  const auto* point = points.view<std::int64_t>().data();
  for (const auto length : chunks) {
    std::vector<std::int64_t> met;
    for (std::int64_t i = 0; i < length; ++i, point += axes) {
      const auto block = static_cast<std::size_t>(locate(grid, point).block);
      if (block >= tally.size()) tally.resize(block + 1, 0);
      if (tally[block]++ == 0) met.push_back(static_cast<std::int64_t>(block));
    }
    std::sort(met.begin(), met.end());
    Counts counts;
    counts.reserve(met.size());
    for (const auto block : met) {
      counts.emplace_back(block, std::exchange(tally[static_cast<std::size_t>(block)], 0));
    }
    known.push_back(std::move(counts));
  }
  const auto width = static_cast<std::int64_t>(axes);
  const Chunk rows{points.dtype, {points.size() / width, width}, points.data};
  return gathered(x, axis, axes, literal_node(rows, {std::move(chunks), {width}}),
                  std::move(known));
}

Array gather_unknown(const Array& x, std::size_t axis, const Array& points) {
  const auto axes = static_cast<std::size_t>(points.shape(1));
  std::int64_t row = 1;
  std::int64_t block = 1;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    const auto longest = *std::max_element(x.chunks()[d].begin(), x.chunks()[d].end());
    block *= longest;
    if (d < axis || d >= axis + axes) row *= longest;
  }
  const auto item = static_cast<std::int64_t>(itemsize(x.dtype()));
  const auto room = std::max(block, kDefaultChunkBytes / item) / std::max<std::int64_t>(row, 1);
  std::vector<std::int64_t> sizes;
  for (const auto size : points.chunks()[0]) {
    const auto cut = cut_axis(size, std::max<std::int64_t>(room, 1));
    sizes.insert(sizes.end(), cut.begin(), cut.end());
  }
  const auto fine = points.rechunk(Chunks{std::move(sizes), {points.shape(1)}});
  return gathered(x, axis, axes, fine.node(), {});
}

}  // namespace tartan::array
