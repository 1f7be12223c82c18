#include <algorithm>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <numeric>
#include <tartan/array/functions.hpp>
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

Array matrix_transpose(const Array& x) {
  if (x.ndim() < 2) {
    throw ValueError(
        fmt::format("matrix_transpose: a shape of {} has no matrices, which take two "
                    "axes",
                    to_string(x.shape())));
  }
  std::vector<std::int64_t> axes(x.ndim());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return x.transpose(axes);
}

Array roll(const Array& x, std::int64_t shift, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "roll"));
  const std::int64_t length = x.shape()[at];
  if (length == 0) return x;
  const std::int64_t by = (shift % length + length) % length;
  if (by == 0) return x;
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  items[at] = SliceItem(length - by, {});
  const Array tail = x.slice(items);
  items[at] = SliceItem({}, length - by);
  return concatenate({tail, x.slice(items)}, static_cast<std::int64_t>(at));
}

Array roll(const Array& x, std::int64_t shift) {
  return roll(x.flatten(), shift, 0).reshape(x.shape());
}

Array tile(const Array& x, const std::vector<std::int64_t>& repetitions) {
  Array result = x;
  while (result.ndim() < repetitions.size()) result = expand_dims(result, 0);
  const std::size_t first = result.ndim() - repetitions.size();
  for (std::size_t i = 0; i < repetitions.size(); ++i) {
    const std::int64_t count = repetitions[i];
    const auto axis = static_cast<std::int64_t>(first + i);
    if (count < 0) {
      throw ValueError(fmt::format("tile: {} repetitions along axis {}; give 0 or more", count, i));
    }
    if (count == 0) {
      std::vector<SliceItem> items(result.ndim(), all_of_axis);
      items[first + i] = SliceItem(0, 0);
      result = result.slice(items);
    } else if (count > 1) {
      result = concatenate(std::vector<Array>(static_cast<std::size_t>(count), result), axis);
    }
  }
  return result;
}

std::vector<Array> unstack(const Array& x, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "unstack"));
  std::vector<Array> parts;
  std::vector<SliceItem> items(x.ndim(), all_of_axis);
  for (std::int64_t i = 0; i < x.shape()[at]; ++i) {
    items[at] = i;
    parts.push_back(x.slice(items));
  }
  return parts;
}

std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays) {
  Shape shape;
  for (const Array& one : arrays) shape = broadcast_shapes(shape, one.shape());
  std::vector<Array> result;
  result.reserve(arrays.size());
  for (const Array& one : arrays) result.push_back(broadcast_to(one, shape));
  return result;
}

Array diff(const Array& x, std::int64_t n, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "diff"));
  if (n < 0) throw ValueError(fmt::format("diff: n is {}; give 0 or more", n));
  Array result = x;
  for (; n > 0; --n) {
    std::vector<SliceItem> items(x.ndim(), all_of_axis);
    items[at] = SliceItem(1, {});
    const Array later = result.slice(items);
    items[at] = SliceItem({}, std::max<std::int64_t>(result.shape()[at] - 1, 0));
    const Array earlier = result.slice(items);
    result = x.dtype() == DType::boolean ? not_equal(later, earlier) : subtract(later, earlier);
  }
  return result;
}

Array matmul(const Array& a, const Array& b) {
  static_cast<void>(a.dtype());
  static_cast<void>(b.dtype());
  return Array(array::matmul_node(a.node(), b.node()));
}

}  // namespace tartan
