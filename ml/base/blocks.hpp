#pragma once

// A 2-D array as estimators work on it: row blocks in the workers' memory, every block holding
// all columns, of one floating dtype.

#include <cstdint>
#include <string_view>
#include <tartan/array.hpp>
#include <vector>

namespace tartan::ml {

struct Blocks {
  Array array;                        ///< persisted; keeps the futures alive
  std::vector<AnyFuture> futures;     ///< one chunk of rows each
  std::vector<std::int64_t> first;    ///< index of each block's first row; one more: the row count
  std::int64_t columns = 0;
  DType dtype = DType::float64;

  std::size_t size() const { return futures.size(); }
  std::int64_t rows() const { return first.back(); }
  /// The block that holds a row.
  std::size_t block_of(std::int64_t row) const;
};

/// x ready for an estimator: checked (2-D, real), columns in one chunk, floating dtype, persisted.
/// Throws ValueError naming the estimator and what is wrong.
Blocks row_blocks(const Array& x, std::string_view estimator);

}  // namespace tartan::ml
