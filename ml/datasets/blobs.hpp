#pragma once

// The task behind make_blobs: some rows of the data set, from nothing but their indices.

#include <cstdint>
#include <tartan/array/chunk.hpp>

namespace tartan::ml::tasks {

/// Which centre a row belongs to: uniform, a function of seed and row alone.
std::int64_t blob_label(std::uint64_t seed, std::int64_t row, std::int64_t centers);

/// float64 rows [first_row, first_row + rows): centre + standard normal noise x cluster_std.
Chunk blob_block(const Chunk& centers, double cluster_std, std::uint64_t seed,
                 std::int64_t first_row, std::int64_t rows);
/// Their labels, int64.
Chunk blob_labels(std::int64_t centers, std::uint64_t seed, std::int64_t first_row,
                  std::int64_t rows);

}  // namespace tartan::ml::tasks
