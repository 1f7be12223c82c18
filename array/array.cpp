#include <array/algorithms/list_slice.hpp>
#include <array/expr/build.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/settle.hpp>
#include <fmt/format.h>
#include <ostream>
#include <tartan/array/array.hpp>
#include <tartan/array/creation.hpp>
#include <tartan/array/indexing.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace detail {

void check_compute(DType stored, DType wanted) {
  if (stored == wanted) return;
  throw TypeError(fmt::format(
      "compute<T>: the array holds {}, but T is {}; use that type, or astype<T>() first",
      name(stored), name(wanted)));
}

void check_rank(const Shape& shape, std::size_t rank) {
  if (shape.size() == rank) return;
  throw ValueError(fmt::format("a block of shape {} was asked for as an xt::xtensor with {} axes",
                               to_string(shape), rank));
}

}  // namespace detail

Array::Array(Chunk chunk, const ChunkSpec& chunks) {
  auto cut = chunks.resolve(chunk.shape, itemsize(chunk.dtype));
  node_ = array::literal_node(std::move(chunk), std::move(cut));
}

const array::Node& Array::checked() const {
  if (node_ == nullptr) {
    throw ValueError("this Array was default-constructed and holds no array; assign one first");
  }
  return *node_;
}

DType Array::dtype() const { return checked().dtype; }
std::size_t Array::ndim() const { return checked().shape.size(); }
std::shared_ptr<const array::Node> Array::node() const {
  checked();
  return array::known(node_);
}
std::shared_ptr<const array::Node> Array::lazy_node() const {
  checked();
  return array::known_so_far(node_);
}
// The node keeps the one with known lengths, so the references live as long as this array.
const Shape& Array::shape() const { return node()->shape; }
std::int64_t Array::shape(std::int64_t axis) const {
  return shape()[static_cast<std::size_t>(array::normal_axis(axis, ndim(), "shape"))];
}
const Chunks& Array::chunks() const { return node()->chunks; }
std::int64_t Array::nbytes() const { return array::bytes_of(shape(), dtype()); }
Shape Array::grid() const { return array::grid_of(chunks()); }
std::int64_t Array::num_chunks() const { return node()->block_count(); }
Key Array::key() const { return checked().key; }

Array Array::slice(std::initializer_list<SliceItem> items) const {
  return slice(std::vector<SliceItem>(items));
}
Array Array::slice(const std::vector<SliceItem>& items) const {
  const auto list = array::list_slice("slice", shape(), items);
  if (!list) return Array(array::slice_node(node(), items));
  const auto place = static_cast<std::int64_t>(list->place);
  const auto taken = take(slice(list->items), list->indices, place);
  return list->first ? moveaxis(taken, place, 0) : taken;
}

Array Array::transpose() const {
  std::vector<std::int64_t> axes;
  for (auto axis = static_cast<std::int64_t>(ndim()); axis-- > 0;) axes.push_back(axis);
  return transpose(axes);
}
Array Array::transpose(const std::vector<std::int64_t>& axes) const {
  return Array(array::transpose_node(node(), axes));
}

Array Array::reshape(const Shape& to, const ChunkSpec& chunks) const {
  return Array(array::reshape_node(node(), to, chunks));
}

Array Array::rechunk(const ChunkSpec& chunks) const {
  return Array(array::rechunk_node(node(), chunks.resolve(shape(), itemsize(dtype()))));
}

Array Array::astype(DType to) const {
  return Array(array::cast_node(lazy_node(), to));
}

std::string Array::to_string() const {
  if (!valid()) return "Array()";
  return fmt::format("Array(shape={}, dtype={}, chunks={})", tartan::to_string(lazy_node()->shape),
                     name(dtype()), tartan::to_string(lazy_node()->chunks));
}

std::ostream& operator<<(std::ostream& out, const Array& array) {
  return out << array.to_string();
}

Array from_chunk(Chunk chunk, const ChunkSpec& chunks) { return Array(std::move(chunk), chunks); }

Array from_futures(std::vector<AnyFuture> blocks, const Shape& shape, DType dtype,
                   const ChunkSpec& chunks) {
  array::check_shape(shape, dtype);
  auto cut = chunks.resolve(shape, itemsize(dtype));
  const auto count = element_count(array::grid_of(cut));
  if (static_cast<std::int64_t>(blocks.size()) != count) {
    throw ValueError(fmt::format("from_futures: {} futures given, but chunks {} make {} blocks",
                                 blocks.size(), to_string(cut), count));
  }
  return Array(
      array::make_node(array::StoredNode{std::move(blocks)}, dtype, shape, std::move(cut)));
}

}  // namespace tartan
