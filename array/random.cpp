#include <array/expr/build.hpp>
#include <array/expr/random_node.hpp>
#include <fmt/format.h>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan {
namespace array {

NodePtr random_node(Distribution distribution, std::vector<Scalar> parameters, const Shape& shape,
                    DType dtype, const ChunkSpec& chunks, std::optional<std::uint64_t> seed) {
  check_shape(shape, dtype);
  return make_node(RandomNode{distribution, std::move(parameters), seed ? *seed : entropy()}, dtype,
                   shape, chunks.resolve(shape, itemsize(dtype)));
}

void check_random_floating(DType dtype, std::string_view who) {
  if (is_floating(dtype)) return;
  throw TypeError(fmt::format("random::{}: dtype {} given; it makes float32 and float64, cast the "
                              "result with astype",
                              who, name(dtype)));
}

void check_random_integer(DType dtype, std::string_view who) {
  if (is_integer(dtype)) return;
  throw TypeError(
      fmt::format("random::{}: dtype {} given; give an integer one", who, name(dtype)));
}

}  // namespace array

namespace random {

using array::Distribution;

Array uniform(const Shape& shape, const RandomOptions& options) {
  array::check_random_floating(options.dtype, "uniform");
  return Array(array::random_node(Distribution::uniform, {options.low, options.high}, shape,
                                  options.dtype, options.chunks, options.seed));
}

Array normal(const Shape& shape, const RandomOptions& options) {
  array::check_random_floating(options.dtype, "normal");
  if (!(options.scale >= 0)) {
    throw ValueError(fmt::format("random::normal: the scale is {}; it cannot be negative",
                                 options.scale));
  }
  return Array(array::random_node(Distribution::normal, {options.loc, options.scale}, shape,
                                  options.dtype, options.chunks, options.seed));
}

Array integers(std::int64_t low, std::int64_t high, const Shape& shape,
               const IntegerOptions& options) {
  if (low >= high) {
    throw ValueError(fmt::format("random::integers: low {} is not below high {}", low, high));
  }
  array::check_random_integer(options.dtype, "integers");
  // Throws when the dtype cannot hold them.
  static_cast<void>(result_type(options.dtype, Scalar(low)));
  static_cast<void>(result_type(options.dtype, Scalar(high - 1)));
  return Array(array::random_node(Distribution::integers, {low, high}, shape, options.dtype,
                                  options.chunks, options.seed));
}

}  // namespace random
}  // namespace tartan
