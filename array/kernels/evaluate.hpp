#pragma once

// Evaluates a program over one chunk's elements, a tile at a time, into scratch memory that stays
// in cache. run() copies tiles into a chunk; reductions consume them where they lie.
//
// One evaluator belongs to one thread. It holds references to the program and the inputs.

#include <array/kernels/math_functions.hpp>
#include <array/kernels/program.hpp>
#include <array/kernels/tile.hpp>
#include <array/kernels/turned.hpp>
#include <array/kernels/view.hpp>
#include <span>
#include <vector>

namespace tartan::array {

class Evaluator {
 public:
  /// Checks dtypes and shapes as run() says. Values to keep can be asked for beside the result.
  Evaluator(const Program& program, std::span<const View> inputs, const Shape& out_shape,
            std::span<const ValueIndex> kept = {});

  /// Elements [start, start + n) of the result in C order, n <= kTileElements. The tile is valid
  /// until the next call; it may lie in an input.
  const std::byte* tile(std::int64_t start, std::size_t n) { return evaluate(start, n, nullptr); }
  /// The same, written to out.
  void tile_to(std::int64_t start, std::size_t n, std::byte* out);

  /// Where an input's elements lie that are those of the result, one by one; else nullptr.
  const std::byte* direct(ValueIndex value) const;
  /// What a kept value is for the elements of the last tile, valid as long as that.
  const std::byte* value(ValueIndex kept) const { return values_[kept]; }

  DType dtype() const { return program_.result_dtype(); }

 private:
  /// How an input's elements are found for a tile of the result.
  struct Source {
    enum class Kind { direct, scalar, periodic, strided, turned };
    Kind kind = Kind::direct;
    std::size_t itemsize = 0;
    const std::byte* data = nullptr;  ///< scalar and periodic: the prepared copies
    std::size_t slot = 0;             ///< strided: where tiles are gathered; turned: which one
    std::int64_t period = 0;
    std::vector<std::int64_t> shape;    ///< strided: merged dimensions of the result ...
    std::vector<std::int64_t> strides;  ///< ... and the input's element strides, 0 = broadcast
  };
  struct Step {
    TileKernel kernel = nullptr;
    std::size_t slot = 0;
    PairKernel both = nullptr;  ///< a sine or cosine that makes the other step's value too
    std::size_t other = 0;      ///< of a pair, the other step
  };

  void check(std::span<const View> inputs, const Shape& out_shape) const;
  Source make_source(const View& input, const Shape& out_shape);
  void find_pairs();
  bool is_kept(std::span<const ValueIndex> kept, std::size_t value) const;
  void plan_steps(std::span<const ValueIndex> kept);
  const std::byte* evaluate(std::int64_t start, std::size_t n, std::byte* out);
  const std::byte* locate(const Source& source, std::int64_t start, std::size_t n);
  const std::byte* gather(const Source& source, std::int64_t start, std::size_t n);
  void prefetch(std::size_t from, std::size_t i) const;
  /// A piece of scratch memory, 64-byte aligned.
  std::byte* scratch(std::size_t bytes);
  std::byte* slot(std::size_t index);

  const Program& program_;
  Isa isa_;
  std::vector<Source> sources_;
  std::vector<TurnedSource> turned_;
  std::vector<Step> steps_;
  std::vector<const std::byte*> values_;
  std::vector<std::size_t> advance_;  ///< bytes an element, 0 of what every strip has anew
  std::vector<std::byte*> slots_;
  std::vector<std::int64_t> odometer_;
  std::vector<MutableBuffer> memory_;
};

}  // namespace tartan::array
