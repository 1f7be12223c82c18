// Distinct elements: every block finds its own, which are merged in a tree.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/sort.hpp>
#include <array/kernels/unique.hpp>
#include <numeric>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/masking.hpp>
#include <tartan/array/searching.hpp>
#include <tartan/array/sets.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (equal_nan, position of the first element), chunk -> Distinct.
Value distinct_of_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const bool equal_nan = words.flag();
  const auto offset = words.word();
  return Value::of(distinct_elements(next_chunk(arguments), offset, equal_nan));
}

/// Words (equal_nan), list of Distinct -> Distinct.
Value distinct_of_parts(Arguments& arguments) {
  const auto list = next_words(arguments);
  std::vector<Distinct> parts;
  for (const auto& value : arguments.next_list()) parts.push_back(value.get<Distinct>());
  return Value::of(merge_distinct(parts, WordReader(list).flag()));
}

/// Words (equal_nan, position of the first element), chunk, Distinct -> Chunk.
Value inverse_of_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const bool equal_nan = words.flag();
  const auto offset = words.word();
  const auto chunk = next_chunk(arguments);
  const auto distinct = arguments.next();
  return Value::of(inverse_of(chunk, offset, distinct.get<Distinct>(), equal_nan));
}

/// The most distinct elements among `count`.
std::int64_t most_distinct(DType dtype, std::int64_t count) {
  if (is_boolean(dtype)) return std::min<std::int64_t>(count, 2);
  return itemsize(dtype) > 2 ? count : std::min(count, std::int64_t{1} << (8 * itemsize(dtype)));
}

WordWriter block_words(const Node& input, std::int64_t block, bool equal_nan) {
  WordWriter words;
  words.put(static_cast<std::int64_t>(equal_nan));
  // Positions are asked for of 1-d arrays only.
  const auto& bounds = input.bounds;
  words.put(bounds.size() == 1 ? bounds[0][static_cast<std::size_t>(block)] : 0);
  return words;
}

/// The Distinct of all blocks of the input. Merged ones are declared as large as the largest part
/// of them: the bound, the sum, would have large arrays with few distinct elements refused.
Made all_distinct(Emission& emission, bool equal_nan) {
  constexpr std::size_t kFan = 8;
  const auto& input = emission.input(0);
  const auto grid = grid_of(input.chunks);
  const auto item = static_cast<std::int64_t>(itemsize(input.dtype)) + 16;
  std::vector<Made> parts;
  std::vector<std::int64_t> most;
  for (std::int64_t block = 0; block < input.block_count(); ++block) {
    const auto from = emission.block(0, block);
    std::int64_t count = 1;
    for (const auto length : block_shape(input.chunks, unravel(block, grid))) {
      count *= most_of(length);
    }
    most.push_back(most_distinct(input.dtype, count));
    // Sorted positions, and the three fields before they are cut.
    parts.push_back(emission.add(task_function<&distinct_of_block>(), "block",
                                 words_then_dependencies(block_words(input, block, equal_nan), 1),
                                 {&from, 1}, most.back() * item,
                                 sort_scratch(input.dtype, count) + count * (8 + item)));
  }
  WordWriter words;
  words.put(static_cast<std::int64_t>(equal_nan));
  while (parts.size() > 1) {
    std::vector<Made> merged;
    std::vector<std::int64_t> estimates;
    for (std::size_t first = 0; first < parts.size(); first += kFan) {
      const auto count = std::min(kFan, parts.size() - first);
      const auto begin = most.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = begin + static_cast<std::ptrdiff_t>(count);
      const auto total = std::accumulate(begin, end, std::int64_t{0});
      estimates.push_back(*std::max_element(begin, end));
      merged.push_back(emission.add(task_function<&distinct_of_parts>(), "merge",
                                    words_then_list(words, count),
                                    std::span(parts).subspan(first, count), estimates.back() * item,
                                    sort_scratch(input.dtype, total) + total * (8 + 2 * item)));
    }
    parts = std::move(merged);
    most = std::move(estimates);
  }
  return parts.front();
}

