#include <algorithm>
#include <array/expr/build.hpp>
#include <array/expr/rechunk_plan.hpp>
#include <array/kernels/matmul.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

std::int64_t largest(const std::vector<std::int64_t>& sizes) {
  return *std::max_element(sizes.begin(), sizes.end());
}

/// Replaces a -1 by the length that makes the element counts equal.
Shape resolved(const NodePtr& input, Shape shape) {
  const auto total = element_count(input->shape);
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (unknown != shape.end()) {
    *unknown = 1;
    const auto rest = std::find(shape.begin(), shape.end(), -1) == shape.end()
                          ? element_count(shape)
                          : std::int64_t{0};
    if (rest <= 0 || total % rest != 0) {
      throw ValueError(fmt::format(
          "reshape: cannot tell the length for -1 from {} elements; leave at most one axis open, "
          "and let the others divide the elements",
          total));
    }
    *unknown = total / rest;
  }
  check_shape(shape, input->dtype);
  if (element_count(shape) != total) {
    throw ValueError(fmt::format("reshape: {} has {} elements, but {} has {}; the counts must be "
                                 "equal",
                                 to_string(input->shape), total, to_string(shape),
                                 element_count(shape)));
  }
  return shape;
}

/// Axes that are the same on both sides keep their chunks; those between are cut so that a block
/// has as many elements as the input's blocks have there.
Chunks reshape_chunks(const Node& input, const Shape& shape) {
  const auto& from = input.shape;
  const auto both = std::min(from.size(), shape.size());
  std::size_t head = 0;
  while (head < both && from[head] == shape[head]) ++head;
  std::size_t tail = 0;
  while (tail + head < both && from[from.size() - 1 - tail] == shape[shape.size() - 1 - tail]) {
    ++tail;
  }
  std::int64_t elements = 1;
  for (auto axis = head; axis < from.size() - tail; ++axis) {
    elements *= std::max<std::int64_t>(1, largest(input.chunks[axis]));
  }
  const Shape middle(shape.begin() + static_cast<std::ptrdiff_t>(head),
                     shape.end() - static_cast<std::ptrdiff_t>(tail));
  Chunks chunks(input.chunks.begin(), input.chunks.begin() + static_cast<std::ptrdiff_t>(head));
  for (auto& axis : automatic_chunks(middle, 1, elements)) chunks.push_back(std::move(axis));
  chunks.insert(chunks.end(), input.chunks.end() - static_cast<std::ptrdiff_t>(tail),
                input.chunks.end());
  return chunks;
}

/// a and b cut alike along their batch axes, and b along its inner axis as a is.
void align_matmul(NodePtr& a, NodePtr& b) {
  Chunks ca = a->chunks;
  Chunks cb = b->chunks;
  cb[cb.size() < 2 ? 0 : cb.size() - 2] = ca.back();
  for (std::size_t back = 3; back <= std::min(ca.size(), cb.size()); ++back) {
    const bool one_a = a->shape[ca.size() - back] == 1;
    const bool one_b = b->shape[cb.size() - back] == 1;
    if (!one_a && !one_b) cb[cb.size() - back] = ca[ca.size() - back];
  }
  b = rechunk_node(b, cb);
}

}  // namespace

NodePtr rechunk_node(const NodePtr& input, const Chunks& chunks) {
  if (input->chunks == chunks) return input;
  if (input->is_generator()) {
    return make_node(input->kind, input->dtype, input->shape, chunks);
  }
  if (const auto* literal = input->as<LiteralNode>()) return literal_node(literal->chunk, chunks);
  auto node = input;
  for (auto& step : rechunk_steps(input->chunks, chunks, itemsize(input->dtype))) {
    node = make_node(RechunkNode{}, input->dtype, input->shape, std::move(step), {node});
  }
  return node;
}

NodePtr transpose_node(const NodePtr& input, const std::vector<std::int64_t>& axes) {
  const auto ndim = input->shape.size();
  TransposeNode transpose;
  if (axes.size() != ndim) {
    throw ValueError(fmt::format("transpose: {} axes given for an array with {}", axes.size(),
                                 ndim));
  }
  Chunks chunks;
  std::vector<bool> seen(ndim, false);
  bool same = true;
  for (auto given : axes) {
    const auto axis = normal_axis(given, ndim, "transpose");
    const auto at = static_cast<std::size_t>(axis);
    if (seen[at]) throw ValueError(fmt::format("transpose: axis {} is named twice", given));
    seen[at] = true;
    same = same && chunks.size() == at;
    chunks.push_back(input->chunks[at]);
    transpose.axes.push_back(axis);
  }
  if (same) return input;
  auto shape = shape_of(chunks);
  return make_node(std::move(transpose), input->dtype, std::move(shape), std::move(chunks),
                   {input});
}

