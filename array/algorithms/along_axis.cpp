// Taking and putting along an axis.

#include <algorithm>
#include <array/algorithms/gather.hpp>
#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/gather.hpp>
#include <fmt/format.h>
#include <tartan/array/indexing.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (axis), chunk, indices -> Chunk.
Value take_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto axis = static_cast<std::size_t>(WordReader(list).word());
  const auto chunk = next_chunk(arguments);
  return Value::of(take_along(chunk, next_chunk(arguments), axis));
}
/// Words (axis), chunk, indices, values -> Chunk.
Value put_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto axis = static_cast<std::size_t>(WordReader(list).word());
  const auto chunk = next_chunk(arguments);
  const auto indices = next_chunk(arguments);
  return Value::of(put_along(chunk, indices, next_chunk(arguments), axis));
}

/// Words (axis, first element along it), chunk, indices -> the elements of the chunk, 1-d.
Value take_part(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto axis = static_cast<std::size_t>(words.word());
  const auto begin = words.word();
  const auto chunk = next_chunk(arguments);
  return Value::of(take_along_part(chunk, next_chunk(arguments), axis, begin));
}
/// Words (axis, boundaries along it, dtype), list of indices and parts -> Chunk.
Value join_parts(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto axis = static_cast<std::size_t>(words.word());
  const GatherGrid grid(axis, {words.list()});
  const auto dtype = words.dtype();
  const auto chunks = next_chunks(arguments);
  if (chunks.empty()) throw Exception(Errc::malformed, "a gathering task has no indices");
  return Value::of(take_along_join(grid, chunks.front(), std::span(chunks).subspan(1), dtype));
}

/// Inputs: the array and the indices, in the same chunks apart from the axis. Where the array is
/// one chunk along it a task takes all there is; else one per block of the array what is in it.
class TakeAlong : public Algorithm {
 public:
  explicit TakeAlong(std::size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "take-along-axis"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(axis_));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads{{1, block}};
    for (const auto number : column(node, *node.inputs[0], block)) reads.push_back({0, number});
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    made.reserve(emission.blocks().size());
    for (const auto block : emission.blocks()) made.push_back(emit_block(emission, block));
    return made;
  }

 private:
  Made emit_block(Emission& emission, std::int64_t block) const {
    const auto& node = emission.node();
    const auto& x = emission.input(0);
    const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
    const auto bytes = bytes_of(shape, node.dtype);
    const auto blocks = column(node, x, block);
    const auto indices = emission.block(1, block);
    WordWriter words;
    put_parameters(words);
    if (blocks.size() == 1) {
      const std::vector<Made> inputs{emission.block(0, blocks.front()), indices};
      return emission.add(task_function<&take_block>(), "", words_then_dependencies(words, 2),
                          inputs, bytes);
    }
    std::vector<Made> parts{indices};
    parts.reserve(1 + blocks.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      auto part_words = words;
      part_words.put(x.bounds[axis_][i]);
      const std::vector<Made> inputs{emission.block(0, blocks[i]), indices};
      // A part may turn out to be anything up to all of the elements.
      parts.push_back(emission.add(task_function<&take_part>(), "part",
                                   words_then_dependencies(part_words, 2), inputs, bytes));
    }
    words.put(x.bounds[axis_]);
    words.put(static_cast<std::int64_t>(node.dtype));
    return emission.add(task_function<&join_parts>(), "join", words_then_list(words, parts.size()),
                        parts, bytes);
  }
  /// The blocks of x along the axis that are beside a block of the indices.
  std::vector<std::int64_t> column(const Node& node, const Node& x, std::int64_t block) const {
    auto index = unravel(block, grid_of(node.chunks));
    const auto grid = grid_of(x.chunks);
    std::vector<std::int64_t> blocks;
    for (index[axis_] = 0; index[axis_] < grid[axis_]; ++index[axis_]) {
      blocks.push_back(ravel(index, grid));
    }
    return blocks;
  }

  std::size_t axis_;
};

