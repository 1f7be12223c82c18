#pragma once

// tartan::Array: a chunked array that is computed when somebody asks for it. An Array is a cheap
// handle on an immutable expression; operations make new expressions and return at once, checking
// dtypes, shapes and axes on the way. compute() turns the expression into tasks, runs them on the
// current client and brings the elements here; persist() runs them and leaves the chunks where
// they are; explain() says what would run.
//
//   auto x = tartan::random::normal({10'000'000, 20}, {.chunks = {20'000, 20}, .seed = 0});
//   auto z = (x - mean(x, 0)) / stddev(x, 0);
//   xt::xarray<double> first = z.slice({{0, 5}}).compute<double>();
//
// Names and rules are NumPy's: broadcasting, promotion of dtypes (dtype.hpp), negative axes and
// indices. Numbers of C++ source are weak, so `x * 2.5` of float32 stays float32. Errors in
// arguments throw ValueError or TypeError when the expression is written, not when it runs.
//
// Threads: an Array is a value; different threads may use different copies of it.

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tartan/array/chunk.hpp>
#include <tartan/array/chunks.hpp>
#include <tartan/array/dtype.hpp>
#include <tartan/array/scalar.hpp>
#include <tartan/array/slicing.hpp>
#include <tartan/base/key.hpp>
#include <tartan/client/any_future.hpp>
#include <vector>
#include <xtensor/xtensor_forward.hpp>

namespace tartan {

namespace array {
struct Node;
}

namespace detail {
/// Throws a TypeError that names astype when the two differ.
void check_compute(DType stored, DType wanted);
/// Throws ValueError when the shape has another number of axes.
void check_rank(const Shape& shape, std::size_t rank);
}  // namespace detail

class Array {
 public:
  /// No array; everything but valid() and assignment throws ValueError.
  Array() = default;
  explicit Array(std::shared_ptr<const array::Node> node) : node_(std::move(node)) {}
  /// One block given by the program.
  Array(Chunk chunk, const ChunkSpec& chunks = {});

  bool valid() const { return node_ != nullptr; }
  DType dtype() const;
  /// The lengths of the axes. Where they follow from the elements (x[mask], nonzero) this computes
  /// the array first and keeps its blocks with the workers, as persist() would; so do all functions
  /// that need lengths. Elementwise operations and reductions do not.
  const Shape& shape() const;
  /// The length of an axis; negative axes count from the end.
  std::int64_t shape(std::int64_t axis) const;
  const Chunks& chunks() const;
  std::size_t ndim() const;
  std::int64_t size() const { return element_count(shape()); }
  std::int64_t nbytes() const;
  /// Number of chunks along every axis, and of all chunks.
  Shape grid() const;
  std::int64_t num_chunks() const;
  /// Equal keys: equal elements in equal chunks.
  Key key() const;
  /// The expression, with all lengths known.
  std::shared_ptr<const array::Node> node() const;
  /// The expression, which may have lengths that are not known yet.
  std::shared_ptr<const array::Node> lazy_node() const;

  // ---- looking at parts and changing the shape ----------------------------------------------

  /// NumPy's basic slicing; see slicing.hpp.
  Array slice(std::initializer_list<SliceItem> items) const;
  Array slice(const std::vector<SliceItem>& items) const;
  /// x[3] is row 3, x[{3, {0, 5}}] its first five elements.
  Array operator[](std::int64_t index) const { return slice({index}); }
  Array operator[](std::initializer_list<SliceItem> items) const { return slice(items); }
  /// x[mask]: the elements, or the parts along the first axes, where the mask is true; see
  /// masking.hpp. A template, so that a list in braces is never taken for an array.
  template <std::same_as<Array> Mask>
  Array operator[](const Mask& mask) const {
    return chosen_by(mask);
  }
  /// Axis i of the result is axis axes[i]; without axes their order is reversed.
  Array transpose() const;
  Array transpose(const std::vector<std::int64_t>& axes) const;
  Array T() const { return transpose(); }
  /// The same elements in C order under another shape; one length may be -1. Axes at both ends
  /// that stay the same keep their chunks.
  Array reshape(const Shape& to, const ChunkSpec& chunks = {}) const;
  Array flatten() const { return reshape({-1}); }
  Array rechunk(const ChunkSpec& chunks) const;
  Array astype(DType dtype) const;
  template <class T>
  Array astype() const {
    return astype(dtype_of<T>);
  }

  // ---- running it -----------------------------------------------------------------------------

  /// Computes the array on the current client and returns its elements. T must be the array's
  /// element type (TypeError; use astype<T>() to convert). Include <tartan/array/xtensor.hpp>.
  template <class T>
  xt::xarray<T> compute() const;
  /// The same as one chunk, with the dtype known at run time only.
  Chunk compute_chunk() const;
  /// The value of an array with one element. Throws ValueError when it has more.
  template <class T>
  T item() const {
    return scalar().as<T>();
  }
  Scalar scalar() const;
  /// Starts computing and returns an array that holds the blocks' futures; does not wait.
  Array persist() const;
  /// Waits until a persisted array is there; throws what the first failed block would.
  void wait() const;
  /// The blocks' futures in C order over grid(), each a future of a Chunk. Starts what is not
  /// persisted.
  std::vector<AnyFuture> futures() const;
  /// What compute() would do: tasks and bytes by group, bounds on what moves between workers and on
  /// memory, and what is fused. Runs nothing. compute() itself throws ValueError when one task needs
  /// more memory than any worker has.
  std::string explain() const;
  /// "Array(shape=(3, 4), dtype=float64, chunks=((3), (4)))".
  std::string to_string() const;

 private:
  const array::Node& checked() const;
  Array chosen_by(const Array& mask) const;

  std::shared_ptr<const array::Node> node_;
};

std::ostream& operator<<(std::ostream& out, const Array& array);

/// Computes several arrays in one graph: what they share runs once.
std::vector<Chunk> compute_chunks(const std::vector<Array>& arrays);
std::vector<Array> persist(const std::vector<Array>& arrays);
std::string explain(const std::vector<Array>& arrays);

}  // namespace tartan
