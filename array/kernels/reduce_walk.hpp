#pragma once

// Walks over the elements of a chunk in the fixed order of blocks and feeds a reduce kernel.

#include <array/kernels/evaluate.hpp>
#include <array/kernels/reduce_kernel.hpp>
#include <deque>
#include <vector>

namespace tartan::array {

/// A dimension of the reduction, after neighbours that behave alike have been merged.
struct Dimension {
  std::int64_t size = 1;
  bool reduced = false;
};

/// Merges out_shape's dimensions; `parts` is 2 when complex elements are seen as pairs of real
/// ones, which adds a kept dimension. The result ends in (reduced) or in (reduced, kept).
std::vector<Dimension> merge_dimensions(const Shape& out_shape, std::span<const int> axes,
                                        std::int64_t parts);

/// Memory for `width` entries of each of the kernel's fields.
class OwnedState {
 public:
  OwnedState(const ReduceKernel& kernel, std::size_t width);
  State state();
  /// From entry `offset` on.
  static State at(const ReduceKernel& kernel, State state, std::size_t offset);

 private:
  std::array<MutableBuffer, 2> memory_;
};

/// Merges states pairwise by their number: 0 with 1, 2 with 3, then the pairs, ...
class Cascade {
 public:
  Cascade(const ReduceKernel& kernel, std::size_t width) : kernel_(kernel), width_(width) {}

  /// The state to fill next, cleared; then call push.
  State next();
  void push(std::int64_t count);
  /// Everything pushed since the last call, valid until the next call of any function.
  State finish();

 private:
  struct Entry {
    std::size_t memory = 0;
    std::int64_t count = 0;
    int level = 0;
  };
  void merge_last();

  const ReduceKernel& kernel_;
  std::size_t width_;
  std::deque<OwnedState> memory_;
  std::vector<std::size_t> unused_;
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

/// Reduces all of the evaluator's elements into out, whose entries are the kept dimensions in C
/// order. total counts elements as the kernel sees them.
void reduce_all(const ReduceKernel& kernel, Evaluator& evaluator, std::int64_t parts,
                const std::vector<Dimension>& dimensions, State out);

}  // namespace tartan::array
