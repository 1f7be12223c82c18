#include <array/expr/algorithm.hpp>
#include <array/expr/cuts.hpp>

namespace tartan::array {

bool worth_cutting(std::int64_t piece_bytes, std::int64_t block_bytes) {
  constexpr std::int64_t kCutBelowOneIn = 2;
  constexpr std::int64_t kCutFromBytes = 64 << 10;
  return piece_bytes < block_bytes / kCutBelowOneIn && block_bytes > kCutFromBytes;
}

ArgumentWriter slice_arguments(const std::vector<AxisRange>& ranges, const Shape& shape) {
  WordWriter words;
  words.put(ranges);
  words.put(shape);
  return words_then_dependencies(words, 1);
}

}  // namespace tartan::array
