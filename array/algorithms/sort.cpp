// sort and argsort: along an axis that is one chunk, and of 1-d arrays of many chunks by an
// exchange (sort_plan.hpp).

#include <array/algorithms/one_to_one.hpp>
#include <array/algorithms/order.hpp>
#include <array/algorithms/sort_plan.hpp>
#include <array/algorithms/whole_axis.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/sort.hpp>
#include <tartan/array/sorting.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// What the tasks read first.
struct SortWords {
  bool descending = false;
  bool positions = false;
  void put(WordWriter& words) const {
    words.put(static_cast<std::int64_t>(descending));
    words.put(static_cast<std::int64_t>(positions));
  }
  static SortWords read(WordReader& words) {
    const bool descending = words.flag();
    return {descending, words.flag()};
  }
};

/// Words (order, axis), chunk -> Chunk.
Value sort_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto order = SortWords::read(words);
  const auto axis = static_cast<std::size_t>(words.word());
  const auto chunk = next_chunk(arguments);
  return Value::of(order.positions ? argsort(chunk, axis, order.descending)
                                   : sort(chunk, axis, order.descending));
}

class SortRows : public OneToOne {
 public:
  SortRows(SortWords order, std::size_t axis) : order_(order), axis_(axis) {}
  std::string_view name() const override { return order_.positions ? "argsort" : "sort"; }
  void put_parameters(WordWriter& words) const override {
    order_.put(words);
    words.put(static_cast<std::int64_t>(axis_));
  }
  const FunctionInfo& function() const override { return task_function<&sort_block>(); }
  std::int64_t scratch_bytes(const Node& node, const Shape& shape) const override {
    // The rows, moved together and back when they do not lie in the last axis, and one being
    // sorted.
    return bytes_of(shape, node.inputs.front()->dtype) + bytes_of(shape, node.dtype) +
           sort_scratch(node.inputs.front()->dtype, shape[axis_]);
  }

 private:
  SortWords order_;
  std::size_t axis_;
};

// ---- the tasks of the exchange
// --------------------------------------------------------------------

/// Words (order, position of the first element), chunk -> Run.
Value sort_one_run(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto order = SortWords::read(words);
  const auto start = words.word();
  return Value::of(sort_run(next_chunk(arguments), start, order.descending, order.positions));
}

/// Words (step), run -> Chunk.
Value sample_one_run(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto run = arguments.next();
  return Value::of(sample_run(run.get<Run>().at(0), WordReader(list).word()));
}

/// Words (order, step, ranks), list of samples -> Splitters.
Value choose_sort_splitters(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto order = SortWords::read(words);
  const auto step = words.word();
  const auto ranks = words.list();
  const auto samples = next_chunks(arguments);
  return Value::of(choose_splitters(samples, step, ranks, order.descending, order.positions));
}

/// Words (order, number of the run), run, splitters -> cuts.
Value cut_one_run(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto order = SortWords::read(words);
  const auto number = words.word();
  const auto run = arguments.next();
  const auto splitters = arguments.next();
  return Value::of(cut_run(run.get<Run>().at(0), number, splitters.get<Splitters>(),
                           order.descending, order.positions));
}

/// List of cuts -> where the buckets but the first begin in the result.
Value add_cuts(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  const auto cuts = next_chunks(arguments);
  MutableChunk sums(DType::int64, cuts.at(0).shape);
  const auto out = sums.view<std::int64_t>();
  std::fill(out.begin(), out.end(), 0);
  for (const auto& chunk : cuts) {
    const auto of_run = chunk.view<std::int64_t>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += of_run[i];
  }
  return Value::of(std::move(sums).freeze());
}

/// Words (bucket), run, cuts -> Run.
Value take_piece(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto bucket = static_cast<std::size_t>(WordReader(list).word());
  const auto run = arguments.next();
  const auto chunk = next_chunk(arguments);
  const auto cuts = chunk.view<std::int64_t>();
  const auto& whole = run.get<Run>();
  const auto begin = bucket == 0 ? 0 : cuts[bucket - 1];
  const auto end = bucket == cuts.size() ? whole.at(0).size() : cuts[bucket];
  return Value::of(piece_of_run(whole, begin, end));
}

