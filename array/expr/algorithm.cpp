#include <array/expr/algorithm.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/tasks.hpp>

namespace tartan::array {

const Node& Emission::node() const { return *step_.node; }
const Node& Emission::input(std::size_t source) const { return *step_.sources[source].node; }

Made Emission::block(std::size_t source, std::int64_t number) const {
  return lowering_.made(step_.sources[source].step, number);
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

}  // namespace tartan::array
