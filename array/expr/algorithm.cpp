#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/cuts.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/tasks.hpp>

namespace tartan::array {

const Node& Emission::node() const { return *step_.node; }
const Node& Emission::input(std::size_t source) const { return *step_.sources[source].node; }

Made Emission::block(std::size_t source, std::int64_t number) const {
  return lowering_.made(step_.sources[source].step, number);
}

bool Emission::worth_cutting(std::int64_t piece_bytes, std::int64_t block_bytes) const {
  return lowering_.cuts_pieces() && array::worth_cutting(piece_bytes, block_bytes);
}

Made Emission::add(const FunctionInfo& function, std::string_view part,
                   const ArgumentWriter& arguments, std::span<const Made> dependencies,
                   std::int64_t output_bytes, std::int64_t scratch_bytes) {
  std::string group = step_.group;
  if (!part.empty()) group.append("-").append(part);
  return lowering_.add(function, group, arguments, dependencies, output_bytes, scratch_bytes);
}

Made Emission::part(const Made& parts, std::size_t index, std::int64_t bytes) {
  WordWriter words;
  words.put(static_cast<std::int64_t>(index));
  return add(task_function<&tasks::part>(), "part", words_then_dependencies(words, 1), {&parts, 1},
             bytes);
}

Made Emission::add_up(std::vector<Made> chunks, const Shape& shape, std::size_t fan_in) {
  while (chunks.size() > 1) {
    std::vector<Made> above;
    for (std::size_t first = 0; first < chunks.size(); first += fan_in) {
      const auto count = std::min(fan_in, chunks.size() - first);
      above.push_back(add(task_function<&tasks::evaluate>(), "",
                          sum_of_dependencies(shape, node().dtype, count),
                          std::span(chunks).subspan(first, count),
                          bytes_of(shape, node().dtype)));
    }
    chunks = std::move(above);
  }
  return chunks.front();
}

std::optional<std::vector<BlockRead>> Algorithm::reads(const Node&, std::int64_t) const {
  return {};
}

NodePtr algorithm_node(std::shared_ptr<const Algorithm> algorithm, DType dtype, Shape shape,
                       Chunks chunks, std::vector<NodePtr> inputs) {
  return make_node(AlgorithmNode{std::move(algorithm)}, dtype, std::move(shape), std::move(chunks),
                   std::move(inputs));
}

ArgumentWriter words_then_dependencies(const WordWriter& words, std::size_t dependencies) {
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  for (std::size_t i = 0; i < dependencies; ++i) {
    arguments.dependency(static_cast<std::uint32_t>(i));
  }
  return arguments;
}

ArgumentWriter words_then_list(const WordWriter& words, std::size_t dependencies) {
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.list(static_cast<std::uint32_t>(dependencies));
  for (std::size_t i = 0; i < dependencies; ++i) {
    arguments.dependency(static_cast<std::uint32_t>(i));
  }
  return arguments;
}

ArgumentWriter sum_of_dependencies(const Shape& shape, DType dtype, std::size_t count) {
  ProgramBuilder builder;
  auto total = builder.input(dtype);
  for (std::size_t i = 1; i < count; ++i) {
    total = builder.apply(Operation::add, {total, builder.input(dtype)});
  }
  WordWriter words;
  words.put(shape);
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.inline_value(Value::of(builder.finish(total)));
  for (std::size_t i = 0; i < count; ++i) arguments.dependency(static_cast<std::uint32_t>(i));
  return arguments;
}

}  // namespace tartan::array