NodePtr reshape_node(const NodePtr& input, Shape shape, const ChunkSpec& chunks) {
  shape = resolved(input, std::move(shape));
  auto cut = chunks.automatic() ? reshape_chunks(*input, shape)
                                : chunks.resolve(shape, itemsize(input->dtype));
  if (shape == input->shape) return rechunk_node(input, cut);
  return make_node(ReshapeNode{}, input->dtype, std::move(shape), std::move(cut), {input});
}

NodePtr concatenate_node(std::vector<NodePtr> inputs, std::int64_t axis) {
  if (inputs.empty()) throw ValueError("concatenate: give at least one array");
  const auto ndim = inputs.front()->shape.size();
  const auto along = static_cast<std::size_t>(normal_axis(axis, ndim, "concatenate"));
  auto dtype = inputs.front()->dtype;
  const Node* widest = inputs.front().get();
  for (const auto& input : inputs) {
    dtype = result_type(dtype, input->dtype);
    auto expected = inputs.front()->shape;
    if (input->shape.size() == ndim) expected[along] = input->shape[along];
    if (input->shape != expected) {
      throw ValueError(fmt::format(
          "concatenate: shapes {} and {} differ outside axis {}; make them agree there",
          to_string(inputs.front()->shape), to_string(input->shape), along));
    }
    if (bytes_of(input->shape, input->dtype) > bytes_of(widest->shape, widest->dtype)) {
      widest = input.get();
    }
  }
  const Chunks common = widest->chunks;
  Chunks chunks = common;
  chunks[along].clear();
  for (auto& input : inputs) {
    auto wanted = common;
    wanted[along] = input->chunks[along];
    for (auto size : wanted[along]) {
      if (size > 0) chunks[along].push_back(size);
    }
    input = cast_node(rechunk_node(input, wanted), dtype);
  }
  if (inputs.size() == 1) return inputs.front();
  if (chunks[along].empty()) chunks[along].push_back(0);
  auto shape = shape_of(chunks);
  return make_node(ConcatenateNode{static_cast<int>(along)}, dtype, std::move(shape),
                   std::move(chunks), std::move(inputs));
}

NodePtr stack_node(std::vector<NodePtr> inputs, std::int64_t axis) {
  if (inputs.empty()) throw ValueError("stack: give at least one array");
  const auto ndim = inputs.front()->shape.size();
  const auto at = static_cast<std::size_t>(normal_axis(axis, ndim + 1, "stack"));
  std::vector<SliceItem> items(ndim, all_of_axis);
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), newaxis);
  for (auto& input : inputs) {
    if (input->shape != inputs.front()->shape) {
      throw ValueError(fmt::format("stack: shapes {} and {} differ; all must be equal",
                                   to_string(inputs.front()->shape), to_string(input->shape)));
    }
  }
  for (auto& input : inputs) input = slice_node(input, items);
  return concatenate_node(std::move(inputs), static_cast<std::int64_t>(at));
}

NodePtr matmul_node(NodePtr a, NodePtr b) {
  auto shape = matmul_shape(a->shape, b->shape);
  const auto dtype = result_type(a->dtype, b->dtype);
  if (dtype == DType::boolean) {
    throw TypeError("matmul: bool arrays have no product; cast one with astype first");
  }
  a = cast_node(a, dtype);
  b = cast_node(b, dtype);
  align_matmul(a, b);
  Chunks chunks;
  const auto batch = std::max<std::size_t>(2, std::max(a->chunks.size(), b->chunks.size())) - 2;
  for (std::size_t axis = 0; axis < batch; ++axis) {
    const auto take = [&](const Node& n) -> const std::vector<std::int64_t>* {
      const auto missing = batch + 2 - std::max<std::size_t>(2, n.chunks.size());
      if (n.chunks.size() < 2 || axis < missing) return nullptr;
      return &n.chunks[axis - missing];
    };
    const auto* from_a = take(*a);
    const auto* from_b = take(*b);
    const bool use_b = from_a == nullptr || (from_b != nullptr && shape[axis] != 1 &&
                                             *from_a == std::vector<std::int64_t>{1});
    chunks.push_back(use_b ? *from_b : *from_a);
  }
  if (a->shape.size() > 1) chunks.push_back(a->chunks[a->chunks.size() - 2]);
  if (b->shape.size() > 1) chunks.push_back(b->chunks.back());
  return make_node(MatmulNode{}, dtype, std::move(shape), std::move(chunks),
                   {std::move(a), std::move(b)});
}

}  // namespace tartan::array
