#pragma once

// What generated data sets have in common: a plan that is the same for all rows, and tasks that
// make rows [first, first + count) from it.

#include <algorithm>
#include <array/kernels/random.hpp>
#include <fmt/format.h>
#include <limits>
#include <ml/base/partial.hpp>
#include <string_view>
#include <tartan/base/random.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/ml/datasets.hpp>

namespace tartan::ml {

/// Streams of the counter generator and of row_random, so that they do not repeat each other.
enum class Stream : std::uint64_t { features = 0x66656174, noise = 0x6E6F6973, rows = 0x726F7773 };

/// Standard normal numbers of these rows, float64.
inline Chunk normal_rows(std::uint64_t seed, Stream stream, std::int64_t first, std::int64_t rows,
                         std::int64_t columns) {
  const std::int64_t most =
      std::numeric_limits<std::int64_t>::max() / std::max<std::int64_t>(columns, 1);
  return array::random_normal(
      {{most, columns}, {first, 0}, seed, static_cast<std::uint64_t>(stream)}, {rows, columns}, 0,
      1, DType::float64);
}

/// The random decisions about one row.
inline Random row_random(std::uint64_t seed, std::int64_t row) {
  const auto stream = static_cast<std::uint64_t>(Stream::rows);
  return Random(Random(seed ^ stream).next() ^ Random(static_cast<std::uint64_t>(row)).next());
}

/// A standard normal number.
double normal_number(Random& random);

/// What cannot be: throws ValueError.
void check_counts(std::string_view maker, std::int64_t n_samples, std::int64_t chunk_rows,
                  double noise);

/// X(plan, first, rows) and Y(plan, first, rows), cut into chunks of rows.
template <auto X, auto Y, class Plan>
Dataset in_chunks(const Plan& plan, std::int64_t n_samples, std::int64_t chunk_rows,
                  std::int64_t features, std::int64_t targets, DType y_dtype) {
  const std::int64_t row_bytes = std::max<std::int64_t>(features, 1) * 8;
  const std::int64_t per_chunk =
      chunk_rows > 0 ? chunk_rows : std::max<std::int64_t>(kDefaultChunkBytes / row_bytes, 1);
  std::vector<Array> xs;
  std::vector<Array> ys;
  std::int64_t first = 0;
  for (const std::int64_t rows : cut_axis(n_samples, per_chunk)) {
    xs.push_back(from_delayed(delayed<X>(plan, first, rows), {rows, features}, DType::float64));
    const Shape y_shape = targets == 1 ? Shape{rows} : Shape{rows, targets};
    ys.push_back(from_delayed(delayed<Y>(plan, first, rows), y_shape, y_dtype));
    first += rows;
  }
  return {concatenate(xs, 0), concatenate(ys, 0)};
}

}  // namespace tartan::ml