class PutAlong : public OneToOne {
 public:
  explicit PutAlong(std::size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "put-along-axis"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(axis_));
  }
  const FunctionInfo& function() const override { return task_function<&put_block>(); }

 private:
  std::size_t axis_;
};

/// The array broadcast to the shape, but for the axis, which stays.
Array broadcast_around(const Array& x, Shape shape, std::size_t axis) {
  shape[axis] = x.shape()[axis];
  return broadcast_to(x, shape);
}

struct Along {
  std::size_t axis;
  Array x;
  Array indices;  ///< checked
};

/// Whether blocks stay as large as they are, or small, when the axis is one chunk.
bool fits_in_one_chunk(const Array& x, std::size_t axis) {
  auto whole = static_cast<std::int64_t>(itemsize(x.dtype()));
  auto now = whole;
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    const auto longest = *std::max_element(x.chunks()[d].begin(), x.chunks()[d].end());
    now *= longest;
    whole *= d == axis ? x.shape()[d] : longest;
  }
  return whole <= std::max(now, kDefaultChunkBytes);
}

/// Both with the same lengths and chunks apart from the axis, which x has in one chunk if it must,
/// or if that makes no large blocks.
Along aligned(const char* who, const Array& x, const Array& indices, std::int64_t axis,
              bool one_chunk) {
  const auto at = static_cast<std::size_t>(normal_axis(axis, x.ndim(), who));
  if (indices.ndim() != x.ndim()) {
    throw ValueError(
        fmt::format("{}: indices of shape {} for an array of shape {}; give as many "
                    "axes",
                    who, to_string(indices.shape()), to_string(x.shape())));
  }
  const IndexRange range{who, static_cast<std::int64_t>(at), x.shape()[at]};
  auto around = x.shape();
  auto other = indices.shape();
  around[at] = other[at] = 1;
  const auto shape = broadcast_shapes(around, other);
  Along along{at, broadcast_around(x, shape, at),
              broadcast_around(checked_indices(indices, range), shape, at)};
  auto chunks = along.x.chunks();
  chunks[at] = along.indices.chunks()[at];
  along.indices = along.indices.rechunk(chunks);
  const bool whole = one_chunk || fits_in_one_chunk(along.x, at);
  chunks[at] = whole ? std::vector<std::int64_t>{x.shape()[at]} : along.x.chunks()[at];
  along.x = along.x.rechunk(chunks);
  return along;
}

}  // namespace
}  // namespace array

Array take_along_axis(const Array& x, const Array& indices, std::int64_t axis) {
  const auto along = array::aligned("take_along_axis", x, indices, axis, false);
  return Array(array::algorithm_node(std::make_shared<array::TakeAlong>(along.axis), x.dtype(),
                                     along.indices.shape(), along.indices.chunks(),
                                     {along.x.node(), along.indices.node()}));
}

Array put_along_axis(const Array& x, const Array& indices, const Operand& values,
                     std::int64_t axis) {
  auto along = array::aligned("put_along_axis", x, indices, axis, true);
  if (along.x.shape() != x.shape()) {
    throw ValueError(fmt::format("put_along_axis: indices of shape {} do not broadcast to {}",
                                 to_string(indices.shape()), to_string(x.shape())));
  }
  auto chunks = along.indices.chunks();
  chunks[along.axis] = {along.indices.shape()[along.axis]};
  const auto value = values.is_array() ? values.array().astype(x.dtype())
                                       : Array(array::constant_node(values.scalar(), x.dtype()));
  const auto spread = broadcast_to(value, along.indices.shape()).rechunk(chunks);
  return Array(array::algorithm_node(
      std::make_shared<array::PutAlong>(along.axis), x.dtype(), x.shape(), along.x.chunks(),
      {along.x.node(), along.indices.rechunk(chunks).node(), spread.node()}));
}

}  // namespace tartan
