// Quantiles: of rows that are one chunk by selection, of all elements of many chunks by narrowing.

#include <array/algorithms/one_to_one.hpp>
#include <array/algorithms/order.hpp>
#include <array/algorithms/sum_tree.hpp>
#include <array/algorithms/whole_axis.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/quantile.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/quantiles.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

void put_rule(WordWriter& words, const QuantileRule& rule) {
  words.put(static_cast<std::int64_t>(rule.median));
  words.put(static_cast<std::int64_t>(rule.method));
  words.put(static_cast<std::int64_t>(rule.skip_nan));
  words.put(static_cast<std::int64_t>(rule.q.size()));
  for (const auto q : rule.q) words.put(q);
}

QuantileRule read_rule(WordReader& words) {
  QuantileRule rule;
  rule.median = words.flag();
  rule.method = static_cast<QuantileMethod>(words.word());
  rule.skip_nan = words.flag();
  for (auto count = words.word(); count > 0; --count) rule.q.push_back(words.number());
  return rule;
}

/// Words (rule), chunk with the axis as the last -> Chunk (quantiles, the other axes).
Value quantile_rows(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto rule = read_rule(words);
  const auto chunk = next_chunk(arguments);
  auto shape = chunk.shape;
  const auto n = shape.back();
  shape.pop_back();
  const auto result = row_quantiles(reshape(chunk, {element_count(shape), n}), rule);
  shape.insert(shape.begin(), static_cast<std::int64_t>(rule.count()));
  return Value::of(reshape(result, shape));
}

class RowQuantiles : public OneToOne {
 public:
  explicit RowQuantiles(QuantileRule rule) : rule_(std::move(rule)) {}
  std::string_view name() const override { return "quantile"; }
  void put_parameters(WordWriter& words) const override { put_rule(words, rule_); }
  const FunctionInfo& function() const override { return task_function<&quantile_rows>(); }
  std::int64_t scratch_bytes(const Node& node, const Shape&) const override {
    const auto& input = *node.inputs.front();
    return 2 * bytes_of({input.shape.back()}, input.dtype);
  }

 private:
  QuantileRule rule_;
};

/// Words (), [narrowing,] chunk -> counts.
Value count_first_digits(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  return Value::of(count_digits(next_chunk(arguments), {}));
}
Value count_next_digits(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  const auto narrowing = arguments.next();
  return Value::of(count_digits(next_chunk(arguments), narrowing.get<Narrowing>()));
}

/// Words (dtype, rule), counts[, narrowing] -> Narrowing.
Value narrow_ranks(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  const auto rule = read_rule(words);
  const auto counts = next_chunk(arguments);
  const bool first = words.flag();
  return Value::of(
      narrow(first ? Narrowing() : arguments.next().get<Narrowing>(), counts, dtype, rule));
}

/// Words (dtype, rule), narrowing -> Chunk.
Value quantiles_at_last(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  const auto rule = read_rule(words);
  const auto narrowing = arguments.next();
  return Value::of(reshape(finish_quantiles(narrowing.get<Narrowing>(), dtype, rule),
                           {static_cast<std::int64_t>(rule.count())}));
}

/// Of all elements: in every round the blocks count one more digit of the numbers that are still
/// meant, the counts are added, and one task narrows the ranks down.
class NarrowQuantiles : public Algorithm {
 public:
  explicit NarrowQuantiles(QuantileRule rule) : rule_(std::move(rule)) {}
  std::string_view name() const override { return "quantile"; }
  void put_parameters(WordWriter& words) const override { put_rule(words, rule_); }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& input = emission.input(0);
    const auto brackets = most_brackets(rule_);
    const auto state_bytes = static_cast<std::int64_t>(sizeof(Narrowing)) + 24 * brackets;
    std::optional<Made> state;
    for (int round = 0; round < narrowing_rounds(input.dtype); ++round) {
      const auto bytes = (state ? brackets : 1) * ((1 << kDigitOfRound) + 1) * 8;
      std::vector<Made> counts;
      for (std::int64_t block = 0; block < input.block_count(); ++block) {
        std::vector<Made> inputs;
        if (state) inputs.push_back(*state);
        inputs.push_back(emission.block(0, block));
        counts.push_back(emission.add(
            state ? task_function<&count_next_digits>() : task_function<&count_first_digits>(),
            "count", words_then_dependencies(WordWriter(), inputs.size()), inputs, bytes));
      }
      WordWriter words;
      words.put(static_cast<std::int64_t>(input.dtype));
      put_rule(words, rule_);
      words.put(static_cast<std::int64_t>(!state));
      std::vector<Made> inputs{sum_tree(emission, std::move(counts), bytes)};
      if (state) inputs.push_back(*state);
      state = emission.add(task_function<&narrow_ranks>(), "narrow",
                           words_then_dependencies(words, inputs.size()), inputs, state_bytes);
    }
    WordWriter words;
    words.put(static_cast<std::int64_t>(input.dtype));
    put_rule(words, rule_);
    return {emission.add(task_function<&quantiles_at_last>(), "", words_then_dependencies(words, 1),
                         {&*state, 1}, bytes_of(emission.node().shape, emission.node().dtype))};
  }

 private:
  QuantileRule rule_;
};

