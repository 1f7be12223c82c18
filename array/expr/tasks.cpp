#include <array/expr/node.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/expr/tasks.hpp>
#include <array/expr/views.hpp>
#include <array/kernels/create.hpp>
#include <array/kernels/matmul.hpp>
#include <array/kernels/program.hpp>
#include <array/kernels/random.hpp>
#include <array/kernels/reduce.hpp>
#include <array/kernels/shape.hpp>
#include <array/kernels/view.hpp>
#include <fmt/format.h>
#include <tartan/base/assert.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

enum class Generator : std::int64_t { full, arange, linspace, eye, random };

struct GeneratorWords {
  WordWriter& words;
  const Node& node;

  void kind(Generator generator) const { words.put(static_cast<std::int64_t>(generator)); }
  void operator()(const FullNode& n) const {
    kind(Generator::full);
    words.put(n.value);
  }
  void operator()(const ArangeNode& n) const {
    kind(Generator::arange);
    words.put(n.start);
    words.put(n.step);
  }
  void operator()(const LinspaceNode& n) const {
    kind(Generator::linspace);
    words.put(n.start);
    words.put(n.stop);
    words.put(n.endpoint ? 1 : 0);
  }
  void operator()(const EyeNode& n) const {
    kind(Generator::eye);
    words.put(n.diagonal);
  }
  void operator()(const RandomNode& n) const {
    kind(Generator::random);
    words.put(static_cast<std::int64_t>(n.distribution));
    words.put(static_cast<std::int64_t>(n.seed));
    words.put(static_cast<std::int64_t>(n.parameters.size()));
    for (const auto& parameter : n.parameters) words.put(parameter);
  }
  template <class Other>
  void operator()(const Other&) const {
    TARTAN_ASSERT(false, "only generators are made from nothing");
  }
};

Chunk random_block(WordReader& words, DType dtype, const Shape& whole, const Shape& origin,
                   const Shape& shape) {
  const auto distribution = static_cast<Distribution>(words.word());
  const RandomPlace place{whole, origin, static_cast<std::uint64_t>(words.word()),
                          static_cast<std::uint64_t>(distribution)};
  std::vector<Scalar> parameters;
  for (auto count = words.word(); count > 0; --count) parameters.push_back(words.scalar());
  return random_chunk(distribution, place, shape, parameters, dtype);
}

std::int64_t at(const Shape& shape, std::size_t axis) {
  if (axis >= shape.size()) throw Exception(Errc::malformed, "a generated block has too few axes");
  return shape[axis];
}

Chunk generated(std::span<const std::int64_t> description) {
  WordReader words(description);
  const auto dtype = words.dtype();
  const auto whole = words.shape();
  const auto origin = words.shape();
  const auto shape = words.shape();
  switch (static_cast<Generator>(words.word())) {
    case Generator::full: return full(shape, words.scalar(), dtype);
    case Generator::arange: {
      const auto start = words.scalar();
      const auto step = words.scalar();
      return arange(start, step, at(origin, 0), at(shape, 0), dtype);
    }
    case Generator::linspace: {
      const auto start = words.scalar();
      const auto stop = words.scalar();
      const bool endpoint = words.flag();
      return linspace(start, stop, at(whole, 0), endpoint, at(origin, 0), at(shape, 0), dtype);
    }
    case Generator::eye:
      return eye(shape, at(origin, 0), at(origin, 1), words.word(), dtype);
    case Generator::random: return random_block(words, dtype, whole, origin, shape);
  }
  throw Exception(Errc::malformed, "a generated block names no known kind");
}

/// The product of lists of blocks, the words saying which are turned.
Chunk next_product(WordReader& words, Arguments& arguments) {
  Turns turns;
  turns.a = words.flag();
  turns.b = words.flag();
  const auto a = next_chunks(arguments);
  const auto b = next_chunks(arguments);
  return b.empty() ? gram_sum(a, turns.a) : matmul_sum(a, b, turns);
}

/// The blocks a program reads, some through views; those described are made here, on the task's
/// thread.
std::vector<View> next_sources(Arguments& arguments, std::size_t count) {
  std::vector<View> sources;
  sources.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = arguments.next();
    if (!value.holds<Words>()) {
      sources.emplace_back(value.get<Chunk>());
      continue;
    }
    WordReader words(value.get<Words>());
    const auto kind = words.word();
    if (kind == kProductWord) {
      sources.emplace_back(next_product(words, arguments));
      continue;
    }
    if (kind != kViewWord) {
      sources.emplace_back(generated(value.get<Words>()));
      continue;
    }
    const auto ranges = words.ranges();
    const auto axes = words.small_list();
    sources.emplace_back(next_chunk(arguments), ranges, axes);
  }
  return sources;
}

/// The shape a program runs over: lengths that were not known when the task was written are those of
/// the sources.
Shape settled_shape(Shape shape, std::span<const View> sources) {
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] >= 0) continue;
    shape[axis] = 1;
    for (const auto& source : sources) {
      const auto missing = shape.size() - std::min(shape.size(), source.shape.size());
      if (axis >= missing && source.shape[axis - missing] != 1) {
        shape[axis] = source.shape[axis - missing];
      }
    }
  }
  return shape;
}

