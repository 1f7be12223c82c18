// Rows in random order: every block is split by where its rows go, and every block of the result is
// put together from the parts that come to it.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/permutation.hpp>
#include <cmath>
#include <tartan/array/random.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (how many rows, seed, first row, bounds of the parts), chunk -> std::vector<Chunk>.
Value split_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto n = words.word();
  const Permutation permutation(n, static_cast<std::uint64_t>(words.word()));
  const auto first = words.word();
  const auto bounds = words.list();
  return Value::of(split_rows(next_chunk(arguments), first, permutation, bounds));
}

/// Words (dtype, shape, first row), list of rows and their places -> Chunk.
Value merge_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  const auto shape = words.shape();
  const auto origin = words.word();
  return Value::of(merge_rows(dtype, shape, origin, next_chunks(arguments)));
}

/// Chunks of the input and the result agree along all axes but the first.
class PermuteRows : public Algorithm {
 public:
  explicit PermuteRows(std::uint64_t seed) : seed_(seed) {}
  std::string_view name() const override { return "permutation"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(seed_));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    auto index = unravel(block, grid_of(node.chunks));
    const auto grid = grid_of(node.inputs[0]->chunks);
    std::vector<BlockRead> reads;
    for (index[0] = 0; index[0] < grid[0]; ++index[0]) reads.push_back({0, ravel(index, grid)});
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto index = unravel(block, grid_of(node.chunks));
      std::vector<Made> parts;
      const auto column = reads(node, block);
      for (const auto& read : *column) add_parts(emission, index, read.block, parts);
      const auto shape = block_shape(node.chunks, index);
      WordWriter words;
      words.put(static_cast<std::int64_t>(node.dtype));
      words.put(shape);
      words.put(node.block_origin(index)[0]);
      made.push_back(emission.add(task_function<&merge_block>(), "merge",
                                  words_then_list(words, parts.size()), parts,
                                  bytes_of(shape, node.dtype)));
    }
    return made;
  }

 private:
  /// The rows and places that a block of the input has for a block of the result.
  void add_parts(Emission& emission, const BlockIndex& index, std::int64_t from,
                 std::vector<Made>& parts) const {
    const auto& node = emission.node();
    const auto& input = emission.input(0);
    const auto at = unravel(from, grid_of(input.chunks));
    const auto shape = block_shape(input.chunks, at);
    WordWriter words;
    words.put(node.shape[0]);
    words.put(static_cast<std::int64_t>(seed_));
    words.put(input.block_origin(at)[0]);
    words.put(node.bounds[0]);
    const Made block = emission.block(0, from);
    const auto places = shape[0] * std::int64_t{8};
    const auto bytes = bytes_of(shape, node.dtype);
    const Made split =
        emission.add(task_function<&split_block>(), "split", words_then_dependencies(words, 1),
                     {&block, 1}, bytes + places,
                     3 * places + 8 * std::min(node.shape[0], Permutation::kShuffled) +
                         8 * static_cast<std::int64_t>(node.chunks[0].size()));
    // The number of rows is random: its mean and many deviations.
    const auto rows = static_cast<double>(shape[0]);
    const auto wanted = static_cast<double>(block_shape(node.chunks, index)[0]);
    const double mean = rows * wanted / std::max(1.0, static_cast<double>(node.shape[0]));
    const auto most = static_cast<std::int64_t>(
        std::min({rows, wanted, std::ceil(mean + 8 * std::sqrt(mean) + 8)}));
    const auto row_bytes = shape[0] == 0 ? 0 : bytes / shape[0];
    const auto part = static_cast<std::size_t>(2 * index[0]);
    parts.push_back(emission.part(split, part, most * row_bytes));
    parts.push_back(emission.part(split, part + 1, most * 8));
  }

  std::uint64_t seed_;
};

}  // namespace
}  // namespace array

Array random::permutation(const Array& x, const PermutationOptions& options) {
  if (x.ndim() == 0) {
    throw ValueError(
        "random::permutation: a 0-d array has no parts to permute; give one with axes");
  }
  auto chunks = options.chunks.automatic() ? x.chunks()
                                           : options.chunks.resolve(x.shape(), itemsize(x.dtype()));
  auto before = chunks;
  before[0] = x.chunks()[0];
  const auto from = before == x.chunks() ? x : x.rechunk(before);
  const auto seed = options.seed ? *options.seed : entropy();
  return Array(array::algorithm_node(std::make_shared<array::PermuteRows>(seed), x.dtype(),
                                     x.shape(), std::move(chunks), {from.node()}));
}

}  // namespace tartan
