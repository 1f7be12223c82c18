#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan::random {
namespace {

using array::Distribution;

Array made(Distribution distribution, const Shape& shape, const Scalar& first,
           const Scalar& second, DType dtype, const ChunkSpec& chunks,
           std::optional<std::uint64_t> seed) {
  array::check_shape(shape, dtype);
  return Array(array::make_node(
      array::RandomNode{distribution, first, second, seed ? *seed : entropy()}, dtype, shape,
      chunks.resolve(shape, itemsize(dtype))));
}

void check_floating(DType dtype, const char* who) {
  if (is_floating(dtype)) return;
  throw TypeError(fmt::format("random::{}: dtype {} given; it makes float32 and float64, cast the "
                              "result with astype",
                              who, name(dtype)));
}

}  // namespace

Array uniform(const Shape& shape, const RandomOptions& options) {
  check_floating(options.dtype, "uniform");
  return made(Distribution::uniform, shape, options.low, options.high, options.dtype,
              options.chunks, options.seed);
}

Array normal(const Shape& shape, const RandomOptions& options) {
  check_floating(options.dtype, "normal");
  if (!(options.scale >= 0)) {
    throw ValueError(fmt::format("random::normal: the scale is {}; it cannot be negative",
                                 options.scale));
  }
  return made(Distribution::normal, shape, options.loc, options.scale, options.dtype,
              options.chunks, options.seed);
}

Array integers(std::int64_t low, std::int64_t high, const Shape& shape,
               const IntegerOptions& options) {
  if (low >= high) {
    throw ValueError(fmt::format("random::integers: low {} is not below high {}", low, high));
  }
  if (!is_integer(options.dtype)) {
    throw TypeError(fmt::format("random::integers: dtype {} given; give an integer one",
                                name(options.dtype)));
  }
  // Throws when the dtype cannot hold them.
  static_cast<void>(result_type(options.dtype, Scalar(low)));
  static_cast<void>(result_type(options.dtype, Scalar(high - 1)));
  return made(Distribution::integers, shape, low, high, options.dtype, options.chunks,
              options.seed);
}

}  // namespace tartan::random
