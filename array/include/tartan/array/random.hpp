#pragma once

// Random arrays from a counter generator (Philox 4x32-10) indexed by each element's place in the
// whole array: one seed gives one array, however it is cut and wherever it is computed. Without a
// seed one is drawn from the operating system, once per array.

#include <optional>
#include <tartan/array/array.hpp>

namespace tartan {

struct RandomOptions {
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
  double low = 0.0;    ///< uniform
  double high = 1.0;   ///< uniform
  double loc = 0.0;    ///< normal: the mean
  double scale = 1.0;  ///< normal: the standard deviation
  DType dtype = DType::float64;
};

struct IntegerOptions {
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
  DType dtype = DType::int64;
};

namespace random {

/// Uniform in [low, high); float32 or float64.
Array uniform(const Shape& shape, const RandomOptions& options = {});
/// Normal with mean loc and standard deviation scale; float32 or float64.
Array normal(const Shape& shape, const RandomOptions& options = {});
/// Uniform over low..high-1, in an integer dtype that holds them.
Array integers(std::int64_t low, std::int64_t high, const Shape& shape,
               const IntegerOptions& options = {});

}  // namespace random
}  // namespace tartan
