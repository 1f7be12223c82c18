// Taking and putting along an axis that is one chunk.

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

/// Inputs: the array, of one chunk along the axis, and the indices, which give the chunks.
class TakeAlong : public Algorithm {
 public:
  explicit TakeAlong(std::size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "take-along-axis"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(axis_));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    return std::vector<BlockRead>{{0, column(node, *node.inputs[0], block)}, {1, block}};
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    WordWriter words;
    put_parameters(words);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const std::vector<Made> inputs{emission.block(0, column(node, emission.input(0), block)),
                                     emission.block(1, block)};
      const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
      made.push_back(emission.add(task_function<&take_block>(), "",
                                  words_then_dependencies(words, 2), inputs,
                                  bytes_of(shape, node.dtype)));
    }
    return made;
  }

 private:
  std::int64_t column(const Node& node, const Node& x, std::int64_t block) const {
    auto index = unravel(block, grid_of(node.chunks));
    index[axis_] = 0;
    return ravel(index, grid_of(x.chunks));
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

/// Both with the same lengths and chunks apart from the axis.
Along aligned(const char* who, const Array& x, const Array& indices, std::int64_t axis) {
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
  chunks[at] = {x.shape()[at]};
  along.x = along.x.rechunk(chunks);
  return along;
}

}  // namespace
}  // namespace array

Array take_along_axis(const Array& x, const Array& indices, std::int64_t axis) {
  const auto along = array::aligned("take_along_axis", x, indices, axis);
  return Array(array::algorithm_node(std::make_shared<array::TakeAlong>(along.axis), x.dtype(),
                                     along.indices.shape(), along.indices.chunks(),
                                     {along.x.node(), along.indices.node()}));
}

Array put_along_axis(const Array& x, const Array& indices, const Operand& values,
                     std::int64_t axis) {
  auto along = array::aligned("put_along_axis", x, indices, axis);
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
