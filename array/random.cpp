#include <array/expr/build.hpp>
#include <array/expr/random_node.hpp>
#include <cmath>
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
  throw TypeError(
      fmt::format("random::{}: dtype {} given; it makes float32 and float64, cast the "
                  "result with astype",
                  who, name(dtype)));
}

void check_random_integer(DType dtype, std::string_view who) {
  if (is_integer(dtype)) return;
  throw TypeError(fmt::format("random::{}: dtype {} given; give an integer one", who, name(dtype)));
}

void refuse(const char* who, const Parameter& parameter, const char* wanted) {
  throw ValueError(
      fmt::format("random::{}: {} is {}; give {}", who, parameter.name, parameter.value, wanted));
}
void check_finite(const char* who, const Parameter& parameter) {
  if (!std::isfinite(parameter.value)) refuse(who, parameter, "a finite number");
}
void check_positive(const char* who, const Parameter& parameter) {
  check_finite(who, parameter);
  if (!(parameter.value > 0)) refuse(who, parameter, "a number above 0");
}
void check_not_negative(const char* who, const Parameter& parameter) {
  check_finite(who, parameter);
  if (!(parameter.value >= 0)) refuse(who, parameter, "0 or more");
}
void check_probability(const char* who, const Parameter& parameter) {
  if (!(parameter.value >= 0 && parameter.value <= 1)) {
    refuse(who, parameter, "a probability, from 0 to 1");
  }
}
std::uint64_t derived_seed(std::optional<std::uint64_t> seed, Source source) {
  // The finaliser of SplitMix64.
  std::uint64_t z =
      (seed ? *seed : entropy()) + static_cast<std::uint64_t>(source) * 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return z ^ z >> 31;
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
    throw ValueError(
        fmt::format("random::normal: the scale is {}; it cannot be negative", options.scale));
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
