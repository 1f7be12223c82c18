#pragma once

// A chunk is one block of an array: a dtype, a shape and the elements, which are the values that
// array tasks take and return. Immutable, cheap to copy (the elements are shared), any thread may
// read it.
//
// Invariants
// 1. Elements lie in C order without gaps; data.size() == element_count(shape) * itemsize(dtype).
// 2. data.data() is 64-byte aligned, except for chunks that view a part of another's memory or
//    memory of the user's; kernels work on any alignment of the element type and are fastest at 64.
// 3. A chunk with an empty shape has one element (0-d). No dimension is negative.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tartan/array/dtype.hpp>
#include <tartan/base/buffer.hpp>
#include <tartan/value/codec.hpp>
#include <vector>

namespace tartan {

using Shape = std::vector<std::int64_t>;

/// The product of the dimensions; 1 for a 0-d shape.
std::int64_t element_count(const Shape& shape);
/// "(60000, 784)", "(3,)", "()".
std::string to_string(const Shape& shape);
/// The shape both broadcast to by NumPy's rules. Throws ValueError naming both shapes.
Shape broadcast_shapes(const Shape& a, const Shape& b);
/// Whether `from` broadcasts to exactly `to`.
bool broadcasts_to(const Shape& from, const Shape& to);

namespace detail {
void check_view(DType stored, DType wanted);
}

struct Chunk {
  DType dtype = DType::float64;
  Shape shape;
  Buffer data;

  std::int64_t size() const { return element_count(shape); }
  std::size_t nbytes() const { return data.size(); }

  /// The elements as T. Throws TypeError when the chunk holds another dtype.
  template <class T>
  std::span<const T> view() const {
    detail::check_view(dtype, dtype_of<T>);
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
};

/// A chunk while it is being written. freeze() makes it a Chunk without a copy.
class MutableChunk {
 public:
  /// Fresh memory from the pool, not initialised. Throws ValueError when the shape's bytes do not
  /// fit 63 bits, std::bad_alloc when the memory is not to be had.
  MutableChunk(DType dtype, Shape shape);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::byte* data() { return data_.data(); }
  std::size_t nbytes() const { return data_.size(); }
  template <class T>
  std::span<T> view() {
    detail::check_view(dtype_, dtype_of<T>);
    return {reinterpret_cast<T*>(data_.data()), data_.size() / sizeof(T)};
  }
  Chunk freeze() &&;

 private:
  DType dtype_;
  Shape shape_;
  MutableBuffer data_;
};

/// A chunk holding a copy of the elements, which must be element_count(shape) many.
template <class T>
Chunk make_chunk(Shape shape, std::span<const T> elements);

/// The header holds dtype and shape; the elements are one bulk frame, whose size is checked.
template <>
struct Codec<Chunk> {
  static std::string name() { return "tartan::Chunk"; }
  static void encode(const Chunk& chunk, Writer& writer);
  static Chunk decode(Reader& reader);
  static std::size_t nbytes(const Chunk& chunk) { return sizeof(Chunk) + chunk.data.size(); }
};

namespace detail {
Chunk copy_chunk(DType dtype, Shape shape, std::span<const std::byte> bytes);
}

template <class T>
Chunk make_chunk(Shape shape, std::span<const T> elements) {
  return detail::copy_chunk(dtype_of<T>, std::move(shape), std::as_bytes(elements));
}

}  // namespace tartan
