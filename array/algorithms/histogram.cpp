// bincount and histograms: counts per block, added in a tree.

#include <array/algorithms/bincount.hpp>
#include <array/algorithms/one_to_one.hpp>
#include <array/algorithms/sum_tree.hpp>
#include <array/algorithms/whole_axis.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/counting.hpp>
#include <array/kernels/shape.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/array/creation.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/histograms.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (number of ranges), chunk[, weights] -> counts.
Value bincount_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto bins = words.word();
  const bool weighted = words.flag();
  const auto chunk = next_chunk(arguments);
  const auto weights = weighted ? next_chunk(arguments) : Chunk();
  return Value::of(bincount(chunk, weighted ? &weights : nullptr, bins));
}

/// Words (uniform per coordinate, whether there are weights), samples, edges[, weights] -> counts.
Value histogram_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto uniform = words.list();
  const bool weighted = words.flag();
  std::vector<Chunk> samples, edges;
  for (std::size_t d = 0; d < uniform.size(); ++d) samples.push_back(next_chunk(arguments));
  for (std::size_t d = 0; d < uniform.size(); ++d) edges.push_back(next_chunk(arguments));
  const auto weights = weighted ? next_chunk(arguments) : Chunk();
  return Value::of(histogram(samples, edges, uniform, weighted ? &weights : nullptr));
}

/// The inputs are blocks at the same place: coordinates, or integers, and at the end the weights;
/// between them whole arrays (edges) that every block needs.
class CountBlocks : public Algorithm {
 public:
  CountBlocks(bool by_value, std::vector<std::int64_t> uniform, bool weighted)
      : by_value_(by_value), uniform_(std::move(uniform)), weighted_(weighted) {}
  std::string_view name() const override { return by_value_ ? "bincount" : "histogram"; }
  void put_parameters(WordWriter& words) const override {
    if (!by_value_) words.put(uniform_);
    words.put(static_cast<std::int64_t>(weighted_));
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto& input = emission.input(0);
    const auto bytes = bytes_of(node.shape, node.dtype);
    const auto sources = node.inputs.size();
    const auto first_whole = by_value_ ? std::size_t{1} : uniform_.size();
    const auto end_whole = sources - (weighted_ ? 1 : 0);
    WordWriter words;
    if (by_value_) words.put(node.shape[0]);
    put_parameters(words);
    const auto& function =
        by_value_ ? task_function<&bincount_block>() : task_function<&histogram_block>();
    std::vector<Made> counts;
    for (std::int64_t block = 0; block < input.block_count(); ++block) {
      std::vector<Made> inputs;
      for (std::size_t source = 0; source < sources; ++source) {
        const bool whole = source >= first_whole && source < end_whole;
        inputs.push_back(emission.block(source, whole ? 0 : block));
      }
      counts.push_back(
          emission.add(function, "block", words_then_dependencies(words, sources), inputs, bytes));
    }
    return {sum_tree(emission, std::move(counts), bytes)};
  }

 private:
  bool by_value_;
  std::vector<std::int64_t> uniform_;
  bool weighted_;
};

/// Words (number of ranges, precision, dtype), least, greatest -> edges.
Value edges_between(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto bins = words.word();
  const auto precision = words.dtype();
  const auto dtype = words.dtype();
  double low = astype(next_chunk(arguments), DType::float64).view<double>()[0];
  double high = astype(next_chunk(arguments), DType::float64).view<double>()[0];
  if (!std::isfinite(low) || !std::isfinite(high)) {
    throw ValueError(fmt::format(
        "histogram: the elements go from {} to {}; give low and high of the ranges", low, high));
  }
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  return Value::of(uniform_edges(low, high, bins, precision, dtype));
}

class EdgesBetween : public OneToOne {
 public:
  EdgesBetween(std::int64_t bins, DType precision, DType dtype)
      : bins_(bins), precision_(precision), dtype_(dtype) {}
  std::string_view name() const override { return "histogram-edges"; }
  void put_parameters(WordWriter& words) const override {
    words.put(bins_);
    words.put(static_cast<std::int64_t>(precision_));
    words.put(static_cast<std::int64_t>(dtype_));
  }
  const FunctionInfo& function() const override { return task_function<&edges_between>(); }

 private:
  std::int64_t bins_;
  DType precision_, dtype_;
};