class UniqueField : public Algorithm {
 public:
  UniqueField(std::size_t field, bool equal_nan) : field_(field), equal_nan_(equal_nan) {}
  std::string_view name() const override { return "unique"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(field_));
    words.put(static_cast<std::int64_t>(equal_nan_));
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto distinct = all_distinct(emission, equal_nan_);
    return {emission.part(distinct, field_,
                          std::min(distinct.bytes, bytes_of(node.shape, node.dtype)))};
  }

 private:
  std::size_t field_;
  bool equal_nan_;
};

class InverseOfUnique : public Algorithm {
 public:
  explicit InverseOfUnique(bool equal_nan) : equal_nan_(equal_nan) {}
  std::string_view name() const override { return "unique-inverse"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(equal_nan_));
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& input = emission.input(0);
    const auto distinct = all_distinct(emission, equal_nan_);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const Made inputs[] = {emission.block(0, block), distinct};
      const auto count = input.chunks[0][static_cast<std::size_t>(block)];
      made.push_back(emission.add(task_function<&inverse_of_block>(), "",
                                  words_then_dependencies(block_words(input, block, equal_nan_), 2),
                                  inputs, bytes_of({count}, DType::int64), distinct.bytes));
    }
    return made;
  }

 private:
  bool equal_nan_;
};

enum UniqueFields : std::size_t { kValues, kIndices, kCounts };

/// One field of the distinct elements; fields of one input have one length.
Array unique_field(const NodePtr& input, std::size_t field, bool equal_nan) {
  std::int64_t most = 1;
  for (const auto length : input->shape) most *= most_of(length);
  const auto name = combine(combine(hash_text("unique"), input->key), equal_nan ? 1U : 0U);
  const auto length = most == 0 ? 0 : unknown_length(name, 0, most_distinct(input->dtype, most));
  return Array(algorithm_node(std::make_shared<UniqueField>(field, equal_nan),
                              field == kValues ? input->dtype : DType::int64, {length}, {{length}},
                              {input}));
}

Array unique_inverse_of(const Array& x, const NodePtr& flat) {
  const Array inverse(algorithm_node(std::make_shared<InverseOfUnique>(false), DType::int64,
                                     flat->shape, flat->chunks, {flat}));
  return x.ndim() == 1 ? inverse : inverse.reshape(x.shape());
}

/// The elements of x, as a vector of the dtype, that are among those of y, or are not.
Array members(const Array& x, const Array& y, DType dtype, bool invert) {
  const auto flat = (x.ndim() == 1 ? x : x.flatten()).astype(dtype);
  return flat[isin(flat, y, {.invert = invert})];
}

}  // namespace
}  // namespace array

Array unique_values(const Array& x) { return unique(x, {.equal_nan = false}); }

UniqueCounts unique_counts(const Array& x) {
  const auto node = x.lazy_node();
  return {array::unique_field(node, array::kValues, false),
          array::unique_field(node, array::kCounts, false)};
}

UniqueInverse unique_inverse(const Array& x) {
  const auto flat = x.flatten().node();
  return {array::unique_field(flat, array::kValues, false), array::unique_inverse_of(x, flat)};
}

UniqueAll unique_all(const Array& x) {
  const auto flat = x.flatten().node();
  return {array::unique_field(flat, array::kValues, false),
          array::unique_field(flat, array::kIndices, false), array::unique_inverse_of(x, flat),
          array::unique_field(flat, array::kCounts, false)};
}

Array unique(const Array& x, const UniqueOptions& options) {
  return array::unique_field(x.lazy_node(), array::kValues, options.equal_nan);
}

Array union1d(const Array& x, const Array& y) {
  return unique(concatenate({x.flatten(), y.flatten()}));
}

Array intersect1d(const Array& x, const Array& y) {
  return unique(array::members(x, y, result_type(x.dtype(), y.dtype()), false));
}

Array setxor1d(const Array& x, const Array& y) {
  const auto dtype = result_type(x.dtype(), y.dtype());
  const auto both = concatenate({x.flatten().astype(dtype), y.flatten().astype(dtype)});
  return unique(both[!(isin(both, x) & isin(both, y))]);
}

Array setdiff1d(const Array& x, const Array& y) {
  return unique(array::members(x, y, x.dtype(), true));
}

}  // namespace tartan