/// Words (order), list of Runs -> Chunk.
Value sort_bucket(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto order = SortWords::read(words);
  std::vector<Run> pieces;
  for (const auto& value : arguments.next_list()) pieces.push_back(value.get<Run>());
  return Value::of(merge_pieces(pieces, order.descending));
}

/// Words (begin, end, first bucket), where the buckets begin, list of buckets -> Chunk.
Value cut_sorted(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto begin = words.word();
  const auto end = words.word();
  const auto first = static_cast<std::size_t>(words.word());
  const auto starts = next_chunk(arguments);
  const auto buckets = next_chunks(arguments);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const auto bucket = first + i;
    const auto start = bucket == 0 ? 0 : starts.view<std::int64_t>()[bucket - 1];
    const auto from = std::max(begin, start);
    const auto count = std::min(end, start + buckets[i].size()) - from;
    if (count <= 0) continue;
    pieces.push_back({static_cast<std::uint32_t>(i), {from - start}, {count}, {from - begin}});
  }
  return Value::of(assemble(buckets.at(0).dtype, {end - begin}, buckets, pieces));
}

// ---- their graph
// ----------------------------------------------------------------------------------

class ExchangeSort : public Algorithm {
 public:
  explicit ExchangeSort(SortWords order) : order_(order) {}
  std::string_view name() const override { return order_.positions ? "argsort" : "sort"; }
  void put_parameters(WordWriter& words) const override { order_.put(words); }
  std::vector<Made> emit(Emission& emission) const override;

 private:
  struct Graph {
    Emission& emission;
    SortPlan plan;
    DType dtype;                  ///< of the elements
    std::int64_t bytes_each = 0;  ///< of an element in a run
    std::vector<Made> runs, cuts;
    std::vector<std::optional<Made>> buckets;
  };
  void emit_runs(Graph& graph) const;
  void emit_cuts(Graph& graph) const;
  Made bucket(Graph& graph, std::size_t number) const;

  SortWords order_;
};

void ExchangeSort::emit_runs(Graph& graph) const {
  for (const auto& run : graph.plan.runs) {
    WordWriter words;
    order_.put(words);
    words.put(run.start);
    const auto block = graph.emission.block(0, run.block);
    graph.runs.push_back(graph.emission.add(
        task_function<&sort_one_run>(), "run", words_then_dependencies(words, 1), {&block, 1},
        run.size * graph.bytes_each, sort_scratch(graph.dtype, run.size)));
  }
}

void ExchangeSort::emit_cuts(Graph& graph) const {
  const auto& plan = graph.plan;
  const auto item = static_cast<std::int64_t>(itemsize(graph.dtype));
  std::vector<Made> samples;
  std::int64_t count = 0;
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    WordWriter words;
    words.put(plan.step);
    const auto taken = plan.runs[r].size / plan.step;
    count += taken;
    samples.push_back(graph.emission.add(task_function<&sample_one_run>(), "sample",
                                         words_then_dependencies(words, 1), {&graph.runs[r], 1},
                                         taken * item));
  }
  WordWriter words;
  order_.put(words);
  words.put(plan.step);
  words.put(plan.ranks);
  const auto cut_bytes = static_cast<std::int64_t>(plan.ranks.size() * sizeof(std::int64_t));
  const auto splitters = graph.emission.add(
      task_function<&choose_sort_splitters>(), "splitters", words_then_list(words, samples.size()),
      samples, static_cast<std::int64_t>(plan.ranks.size()) * item + 2 * cut_bytes,
      sort_scratch(graph.dtype, count));
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    WordWriter of_run;
    order_.put(of_run);
    of_run.put(static_cast<std::int64_t>(r));
    const Made inputs[] = {graph.runs[r], splitters};
    graph.cuts.push_back(graph.emission.add(task_function<&cut_one_run>(), "cut",
                                            words_then_dependencies(of_run, 2), inputs, cut_bytes));
  }
}