void check_count(std::int64_t bins) {
  if (bins < 1) throw ValueError(fmt::format("histogram: {} ranges; give at least one", bins));
  if (bins >= std::int64_t{1} << 30) {
    throw ValueError(fmt::format("histogram: {} ranges; give fewer than 2^30", bins));
  }
}

void check_edges(const Array& edges) {
  if (edges.ndim() != 1 || edges.size() < 2) {
    throw ValueError(
        fmt::format("histogram: the edges have the shape {}; give at least two in a "
                    "1-d array",
                    to_string(edges.shape())));
  }
  check_count(edges.size() - 1);
  if (is_complex(edges.dtype())) {
    throw TypeError("histogram: complex edges have no order; give real ones");
  }
}

/// The edges for elements of x. In several dimensions NumPy computes ranges that are given in
/// float64, in one it gives them the dtype of float32 elements.
Array edges_for(const Array& x, const Bins& bins, bool one_dimension) {
  if (bins.edges()) {
    check_edges(*bins.edges());
    return Array(whole_axis(bins.edges()->node(), 0));
  }
  const auto count = bins.count();
  check_count(count);
  const bool narrow = x.dtype() == DType::float32;
  const bool given = bins.low().has_value();
  if (!given && !is_empty(x.lazy_node()->shape)) {
    const auto dtype = narrow ? DType::float32 : DType::float64;
    const Array numbers = is_boolean(x.dtype()) ? x.astype(DType::uint8) : x;
    return Array(algorithm_node(std::make_shared<EdgesBetween>(count, dtype, dtype), dtype,
                                {count + 1}, {{count + 1}},
                                {min(numbers).node(), max(numbers).node()}));
  }
  double low = bins.low().value_or(0);
  double high = bins.high().value_or(1);
  if (!std::isfinite(low) || !std::isfinite(high) || low > high) {
    throw ValueError(fmt::format(
        "histogram: ranges from {} to {}; give finite numbers, the smaller one first", low, high));
  }
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const auto dtype = narrow && one_dimension ? DType::float32 : DType::float64;
  const auto edges = uniform_edges(low, high, count, DType::float64, dtype);
  return from_chunk(edges, {-1});
}

void check_weights(const char* who, const Array& x, const std::optional<Array>& weights) {
  if (!weights) return;
  if (weights->lazy_node()->shape != x.lazy_node()->shape && weights->shape() != x.shape()) {
    throw ValueError(
        fmt::format("{}: weights of shape {} for elements of shape {}; give one weight "
                    "per element",
                    who, to_string(weights->shape()), to_string(x.shape())));
  }
  if (is_complex(weights->dtype()) || is_boolean(weights->dtype())) {
    throw TypeError(
        fmt::format("{}: the weights are {}; give real numbers", who, name(weights->dtype())));
  }
}

/// Blocks at the same place have one shape afterwards. What was chosen by one mask has that already,
/// and stays unknown.
void same_chunks(std::vector<NodePtr>& inputs) {
  const auto& chunks = inputs.front()->chunks;
  if (std::any_of(inputs.begin(), inputs.end(),
                  [&chunks](const NodePtr& input) { return input->chunks != chunks; })) {
    align_chunks(inputs);
  }
}

/// Counts (int64) or sums of weights (float64); samples have one shape.
Array count_points(const std::vector<Array>& samples, const std::vector<Array>& edges,
                   const std::vector<std::int64_t>& uniform, const std::optional<Array>& weights) {
  std::vector<NodePtr> blocks;
  blocks.reserve(samples.size() + 1);
  for (const auto& sample : samples) blocks.push_back(sample.lazy_node());
  if (weights) blocks.push_back(cast_node(weights->lazy_node(), DType::float64));
  same_chunks(blocks);
  Shape shape;
  auto inputs = std::vector<NodePtr>(blocks.begin(),
                                     blocks.begin() + static_cast<std::ptrdiff_t>(samples.size()));
  for (const auto& edge : edges) {
    inputs.push_back(edge.node());
    shape.push_back(edge.size() - 1);
  }
  if (weights) inputs.push_back(blocks.back());
  const auto dtype = weights ? DType::float64 : DType::int64;
  check_shape(shape, dtype);
  Chunks chunks;
  for (const auto length : shape) chunks.push_back({length});
  return Array(algorithm_node(std::make_shared<CountBlocks>(false, uniform, weights.has_value()),
                              dtype, shape, std::move(chunks), std::move(inputs)));
}

