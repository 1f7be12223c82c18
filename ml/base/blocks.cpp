#include <algorithm>
#include <ml/base/blocks.hpp>
#include <ml/base/rows.hpp>

namespace tartan::ml {

std::size_t Blocks::block_of(std::int64_t row) const {
  return static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), row) -
                                  first.begin() - 1);
}

Blocks row_blocks(const Array& x, std::string_view estimator) {
  Blocks blocks;
  blocks.array = as_rows(x, estimator).persist();
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
