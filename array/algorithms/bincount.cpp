// bincount without a length: every block counts up to its largest element.

#include <algorithm>
#include <array/algorithms/bincount.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/counting.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Words (whether there are weights), chunk[, weights] -> counts.
Value count_all_of_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  const bool weighted = WordReader(list).flag();
  const auto chunk = astype(next_chunk(arguments), DType::int64);
  const auto weights = weighted ? next_chunk(arguments) : Chunk();
  const auto numbers = chunk.view<std::int64_t>();
  std::int64_t length = 0;
  for (const auto number : numbers) {
    if (number < 0 || number == INT64_MAX) {
      throw ValueError(
          fmt::format("bincount: the element {} cannot be counted; they are 0 or more, "
                      "and as large as a result may be long",
                      number));
    }
    length = std::max(length, number + 1);
  }
  return Value::of(bincount(chunk, weighted ? &weights : nullptr, length));
}

template <class T>
void add_to(MutableChunk& sums, const Chunk& counts) {
  const auto from = counts.view<T>();
  const auto to = sums.view<T>();
  if (from.size() > to.size()) throw Exception(Errc::malformed, "counts are longer than their sum");
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

/// Words (), list of counts -> their sum, as long as the longest.
Value add_uneven_counts(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  const auto parts = next_chunks(arguments);
  const auto longest = std::max_element(
      parts.begin(), parts.end(),
      [](const Chunk& a, const Chunk& b) { return a.data.size() < b.data.size(); });
  if (longest == parts.end()) throw Exception(Errc::malformed, "no counts are to be added");
  MutableChunk sums(longest->dtype, longest->shape);
  std::fill(sums.data(), sums.data() + sums.nbytes(), std::byte{0});
  for (const auto& part : parts) {
    if (sums.dtype() == DType::float64) {
      add_to<double>(sums, part);
    } else {
      add_to<std::int64_t>(sums, part);
    }
  }
  return Value::of(std::move(sums).freeze());
}

class CountAll : public Algorithm {
 public:
  std::string_view name() const override { return "bincount"; }
  void put_parameters(WordWriter&) const override {}

  std::vector<Made> emit(Emission& emission) const override {
    constexpr std::size_t kFan = 16;
    const auto& node = emission.node();
    const auto bytes = bytes_of(node.shape, node.dtype);
    WordWriter words;
    words.put(node.inputs.size() > 1 ? 1 : 0);
    std::vector<Made> counts;
    for (std::int64_t block = 0; block < emission.input(0).block_count(); ++block) {
      std::vector<Made> inputs;
      for (std::size_t source = 0; source < node.inputs.size(); ++source) {
        inputs.push_back(emission.block(source, block));
      }
      const auto length = emission.input(0).chunks[0][static_cast<std::size_t>(block)];
      counts.push_back(emission.add(task_function<&count_all_of_block>(), "block",
                                    words_then_dependencies(words, inputs.size()), inputs, bytes,
                                    bytes_of({length}, DType::int64)));
    }
    while (counts.size() > 1) {
      std::vector<Made> sums;
      for (std::size_t first = 0; first < counts.size(); first += kFan) {
        const auto count = std::min(kFan, counts.size() - first);
        sums.push_back(emission.add(task_function<&add_uneven_counts>(), "add",
                                    words_then_list(WordWriter(), count),
                                    std::span(counts).subspan(first, count), bytes));
      }
      counts = std::move(sums);
    }
    return {counts.front()};
  }
};

/// How long the result is at most, or, of wide integers, is likely to be: as many numbers as there
/// are elements.
std::int64_t likely_length(const Node& x) {
  const auto bits = is_boolean(x.dtype) ? 1 : 8 * itemsize(x.dtype);
  if (bits <= 16) return std::int64_t{1} << bits;
  std::int64_t elements = 0;
  for (const auto length : x.chunks[0]) elements += most_of(length);
  return std::max<std::int64_t>(elements, 1);
}

}  // namespace

NodePtr counts_of_all_values(std::vector<NodePtr> inputs) {
  const auto& x = *inputs.front();
  const auto dtype = inputs.size() > 1 ? DType::float64 : DType::int64;
  const auto length = unknown_length(combine(hash_text("bincount"), x.key), 0, likely_length(x));
  return algorithm_node(std::make_shared<CountAll>(), dtype, {length}, {{length}},
                        std::move(inputs));
}

}  // namespace tartan::array
