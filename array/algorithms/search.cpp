// searchsorted, digitize and isin: every block of one array against a 1-d array, part by part.

#include <array/algorithms/one_to_one.hpp>
#include <array/algorithms/order.hpp>
#include <array/algorithms/whole_axis.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/search.hpp>
#include <fmt/format.h>
#include <tartan/array/functions.hpp>
#include <tartan/array/searching.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

enum class Search : std::uint8_t { left, right, membership, digitize_left, digitize_right };

/// Words (what, whether there is a result of earlier parts), values, part[, result] -> Chunk.
Value search_part(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto search = static_cast<Search>(words.word());
  const bool continued = words.flag();
  const auto values = next_chunk(arguments);
  const auto part = next_chunk(arguments);
  const auto earlier = continued ? next_chunk(arguments) : Chunk();
  const Chunk* before = continued ? &earlier : nullptr;
  switch (search) {
    case Search::left:
    case Search::right:
      return Value::of(search_sorted(values, part, search == Search::right, before));
    case Search::membership:
      return Value::of(is_in(values, part, before));
    default:
      return Value::of(digitize(values, part, search == Search::digitize_right));
  }
}

/// Inputs: the values, and the 1-d array they are looked up in.
class SearchParts : public Algorithm {
 public:
  explicit SearchParts(Search search) : search_(search) {}
  std::string_view name() const override {
    switch (search_) {
      case Search::left:
      case Search::right:
        return "searchsorted";
      case Search::membership:
        return "isin";
      default:
        return "digitize";
    }
  }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(search_));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads{{0, block}};
    for (std::int64_t part = 0; part < node.inputs[1]->block_count(); ++part) {
      reads.push_back({1, part});
    }
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto& parts = emission.input(1);
    const auto grid = grid_of(node.chunks);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto bytes = bytes_of(block_shape(node.chunks, unravel(block, grid)), node.dtype);
      std::optional<Made> result;
      for (std::int64_t part = 0; part < parts.block_count(); ++part) {
        WordWriter words;
        put_parameters(words);
        words.put(static_cast<std::int64_t>(result.has_value()));
        std::vector<Made> inputs{emission.block(0, block), emission.block(1, part)};
        if (result) inputs.push_back(*result);
        const auto keys = parts.chunks[0][static_cast<std::size_t>(part)];
        result = emission.add(task_function<&search_part>(), "",
                              words_then_dependencies(words, inputs.size()), inputs, bytes,
                              bytes_of({keys}, parts.dtype));
      }
      made.push_back(*result);
    }
    return made;
  }

 private:
  Search search_;
};

/// Words (), chunk, indices -> Chunk.
Value gather_block(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  const auto chunk = next_chunk(arguments);
  return Value::of(gather(chunk, next_chunk(arguments)));
}

class Gather : public OneToOne {
 public:
  std::string_view name() const override { return "searchsorted-sorter"; }
  void put_parameters(WordWriter&) const override {}
  const FunctionInfo& function() const override { return task_function<&gather_block>(); }
  std::int64_t scratch_bytes(const Node&, const Shape& shape) const override {
    return bytes_of(shape, DType::int64);
  }
};

void check_vector(const char* who, const char* what, const Array& x) {
  if (x.ndim() != 1) {
    throw ValueError(
        fmt::format("{}: {} has the shape {}; give a 1-d array", who, what, to_string(x.shape())));
  }
}

/// The vector in as few chunks as its bytes allow.
NodePtr in_parts(const NodePtr& vector) {
  const auto most = kWholeBytes / static_cast<std::int64_t>(itemsize(vector->dtype));
  return rechunk_node(vector, {cut_axis(vector->shape[0], most)});
}

Array searched(Search search, const Array& x, const NodePtr& parts, DType dtype) {
  const auto values = cast_node(x.lazy_node(), parts->dtype);
  return Array(algorithm_node(std::make_shared<SearchParts>(search), dtype, values->shape,
                              values->chunks, {values, parts}));
}

}  // namespace
}  // namespace array

Array searchsorted(const Array& x1, const Array& x2, const SearchOptions& options) {
  array::check_vector("searchsorted", "x1", x1);
  const auto dtype = result_type(x1.dtype(), x2.dtype());
  auto sorted = x1.node();
  if (options.sorter) {
    const auto& sorter = *options.sorter;
    array::check_vector("searchsorted", "the sorter", sorter);
    if (!is_integer(sorter.dtype())) {
      throw TypeError(fmt::format("searchsorted: the sorter is {}; give integers, as argsort does",
                                  name(sorter.dtype())));
    }
    if (sorter.size() != x1.size()) {
      throw ValueError(
          fmt::format("searchsorted: the sorter has {} elements and x1 {}; give one "
                      "index per element",
                      sorter.size(), x1.size()));
    }
    const auto whole = array::whole_axis(sorted, 0);
    sorted = array::algorithm_node(std::make_shared<array::Gather>(), whole->dtype, whole->shape,
                                   whole->chunks, {whole, array::whole_axis(sorter.node(), 0)});
  }
  return array::searched(options.side == Side::right ? array::Search::right : array::Search::left,
                         x2, array::in_parts(array::cast_node(sorted, dtype)), DType::int64);
}

Array digitize(const Array& x, const Array& bins, const DigitizeOptions& options) {
  array::check_vector("digitize", "bins", bins);
  const auto dtype = result_type(x.dtype(), bins.dtype());
  if (is_complex(dtype)) {
    throw TypeError("digitize: complex numbers have no ranges; take real(x) or abs(x)");
  }
  return array::searched(
      options.right ? array::Search::digitize_right : array::Search::digitize_left, x,
      array::whole_axis(array::cast_node(bins.node(), dtype), 0), DType::int64);
}

Array isin(const Array& x, const Array& test_elements, const IsinOptions& options) {
  const auto dtype = result_type(x.dtype(), test_elements.dtype());
  const auto parts = array::in_parts(array::cast_node(test_elements.flatten().node(), dtype));
  // Every part for itself is sorted once, for all blocks of x.
  const auto found =
      array::searched(array::Search::membership, x, array::sort_parts_node(parts), DType::boolean);
  return options.invert ? logical_not(found) : found;
}

}  // namespace tartan
