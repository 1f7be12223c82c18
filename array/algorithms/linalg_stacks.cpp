#include <algorithm>
#include <array/algorithms/linalg_nodes.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

class StackAlgorithm : public Algorithm {
 public:
  StackAlgorithm(StackTask task, std::size_t part) : task_(std::move(task)), part_(part) {}
  std::string_view name() const override { return task_.name; }
  void put_parameters(WordWriter& words) const override {
    words.put(task_.parameter);
    words.put(static_cast<std::int64_t>(part_));
  }

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads;
    for (std::size_t source = 0; source < node.inputs.size(); ++source) {
      reads.push_back({source, block});
    }
    return reads;
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& first = emission.input(0);
    const auto grid = grid_of(first.chunks);
    WordWriter words;
    words.put(task_.parameter);
    const auto count = emission.node().inputs.size();
    const auto arguments = words_then_dependencies(words, count);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      std::vector<Made> inputs;
      for (std::size_t source = 0; source < count; ++source) {
        inputs.push_back(emission.block(source, block));
      }
      auto lead = block_shape(first.chunks, unravel(block, grid));
      lead.resize(lead.size() - 2);
      std::int64_t bytes = 0;
      for (const auto& part : task_.parts) bytes += part_bytes(lead, part);
      const auto result =
          emission.add(*task_.function, "", arguments, inputs, bytes, task_.scratch_bytes);
      made.push_back(task_.parts.size() == 1
                         ? result
                         : emission.part(result, part_, part_bytes(lead, task_.parts[part_])));
    }
    return made;
  }

 private:
  static std::int64_t part_bytes(const Shape& lead, const StackPart& part) {
    return element_count(lead) * bytes_of(part.shape, part.dtype);
  }

  StackTask task_;
  std::size_t part_;
};

}  // namespace

NodePtr matrices(const Array& x, std::string_view what) {
  const auto dtype = x.dtype();
  if (x.ndim() < 2) {
    throw ValueError(fmt::format("{}: a shape of {} has no matrices, which take two axes", what,
                                 to_string(x.shape())));
  }
  return cast_node(x.node(), is_floating(dtype) || is_complex(dtype) ? dtype : DType::float64);
}

NodePtr square_matrices(const Array& x, std::string_view what) {
  auto node = matrices(x, what);
  if (rows_of(*node) != columns_of(*node)) {
    throw ValueError(fmt::format("{}: matrices of {} x {} are not square", what, rows_of(*node),
                                 columns_of(*node)));
  }
  return node;
}

void promote(NodePtr& a, NodePtr& b) {
  const auto dtype = result_type(a->dtype, b->dtype);
  a = cast_node(a, dtype);
  b = cast_node(b, dtype);
}

std::int64_t rows_of(const Node& node) { return node.shape[node.shape.size() - 2]; }
std::int64_t columns_of(const Node& node) { return node.shape.back(); }

bool has_whole_matrices(const Node& node) {
  return node.chunks.back().size() == 1 && node.chunks[node.chunks.size() - 2].size() == 1;
}

NodePtr with_whole_matrices(const NodePtr& node) {
  if (has_whole_matrices(*node)) return node;
  const auto item = static_cast<std::int64_t>(itemsize(node->dtype));
  std::int64_t block_bytes = item;
  for (const auto& axis : node->chunks) block_bytes *= *std::max_element(axis.begin(), axis.end());
  const Shape lead(node->shape.begin(), node->shape.end() - 2);
  const auto matrix = std::max<std::int64_t>(1, rows_of(*node) * columns_of(*node) * item);
  auto chunks = automatic_chunks(lead, static_cast<std::size_t>(matrix), block_bytes);
  chunks.push_back({rows_of(*node)});
  chunks.push_back({columns_of(*node)});
  return rechunk_node(node, chunks);
}

std::int64_t tile_side(const Node& node, std::int64_t most) {
  const auto longest = [](const std::vector<std::int64_t>& axis) {
    return *std::max_element(axis.begin(), axis.end());
  };
  const auto& rows = node.chunks[node.chunks.size() - 2];
  const auto& columns = node.chunks.back();
  const auto side = std::min(longest(rows), longest(columns));
  const auto length = std::max(rows_of(node), columns_of(node));
  return std::max<std::int64_t>({1, side, (length + most - 1) / most});
}

std::vector<Array> stack_results(const StackTask& task, const std::vector<NodePtr>& inputs) {
  const auto& first = *inputs.front();
  std::vector<Array> results;
  for (std::size_t i = 0; i < task.parts.size(); ++i) {
    Shape shape(first.shape.begin(), first.shape.end() - 2);
    Chunks chunks(first.chunks.begin(), first.chunks.end() - 2);
    for (auto length : task.parts[i].shape) {
      shape.push_back(length);
      chunks.push_back({length});
    }
    results.emplace_back(algorithm_node(std::make_shared<StackAlgorithm>(task, i),
                                        task.parts[i].dtype, std::move(shape), std::move(chunks),
                                        inputs));
  }
  return results;
}

}  // namespace tartan::array
