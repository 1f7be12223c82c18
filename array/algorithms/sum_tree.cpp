#include <array/algorithms/sum_tree.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/counting.hpp>

namespace tartan::array {
namespace {

/// Words (), list of chunks -> Chunk.
Value add_counts(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  return Value::of(add_chunks(next_chunks(arguments)));
}

}  // namespace

Made sum_tree(Emission& emission, std::vector<Made> chunks, std::int64_t bytes) {
  constexpr std::size_t kFan = 16;
  while (chunks.size() > 1) {
    std::vector<Made> sums;
    for (std::size_t first = 0; first < chunks.size(); first += kFan) {
      const auto count = std::min(kFan, chunks.size() - first);
      sums.push_back(emission.add(task_function<&add_counts>(), "add",
                                  words_then_list(WordWriter(), count),
                                  std::span(chunks).subspan(first, count), bytes));
    }
    chunks = std::move(sums);
  }
  return chunks.front();
}

}  // namespace tartan::array
