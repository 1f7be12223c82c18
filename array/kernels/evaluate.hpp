#pragma once

// Evaluates a program over one chunk's elements, a tile at a time, into scratch memory that stays
// in cache. run() copies tiles into a chunk; reductions consume them where they lie.
//
// One evaluator belongs to one thread. It holds references to the program and the inputs.

#include <array/kernels/program.hpp>
#include <array/kernels/tile.hpp>
#include <array/kernels/turned.hpp>
#include <array/kernels/view.hpp>
#include <span>
#include <vector>

namespace tartan::array {

class Evaluator {
 public:
  /// Checks dtypes and shapes as run() says.
  Evaluator(const Program& program, std::span<const View> inputs, const Shape& out_shape);

  /// Elements [start, start + n) of the result in C order, n <= kTileElements. The tile is valid
  /// until the next call; it may lie in an input.
  const std::byte* tile(std::int64_t start, std::size_t n) { return evaluate(start, n, nullptr); }
  /// The same, written to out.
  void tile_to(std::int64_t start, std::size_t n, std::byte* out);

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
  };

  void check(std::span<const View> inputs, const Shape& out_shape) const;
  Source make_source(const View& input, const Shape& out_shape);
  void plan_steps();
  const std::byte* evaluate(std::int64_t start, std::size_t n, std::byte* out);
  const std::byte* locate(const Source& source, std::int64_t start, std::size_t n);
  const std::byte* gather(const Source& source, std::int64_t start, std::size_t n);
  /// A piece of scratch memory, 64-byte aligned.
  std::byte* scratch(std::size_t bytes);
  std::byte* slot(std::size_t index);

  const Program& program_;
  Isa isa_;
  std::vector<Source> sources_;
  std::vector<TurnedSource> turned_;
  std::vector<Step> steps_;
  std::vector<const std::byte*> values_;
  std::vector<std::byte*> slots_;
  std::vector<std::int64_t> odometer_;
  std::vector<MutableBuffer> memory_;
};

}  // namespace tartan::array
