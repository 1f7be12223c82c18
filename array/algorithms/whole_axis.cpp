#include <algorithm>
#include <array/algorithms/whole_axis.hpp>
#include <array/expr/build.hpp>
#include <numeric>

namespace tartan::array {

NodePtr whole_axis(const NodePtr& input, std::size_t axis) {
  auto chunks = input->chunks;
  if (chunks[axis].size() == 1) return input;
  const auto longest_chunk = [&chunks](std::size_t d) {
    return *std::max_element(chunks[d].begin(), chunks[d].end());
  };
  const auto length = input->shape[axis];
  const auto before = std::max<std::int64_t>(longest_chunk(axis), 1);
  auto growth = (length + before - 1) / before;
  chunks[axis] = {length};
  std::vector<std::size_t> others;
  for (std::size_t d = 0; d < chunks.size(); ++d) {
    if (d != axis) others.push_back(d);
  }
  std::stable_sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
    return longest_chunk(a) > longest_chunk(b);
  });
  for (const auto d : others) {
    const auto longest = longest_chunk(d);
    if (growth <= 1 || longest <= 1) break;
    const auto size = std::max<std::int64_t>(1, longest / growth);
    std::vector<std::int64_t> cut;
    for (const auto chunk : chunks[d]) {
      for (const auto piece : cut_axis(chunk, size)) cut.push_back(piece);
    }
    chunks[d] = std::move(cut);
    growth = (growth * size + longest - 1) / longest;
  }
  return rechunk_node(input, chunks);
}

}  // namespace tartan::array