struct ReduceWords {
  ReduceOp operation;
  FinishOptions options;
  bool finishing;
};

ReduceWords read_reduce(WordReader& words) {
  const auto operation = words.word();
  if (operation < 0 || operation >= static_cast<std::int64_t>(kReduceOpCount)) {
    throw Exception(Errc::malformed, "a reduction task names no known operation");
  }
  ReduceWords read{static_cast<ReduceOp>(operation), {}, false};
  read.options.axes = words.small_list();
  read.options.dtype = words.dtype();
  read.options.keepdims = words.flag();
  read.options.correction = words.number();
  read.finishing = words.flag();
  return read;
}

Value finished(const ReduceWords& reduce, Partial partial) {
  if (!reduce.finishing) return Value::of(std::move(partial));
  return Value::of(finish(reduce.operation, partial, reduce.options));
}

}  // namespace

Value generator_value(const Node& node, const Shape& origin, const Shape& shape) {
  WordWriter words;
  words.put(static_cast<std::int64_t>(node.dtype));
  words.put(node.shape);
  words.put(origin);
  words.put(shape);
  std::visit(GeneratorWords{words, node}, node.kind);
  return Value::of(words.words());
}

namespace tasks {

Value generate(Arguments& arguments) { return Value::of(generated(next_words(arguments))); }

Value literal(Arguments& arguments) { return arguments.next(); }

Value evaluate(Arguments& arguments) {
  const auto list = next_words(arguments);
  auto shape = WordReader(list).list();
  const auto program = arguments.next();
  const auto& code = program.get<Program>();
  const auto sources = next_sources(arguments, code.inputs.size());
  shape = settled_shape(std::move(shape), sources);
  return Value::of(run(code, sources, shape));
}

Value reduce(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto reduction = read_reduce(words);
  auto shape = words.list();
  Placement placement;
  placement.global_shape = words.shape();
  placement.offset = words.shape();
  const auto program = arguments.next();
  const auto& code = program.get<Program>();
  const auto sources = next_sources(arguments, code.inputs.size());
  shape = settled_shape(std::move(shape), sources);
  return finished(reduction, reduce_partial(reduction.operation, code, sources, shape,
                                            reduction.options.axes, placement));
}

Value combine(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto reduction = read_reduce(words);
  std::vector<Partial> partials;
  for (const auto& value : arguments.next_list()) partials.push_back(value.get<Partial>());
  return finished(reduction, array::combine(reduction.operation, partials));
}

Value slice(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto ranges = words.ranges();
  auto shape = words.shape();
  const auto part = array::slice(next_chunk(arguments), ranges);
  return Value::of(part.shape == shape ? part : array::reshape(part, std::move(shape)));
}

Value transpose(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto axes = WordReader(list).small_list();
  return Value::of(array::transpose(next_chunk(arguments), axes));
}

Value reshape(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto from = words.shape();
  const auto to = words.shape();
  const auto offset = words.shape();
  const auto shape = words.shape();
  std::vector<Placed> sources;
  for (auto& chunk : next_chunks(arguments)) sources.push_back({std::move(chunk), words.shape()});
  return Value::of(take_reshaped(from, sources, to, offset, shape));
}

Value assemble(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  const auto shape = words.shape();
  const auto sources = next_chunks(arguments);
  std::vector<Piece> pieces;
  for (std::uint32_t source = 0; source < sources.size(); ++source) {
    auto source_offset = words.shape();
    auto piece_shape = words.shape();
    pieces.push_back({source, std::move(source_offset), std::move(piece_shape), words.shape()});
  }
  return Value::of(array::assemble(dtype, shape, sources, pieces));
}

Value matmul(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  return Value::of(next_product(words, arguments));
}

Value part(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto number = static_cast<std::size_t>(WordReader(list).word());
  const auto value = arguments.next();
  const auto& chunks = value.get<std::vector<Chunk>>();
  if (number >= chunks.size()) {
    throw Exception(Errc::malformed, "a task wants a part that another did not make");
  }
  return Value::of(chunks[number]);
}

Value check(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  const auto shape = words.shape();
  auto value = arguments.next();
  if (!value.holds<Chunk>()) {
    throw TypeError(fmt::format("from_delayed: the task returned a {}, not a tartan::Chunk; pass "
                                "a typed future of an xt::xarray, or return a Chunk",
                                value.type_name()));
  }
  const auto& chunk = value.get<Chunk>();
  if (chunk.dtype != dtype || chunk.shape != shape) {
    throw ValueError(fmt::format(
        "from_delayed: the task returned {} of shape {}, but {} of shape {} was promised",
        name(chunk.dtype), to_string(chunk.shape), name(dtype), to_string(shape)));
  }
  return value;
}

}  // namespace tasks
}  // namespace tartan::array
