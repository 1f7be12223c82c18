// Arrays whose lengths follow from their elements: what a mask chooses, and where x is not 0.

#include <algorithm>
#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/select.hpp>
#include <fmt/format.h>
#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/masking.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (), chunk, mask -> Chunk.
Value select_block(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  const auto chunk = next_chunk(arguments);
  return Value::of(select(chunk, next_chunk(arguments)));
}

/// The mask's chunks: those of its first axis, the other axes whole.
class Select : public Algorithm {
 public:
  std::string_view name() const override { return "select"; }
  void put_parameters(WordWriter&) const override {}
  bool selects() const override { return true; }

  std::optional<std::vector<BlockRead>> reads(const Node& node,
                                              std::int64_t block) const override {
    return std::vector<BlockRead>{{0, block}, {1, mask_block(node, block)}};
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto grid = grid_of(node.chunks);
    const auto arguments = words_then_dependencies({}, 2);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const Made inputs[] = {emission.block(0, block), emission.block(1, mask_block(node, block))};
      const auto bytes = bytes_of(block_shape(node.chunks, unravel(block, grid)), node.dtype);
      made.push_back(emission.add(task_function<&select_block>(), "", arguments, inputs,
                                  std::min(bytes, inputs[0].bytes)));
    }
    return made;
  }

 private:
  static std::int64_t mask_block(const Node& node, std::int64_t block) {
    return unravel(block, grid_of(node.chunks)).front();
  }
};

/// Words (axis, offset), chunk -> Chunk.
Value nonzero_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto axis = static_cast<std::size_t>(words.word());
  const auto offset = words.word();
  return Value::of(nonzero(next_chunk(arguments), axis, offset));
}

/// The input is cut along its first axis only.
class Nonzero : public OneToOne {
 public:
  explicit Nonzero(std::size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "nonzero"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(axis_));
  }
  void describe_block(WordWriter& words, const Node& node, std::int64_t block) const override {
    const auto& first = node.inputs.front()->bounds.front();
    words.put(axis_ == 0 ? first[static_cast<std::size_t>(block)] : 0);
  }
  std::int64_t scratch_bytes(const Node&, const Shape& shape) const override {
    return bytes_of(shape, DType::boolean);
  }
  const FunctionInfo& function() const override { return task_function<&nonzero_block>(); }

 private:
  std::size_t axis_;
};

/// Blocks that are whole along the axes from 1 to `axes`, so that they follow each other in C order.
NodePtr in_rows(const NodePtr& node, std::size_t axes) {
  auto chunks = node->chunks;
  for (std::size_t axis = 1; axis < axes; ++axis) chunks[axis] = {node->shape[axis]};
  return rechunk_node(node, chunks);
}

/// One unknown length for every block along the first axis of `source`.
std::vector<std::int64_t> counts_of(const Node& source) {
  std::int64_t row = 1;
  for (std::size_t axis = 1; axis < source.shape.size(); ++axis) row *= source.shape[axis];
  std::vector<std::int64_t> counts;
  for (auto length : source.chunks.front()) {
    const auto number = static_cast<std::int64_t>(counts.size());
    counts.push_back(length * row == 0 ? 0 : unknown_length(source.key, number, length * row));
  }
  return counts;
}

NodePtr select_node(const NodePtr& x, const NodePtr& mask) {
  const auto axes = mask->shape.size();
  const auto rows = in_rows(x, axes);
  const auto bits = rechunk_node(mask, {rows->chunks.begin(),
                                        rows->chunks.begin() + static_cast<std::ptrdiff_t>(axes)});
  Chunks chunks{counts_of(*bits)};
  chunks.insert(chunks.end(), rows->chunks.begin() + static_cast<std::ptrdiff_t>(axes),
                rows->chunks.end());
  auto shape = shape_of(chunks);
  return algorithm_node(std::make_shared<Select>(), x->dtype, std::move(shape), std::move(chunks),
                        {rows, bits});
}

}  // namespace
}  // namespace array

Array Array::chosen_by(const Array& mask) const {
  const auto& x = *this;
  if (mask.dtype() != DType::boolean) {
    throw TypeError(fmt::format("x[mask]: the mask is {}, not bool; compare it with something, or "
                                "use take() for indices",
                                name(mask.dtype())));
  }
  const auto& shape = x.shape();
  const auto& bits = mask.shape();
  if (bits.size() > shape.size() ||
      !std::equal(bits.begin(), bits.end(), shape.begin(),
                  [](std::int64_t bit, std::int64_t length) { return bit == length || bit == 0; })) {
    throw ValueError(fmt::format("x[mask]: the mask has shape {}, but x has {}; it must have the "
                                 "lengths of x's first axes",
                                 tartan::to_string(bits), tartan::to_string(shape)));
  }
  if (bits.empty()) return expand_dims(x, 0)[expand_dims(mask, 0)];
  if (!std::equal(bits.begin(), bits.end(), shape.begin())) {
    Shape none{0};
    none.insert(none.end(), shape.begin() + static_cast<std::ptrdiff_t>(bits.size()), shape.end());
    return zeros(none, {.dtype = x.dtype()});
  }
  return Array(array::select_node(x.node(), mask.node()));
}

Array compress(const Array& condition, const Array& x, std::int64_t axis) {
  const auto along = array::normal_axis(axis, x.ndim(), "compress");
  if (condition.ndim() != 1) {
    throw ValueError(fmt::format("compress: the condition has {} axes, not one; use x[mask]",
                                 condition.ndim()));
  }
  return moveaxis(moveaxis(x, along, 0)[condition.astype(DType::boolean)], 0, along);
}

Array extract(const Array& condition, const Array& x) {
  return x.flatten()[condition.flatten().astype(DType::boolean)];
}

std::vector<Array> nonzero(const Array& x) {
  if (x.ndim() == 0) {
    throw ValueError("nonzero: a 0-d array has no indices; reshape it to (1,) first");
  }
  const auto rows = array::in_rows(x.node(), x.ndim());
  const Chunks chunks{array::counts_of(*rows)};
  std::vector<Array> indices;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    indices.emplace_back(array::algorithm_node(std::make_shared<array::Nonzero>(axis),
                                               DType::int64, array::shape_of(chunks), chunks,
                                               {rows}));
  }
  return indices;
}

Array argwhere(const Array& x) {
  return stack(nonzero(x), 1);
}

Array flatnonzero(const Array& x) { return nonzero(x.flatten()).front(); }

}  // namespace tartan
