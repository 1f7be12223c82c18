#include <fmt/format.h>

#include <algorithm>
#include <ml/blocks.hpp>

namespace tartan::ml {

std::size_t Blocks::block_of(std::int64_t row) const {
  return static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), row) -
                                  first.begin() - 1);
}

Array row_blocked(const Array& x, std::string_view estimator) {
  if (x.ndim() != 2) {
    throw ValueError(fmt::format(
        "{}: x must be 2-D, rows x features, but has the shape {}; use reshape({{-1, 1}}) for a "
        "single feature",
        estimator, to_string(x.shape())));
  }
  if (x.shape(1) == 0) throw ValueError(fmt::format("{}: x has no features", estimator));
  if (is_complex(x.dtype())) {
    throw ValueError(fmt::format("{}: x is {}, but must be real", estimator, name(x.dtype())));
  }
  Array rows = is_floating(x.dtype()) ? x : x.astype(DType::float64);
  if (rows.chunks()[1].size() > 1) rows = rows.rechunk(Chunks{rows.chunks()[0], {rows.shape(1)}});
  return rows;
}

Blocks row_blocks(const Array& x, std::string_view estimator) {
  Blocks blocks;
  blocks.array = row_blocked(x, estimator).persist();
  blocks.futures = blocks.array.futures();
  blocks.columns = blocks.array.shape(1);
  blocks.dtype = blocks.array.dtype();
  blocks.first.push_back(0);
  for (const std::int64_t rows : blocks.array.chunks()[0]) {
    blocks.first.push_back(blocks.first.back() + rows);
  }
  return blocks;
}

}  // namespace tartan::ml
