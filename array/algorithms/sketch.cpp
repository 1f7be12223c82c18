// Sketches: every block gives a row of one matrix, an ordinary reduction puts the rows together,
// and one task reads the answer out of what is left.

#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/sketch.hpp>
#include <fmt/format.h>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/quantiles.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/array/sketches.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (bits), chunk -> counts.
Value count_leading_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto bits = WordReader(list).word();
  return Value::of(count_leading(next_chunk(arguments), static_cast<int>(bits)));
}

/// Words (dtype, whether NaNs are skipped, number of q, q...), counts -> Chunk.
Value quantiles_of_sketch(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  const bool skip_nan = words.flag();
  std::vector<double> q(static_cast<std::size_t>(words.word()));
  for (auto& one : q) one = words.number();
  return Value::of(sketched_quantiles(next_chunk(arguments), dtype, q, skip_nan));
}

/// Words (), chunk -> registers.
Value distinct_block(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  return Value::of(distinct_registers(next_chunk(arguments)));
}

/// Words (), registers -> estimate.
Value distinct_estimate(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  return Value::of(estimate_distinct(next_chunk(arguments)));
}

/// A step of a sketch, with the words that its tasks are told.
class SketchStep : public OneToOne {
 public:
  SketchStep(std::string_view name, const FunctionInfo& function, WordWriter words)
      : name_(name), function_(function), words_(std::move(words)) {}
  std::string_view name() const override { return name_; }
  void put_parameters(WordWriter& words) const override {
    for (const auto word : words_.words()) words.put(word);
  }
  const FunctionInfo& function() const override { return function_; }

 private:
  std::string_view name_;
  const FunctionInfo& function_;
  WordWriter words_;
};

/// A matrix with a row for every block of the node.
Array rows_of_blocks(const NodePtr& node, std::shared_ptr<const Algorithm> step, DType dtype,
                     std::int64_t width) {
  const auto blocks = node->block_count();
  Chunks chunks{std::vector<std::int64_t>(static_cast<std::size_t>(blocks), 1), {width}};
  return Array(algorithm_node(std::move(step), dtype, {blocks, width}, std::move(chunks), {node}));
}

Array quantiles_within(const char* who, const Array& x, const std::vector<double>& q,
                       const ApproxQuantileOptions& options) {
  if (is_complex(x.dtype())) {
    throw TypeError(fmt::format("{}: {} has no order between its numbers; take real(x) or abs(x)",
                                who, tartan::name(x.dtype())));
  }
  for (const auto one : q) {
    if (!(one >= 0 && one <= 1)) {
      throw ValueError(fmt::format("{}: q = {}; give numbers from 0 to 1", who, one));
    }
  }
  if (!(options.error >= 0.001 && options.error <= 0.5)) {
    throw ValueError(
        fmt::format("{}: error = {}; give one from 0.001 to 0.5, or take quantile(), "
                    "which is exact",
                    who, options.error));
  }
  const auto numbers = is_floating(x.dtype()) ? x : x.astype(DType::float64);
  const auto& node = numbers.lazy_node();
  const int bits = sketch_bits(numbers.dtype(), options.error);
  const auto width = (std::int64_t{1} << bits) + 1;
  if (bytes_of(node->shape, node->dtype) <= node->block_count() * width * 8) {
    const QuantileOptions lower{.method = QuantileMethod::lower};
    const auto exact =
        options.skip_nan ? nanquantile(numbers, q, {}, lower) : quantile(numbers, q, {}, lower);
    return exact.astype(DType::float64);
  }
  WordWriter of_block;
  of_block.put(static_cast<std::int64_t>(bits));
  const auto counts = sum(
      rows_of_blocks(
          node,
          std::make_shared<SketchStep>("sketch", task_function<&count_leading_block>(), of_block),
          DType::int64, width),
      0);
  WordWriter words;
  words.put(static_cast<std::int64_t>(numbers.dtype()));
  words.put(static_cast<std::int64_t>(options.skip_nan));
  words.put(static_cast<std::int64_t>(q.size()));
  for (const auto one : q) words.put(one);
  const auto length = static_cast<std::int64_t>(q.size());
  return Array(algorithm_node(
      std::make_shared<SketchStep>("sketch-quantile", task_function<&quantiles_of_sketch>(), words),
      DType::float64, {length}, {{length}}, {counts.node()}));
}

}  // namespace
}  // namespace array

Array approx_quantile(const Array& x, double q, const ApproxQuantileOptions& options) {
  return squeeze(array::quantiles_within("approx_quantile", x, {q}, options), 0);
}
Array approx_quantile(const Array& x, const std::vector<double>& q,
                      const ApproxQuantileOptions& options) {
  return array::quantiles_within("approx_quantile", x, q, options);
}
Array approx_median(const Array& x, const ApproxQuantileOptions& options) {
  return squeeze(array::quantiles_within("approx_median", x, {0.5}, options), 0);
}

Array approx_count_distinct(const Array& x) {
  using array::SketchStep;
  const auto rows = array::rows_of_blocks(
      x.lazy_node(),
      std::make_shared<SketchStep>("sketch", task_function<&array::distinct_block>(),
                                   array::WordWriter()),
      DType::uint8, std::int64_t{1} << array::kRegisterBits);
  return Array(array::algorithm_node(
      std::make_shared<SketchStep>("sketch-distinct", task_function<&array::distinct_estimate>(),
                                   array::WordWriter()),
      DType::int64, {}, {}, {max(rows, 0).node()}));
}

}  // namespace tartan