/// The reduced axes behind the others, as one.
NodePtr reduced_last(const NodePtr& input, const std::vector<int>& axes) {
  std::vector<std::int64_t> order;
  Shape shape;
  std::int64_t length = 1;
  for (std::size_t d = 0; d < input->shape.size(); ++d) {
    if (std::binary_search(axes.begin(), axes.end(), static_cast<int>(d))) continue;
    order.push_back(static_cast<std::int64_t>(d));
    shape.push_back(input->shape[d]);
  }
  for (const auto axis : axes) {
    order.push_back(axis);
    length *= input->shape[static_cast<std::size_t>(axis)];
  }
  shape.push_back(length);
  const auto moved = transpose_node(input, order);
  return moved->shape == shape ? moved : reshape_node(moved, shape, {});
}

}  // namespace

NodePtr quantile_node(const NodePtr& input, const QuantileRule& rule, const std::vector<int>& axes,
                      std::int64_t whole_bytes) {
  const auto count = static_cast<std::int64_t>(rule.count());
  const auto dtype = rule.result(input->dtype);
  // Narrowing needs no lengths, so that the median of x[mask] stays in one graph.
  const bool large =
      input->block_count() > 1 && bytes_of(input->shape, input->dtype) > whole_bytes;
  if (axes.size() == input->shape.size() && (large || has_unknown(input->chunks))) {
    return algorithm_node(std::make_shared<NarrowQuantiles>(rule), dtype, {count}, {{count}},
                          {input});
  }
  const auto last = reduced_last(input, axes);
  const auto rows = whole_axis(last, last->shape.size() - 1);
  auto shape = rows->shape;
  auto chunks = rows->chunks;
  shape.pop_back();
  chunks.pop_back();
  shape.insert(shape.begin(), count);
  chunks.insert(chunks.begin(), {count});
  return algorithm_node(std::make_shared<RowQuantiles>(rule), dtype, std::move(shape),
                        std::move(chunks), {rows});
}

namespace {

Array quantiles(const char* who, const Array& x, QuantileRule rule, const Axes& given,
                bool keepdims, bool drop_first, double largest_q) {
  if (is_complex(x.dtype())) {
    throw TypeError(fmt::format("{}: {} has no order between its numbers; take real(x) or abs(x)",
                                who, name(x.dtype())));
  }
  for (auto& q : rule.q) {
    if (!(q >= 0 && q <= largest_q)) {
      throw ValueError(fmt::format("{}: q = {}; give numbers from 0 to {}", who, q, largest_q));
    }
    q /= largest_q;
  }
  std::vector<int> axes;
  if (given.list()) {
    for (const auto axis : *given.list()) axes.push_back(normal_axis(axis, x.ndim(), who));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
      throw ValueError(fmt::format("{}: an axis is named twice; name each once", who));
    }
  } else {
    for (std::size_t d = 0; d < x.ndim(); ++d) axes.push_back(static_cast<int>(d));
  }
  const auto node = axes.size() == x.ndim() ? x.lazy_node() : x.node();
  std::int64_t length = 1;
  for (const auto axis : axes) length *= most_of(node->shape[static_cast<std::size_t>(axis)]);
  if (length == 0 && !is_floating(rule.result(x.dtype()))) {
    throw ValueError(
        fmt::format("{}: there are no elements to take in shape {}", who, to_string(x.shape())));
  }
  Array result(quantile_node(node, rule, axes, kWholeBytes));
  if (keepdims) {
    for (const auto axis : axes) result = expand_dims(result, axis + 1);
  }
  return drop_first ? squeeze(result, 0) : result;
}

void check_only_keepdims(const char* who, const ReduceOptions& options) {
  if (!options.dtype && !options.initial && !options.where.valid()) return;
  throw ValueError(fmt::format("{} has no option but keepdims; leave the others out", who));
}

}  // namespace
}  // namespace array

// `largest` is the q that means all elements.
#define TARTAN_QUANTILE(function, skip, largest)                                               \
  Array function(const Array& x, double q, const Axes& axes, const QuantileOptions& options) { \
    return array::quantiles(#function, x, {false, options.method, skip, {q}}, axes,            \
                            options.keepdims, true, largest);                                  \
  }                                                                                            \
  Array function(const Array& x, const std::vector<double>& q, const Axes& axes,               \
                 const QuantileOptions& options) {                                             \
    return array::quantiles(#function, x, {false, options.method, skip, q}, axes,              \
                            options.keepdims, false, largest);                                 \
  }
TARTAN_QUANTILE(quantile, false, 1)
TARTAN_QUANTILE(nanquantile, true, 1)
TARTAN_QUANTILE(percentile, false, 100)
TARTAN_QUANTILE(nanpercentile, true, 100)
#undef TARTAN_QUANTILE

Array median(const Array& x, const Axes& axes, const ReduceOptions& options) {
  array::check_only_keepdims("median", options);
  return array::quantiles("median", x, {.median = true}, axes, options.keepdims, true, 1);
}
Array nanmedian(const Array& x, const Axes& axes, const ReduceOptions& options) {
  array::check_only_keepdims("nanmedian", options);
  return array::quantiles("nanmedian", x, {.median = true, .skip_nan = true}, axes,
                          options.keepdims, true, 1);
}

}  // namespace tartan
