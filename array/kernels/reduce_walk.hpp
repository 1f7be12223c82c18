#pragma once

// Walks over the elements of a chunk in the fixed order of blocks and feeds a reduce kernel.

#include <array/kernels/evaluate.hpp>
#include <array/kernels/reduce_kernel.hpp>
#include <deque>
#include <optional>
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

/// Whether reduce_all() asks for elements in the order they have, not column by column.
bool walks_in_order(std::span<const Dimension> dimensions);

/// Memory for `width` entries of each of the kernel's fields.
class OwnedState {
 public:
  OwnedState(const ReduceKernel& kernel, std::size_t width);
  State state();
  /// From entry `offset` on.
  static State at(const ReduceKernel& kernel, State state, std::size_t offset);

 private:
  std::array<MutableBuffer, kMostFields> memory_;
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

/// A program's elements, and the mask they are under, as a kernel wants them. Positions count
/// elements as the kernel sees them: of complex numbers, parts.
class Tiles {
 public:
  Tiles(const Program& program, std::span<const View> inputs, const Shape& shape,
        ValueIndex elements, std::optional<ValueIndex> mask, std::int64_t parts);

  /// `rows` rows of `width` elements, one behind the other from `start` on, kTileElements at most;
  /// up to `ahead` elements from start on will be asked for next.
  Rows together(std::int64_t start, std::int64_t rows, std::int64_t width, std::int64_t ahead);
  /// Rows that begin `step` elements apart.
  Rows apart(std::int64_t start, std::int64_t rows, std::int64_t width, std::int64_t step);

 private:
  /// The elements or the mask.
  struct Stream {
    ValueIndex value = 0;
    std::size_t size = 0;  ///< bytes an element
    const std::byte* direct = nullptr;
    const std::byte* tile = nullptr;
    MutableBuffer rows;  ///< where rows are collected that lie apart
  };
  const std::byte* tile_of(const Stream& stream, std::int64_t start) const;

  std::array<ValueIndex, 2> kept_;
  Evaluator evaluator_;
  std::int64_t parts_;
  std::vector<Stream> streams_;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
};

/// Reduces all elements into out, whose entries are the kept dimensions in C order.
void reduce_all(const ReduceKernel& kernel, Tiles& tiles, const std::vector<Dimension>& dimensions,
                State out);

}  // namespace tartan::array