Made ExchangeSort::bucket(Graph& graph, std::size_t number) const {
  auto& made = graph.buckets[number];
  if (made) return *made;
  const auto& plan = graph.plan;
  const auto most = plan.most(number);
  const auto runs = static_cast<std::int64_t>(plan.runs.size());
  // Any piece may be as large as its run, but all of a bucket together are no larger than it, and
  // tasks are judged by their sum: each is declared as its share. It views the memory of the run.
  const auto share = (most + runs - 1) / runs * graph.bytes_each;
  std::vector<Made> pieces;
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    WordWriter words;
    words.put(static_cast<std::int64_t>(number));
    const Made inputs[] = {graph.runs[r], graph.cuts[r]};
    pieces.push_back(graph.emission.add(task_function<&take_piece>(), "piece",
                                        words_then_dependencies(words, 2), inputs, share));
  }
  WordWriter words;
  order_.put(words);
  made = graph.emission.add(task_function<&sort_bucket>(), "bucket",
                            words_then_list(words, pieces.size()), pieces,
                            most * static_cast<std::int64_t>(itemsize(graph.emission.node().dtype)),
                            sort_scratch(graph.dtype, most));
  return *made;
}

std::vector<Made> ExchangeSort::emit(Emission& emission) const {
  const auto& node = emission.node();
  const auto& input = emission.input(0);
  const auto item = static_cast<std::int64_t>(itemsize(input.dtype));
  Graph graph{
      emission, plan_sort(input.chunks[0]), input.dtype, item + (order_.positions ? 8 : 0), {}, {},
      {}};
  graph.buckets.resize(graph.plan.buckets());
  emit_runs(graph);
  emit_cuts(graph);
  const auto starts = emission.add(
      task_function<&add_cuts>(), "ranks", words_then_list(WordWriter(), graph.cuts.size()),
      graph.cuts, static_cast<std::int64_t>(graph.plan.ranks.size() * sizeof(std::int64_t)));
  std::vector<Made> blocks;
  for (const auto number : emission.blocks()) {
    const auto at = static_cast<std::size_t>(number);
    const auto begin = node.bounds[0][at];
    const auto end = node.bounds[0][at + 1];
    const auto [first, last] = graph.plan.meeting(begin, end);
    std::vector<Made> inputs{starts};
    for (auto b = first; b < last; ++b) inputs.push_back(bucket(graph, b));
    WordWriter words;
    words.put(begin);
    words.put(end);
    words.put(static_cast<std::int64_t>(first));
    ArgumentWriter arguments;
    arguments.inline_value(Value::of(words.words()));
    arguments.dependency(0);
    arguments.list(static_cast<std::uint32_t>(last - first));
    for (std::uint32_t i = 1; i < inputs.size(); ++i) arguments.dependency(i);
    blocks.push_back(emission.add(task_function<&cut_sorted>(), "", arguments, inputs,
                                  (end - begin) * static_cast<std::int64_t>(itemsize(node.dtype))));
  }
  return blocks;
}

}  // namespace

NodePtr sort_node(const NodePtr& input, std::size_t axis, const NodeSort& options) {
  const SortWords order{options.descending, options.positions};
  const auto dtype = options.positions ? DType::int64 : input->dtype;
  const bool vector = input->shape.size() == 1;
  const auto bytes = std::max(bytes_of(input->shape, input->dtype), bytes_of(input->shape, dtype));
  if (vector && input->chunks[0].size() > 1 && bytes > options.whole_bytes) {
    return algorithm_node(std::make_shared<ExchangeSort>(order), dtype, input->shape, input->chunks,
                          {input});
  }
  const auto whole = whole_axis(input, axis);
  const auto sorted = algorithm_node(std::make_shared<SortRows>(order, axis), dtype, whole->shape,
                                     whole->chunks, {whole});
  return vector ? rechunk_node(sorted, input->chunks) : sorted;
}

NodePtr sort_parts_node(const NodePtr& vector) {
  return algorithm_node(std::make_shared<SortRows>(SortWords{}, 0), vector->dtype, vector->shape,
                        vector->chunks, {vector});
}

}  // namespace array

Array sort(const Array& x, const SortOptions& options) {
  const auto axis = array::normal_axis(options.axis, x.ndim(), "sort");
  return Array(array::sort_node(x.node(), static_cast<std::size_t>(axis),
                                {.descending = options.descending}));
}

Array argsort(const Array& x, const SortOptions& options) {
  const auto axis = array::normal_axis(options.axis, x.ndim(), "argsort");
  return Array(array::sort_node(x.node(), static_cast<std::size_t>(axis),
                                {.descending = options.descending, .positions = true}));
}

}  // namespace tartan