void check_real(const Array& x) {
  if (is_complex(x.dtype())) {
    throw TypeError("histogram: complex numbers have no ranges; take real(x) or abs(x)");
  }
}

}  // namespace
}  // namespace array

Bins::Bins(const std::vector<double>& edges)
    : edges_(
          from_chunk(make_chunk<double>({static_cast<std::int64_t>(edges.size())}, edges), {-1})) {
  if (!std::is_sorted(edges.begin(), edges.end())) {
    throw ValueError("histogram: the edges descend; sort them");
  }
}

Array bincount(const Array& x, const BincountOptions& options) {
  if (x.ndim() != 1) {
    throw ValueError(fmt::format(
        "bincount: x has the shape {}; give a 1-d array, as flatten() does", to_string(x.shape())));
  }
  if (!is_integer(x.dtype()) && !is_boolean(x.dtype())) {
    throw TypeError(fmt::format("bincount: x is {}; give integers", name(x.dtype())));
  }
  if (options.minlength < 0) {
    throw ValueError(
        fmt::format("bincount: minlength = {}; give the length of the result, one more "
                    "than the largest element, or 0",
                    options.minlength));
  }
  array::check_weights("bincount", x, options.weights);
  std::vector<array::NodePtr> inputs{x.lazy_node()};
  if (options.weights) {
    inputs.push_back(array::cast_node(options.weights->lazy_node(), DType::float64));
  }
  array::same_chunks(inputs);
  if (options.minlength == 0) return Array(array::counts_of_all_values(std::move(inputs)));
  const auto dtype = options.weights ? DType::float64 : DType::int64;
  array::check_shape({options.minlength}, dtype);
  return Array(
      array::algorithm_node(std::make_shared<array::CountBlocks>(true, std::vector<std::int64_t>{},
                                                                 options.weights.has_value()),
                            dtype, {options.minlength}, {{options.minlength}}, std::move(inputs)));
}

Histogram histogram(const Array& x, const Bins& bins, const HistogramOptions& options) {
  array::check_real(x);
  array::check_weights("histogram", x, options.weights);
  const auto edges = array::edges_for(x, bins, true);
  auto counts = array::count_points({x}, {edges}, {bins.edges() ? 0 : 1}, options.weights);
  if (options.weights) counts = counts.astype(options.weights->dtype());
  if (options.density) counts = counts / diff(edges).astype(DType::float64) / sum(counts);
  return {counts, edges};
}

HistogramDD histogramdd(const std::vector<Array>& samples, const std::vector<Bins>& bins,
                        const HistogramOptions& options) {
  if (samples.empty() || samples.size() != bins.size()) {
    throw ValueError(
        fmt::format("histogramdd: {} coordinates and {} times bins; give at least one "
                    "coordinate, and bins for each",
                    samples.size(), bins.size()));
  }
  auto dtype = samples.front().dtype();
  for (const auto& sample : samples) {
    array::check_real(sample);
    dtype = result_type(dtype, sample.dtype());
    if (sample.lazy_node()->shape != samples.front().lazy_node()->shape &&
        sample.shape() != samples.front().shape()) {
      throw ValueError(
          fmt::format("histogramdd: coordinates of shapes {} and {}; give one of each "
                      "per point",
                      to_string(samples.front().shape()), to_string(sample.shape())));
    }
  }
  array::check_weights("histogramdd", samples.front(), options.weights);
  HistogramDD result;
  std::vector<Array> points;
  std::vector<std::int64_t> uniform;
  for (std::size_t d = 0; d < samples.size(); ++d) {
    points.push_back(samples[d].astype(dtype));
    result.edges.push_back(array::edges_for(points[d], bins[d], false));
    uniform.push_back(bins[d].edges() ? 0 : 1);
  }
  result.counts =
      array::count_points(points, result.edges, uniform, options.weights).astype(DType::float64);
  if (options.density) {
    const auto total = sum(result.counts);
    for (std::size_t d = 0; d < samples.size(); ++d) {
      Shape shape(samples.size(), 1);
      shape[d] = -1;
      result.counts = result.counts / diff(result.edges[d]).reshape(shape);
    }
    result.counts = result.counts / total;
  }
  return result;
}

HistogramDD histogram2d(const Array& x, const Array& y, const Bins& x_bins, const Bins& y_bins,
                        const HistogramOptions& options) {
  return histogramdd({x, y}, {x_bins, y_bins}, options);
}

}  // namespace tartan
