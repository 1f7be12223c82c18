#pragma once

// A chunk read in place at strides of its own: its transpose, a part of it, or the chunk as it is.
// Programs and reductions take views where they take chunks, so that what only moves elements needs
// no memory of its own.
//
// A view is immutable and shares the chunk's memory.

#include <array/kernels/reduce.hpp>
#include <array/kernels/shape.hpp>

namespace tartan::array {

struct View {
  Chunk chunk;
  Shape shape;
  Shape strides;           ///< per axis of shape, in elements; negative ones go backwards
  std::int64_t first = 0;  ///< the element at index 0

  /// The chunk as it is.
  View(Chunk whole);  // NOLINT(google-explicit-constructor)
  /// Of the part of the chunk that the ranges take, one per axis: axis i of the view is axis
  /// axes[i] of it, or a new one of length 1 where that is -1. Axes that are not named must have
  /// one element. Throws ValueError when a range leaves the chunk.
  View(Chunk whole, std::span<const AxisRange> ranges, std::span<const int> axes);

  std::int64_t size() const { return element_count(shape); }
  const std::byte* data() const;
  /// Whether the elements lie in a row, in C order.
  bool is_contiguous() const;
  /// The elements as a chunk; shares memory when they lie in a row.
  Chunk dense() const;
};

/// run() and reduce_partial() of programs whose inputs are views.
Chunk run(const Program& program, std::span<const View> inputs, const Shape& out_shape);
Partial reduce_partial(ReduceOp op, const Program& program, std::span<const View> inputs,
                       const Shape& out_shape, std::span<const int> axes,
                       const Placement& placement = {});

}  // namespace tartan::array
