#include <algorithm>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

std::vector<array::NodePtr> nodes_of(const std::vector<Array>& arrays) {
  std::vector<array::NodePtr> nodes;
  for (const auto& one : arrays) {
    static_cast<void>(one.dtype());
    nodes.push_back(one.node());
  }
  return nodes;
}

}  // namespace

Array concatenate(const std::vector<Array>& arrays, std::int64_t axis) {
  return Array(array::concatenate_node(nodes_of(arrays), axis));
}
Array stack(const std::vector<Array>& arrays, std::int64_t axis) {
  return Array(array::stack_node(nodes_of(arrays), axis));
}
Array transpose(const Array& x) { return x.transpose(); }
Array transpose(const Array& x, const std::vector<std::int64_t>& axes) {
  return x.transpose(axes);
}
Array reshape(const Array& x, const Shape& shape, const ChunkSpec& chunks) {
  return x.reshape(shape, chunks);
}
Array rechunk(const Array& x, const ChunkSpec& chunks) { return x.rechunk(chunks); }

Array broadcast_to(const Array& x, const Shape& shape) {
  static_cast<void>(x.dtype());
  return Array(array::broadcast_node(x.node(), shape));
}

Array expand_dims(const Array& x, std::int64_t axis) {
  const auto at = array::normal_axis(axis, x.ndim() + 1, "expand_dims");
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  items.insert(items.begin() + at, newaxis);
  return x.slice(items);
}

Array squeeze(const Array& x, std::optional<std::int64_t> axis) {
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  if (axis) {
    const auto at = static_cast<std::size_t>(array::normal_axis(*axis, x.ndim(), "squeeze"));
    if (x.shape()[at] != 1) {
      throw ValueError(fmt::format("squeeze: axis {} has length {}, not 1", *axis, x.shape()[at]));
    }
    items[at] = 0;
    return x.slice(items);
  }
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (x.shape()[at] == 1) items[at] = 0;
  }
  return x.slice(items);
}

Array flip(const Array& x, std::int64_t axis) {
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "flip"));
  items[at] = SliceItem({}, {}, -1);
  return x.slice(items);
}

Array moveaxis(const Array& x, std::int64_t from, std::int64_t to) {
  const auto source = array::normal_axis(from, x.ndim(), "moveaxis");
  const auto target = array::normal_axis(to, x.ndim(), "moveaxis");
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(x.ndim()); ++axis) {
    if (axis != source) axes.push_back(axis);
  }
  axes.insert(axes.begin() + target, source);
  return x.transpose(axes);
}

Array matmul(const Array& a, const Array& b) {
  static_cast<void>(a.dtype());
  static_cast<void>(b.dtype());
  return Array(array::matmul_node(a.node(), b.node()));
}

}  // namespace tartan
