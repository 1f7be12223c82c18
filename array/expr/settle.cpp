#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/settle.hpp>
#include <array/expr/task_arguments.hpp>
#include <tartan/client/client.hpp>

namespace tartan::array {
namespace {

/// Chunk -> words, its shape.
Value shape_of_chunk(Arguments& arguments) { return Value::of(next_chunk(arguments).shape); }

std::vector<Shape> shapes_of(std::span<const AnyFuture> blocks, Client& client) {
  GraphBuilder builder;
  std::vector<GraphBuilder::Ref> wanted;
  for (const auto& block : blocks) {
    const auto ref = builder.external(block.key());
    ArgumentWriter arguments;
    arguments.dependency(0);
    GraphBuilder::Task task;
    task.function = &task_function<&shape_of_chunk>();
    task.group = "lengths";
    task.dependencies = {&ref, 1};
    task.arguments = arguments.bytes();
    wanted.push_back(builder.add(task));
  }
  const auto futures = client.submit(std::move(builder), wanted);
  std::vector<Shape> shapes;
  for (const auto& value : client.gather(std::span<const AnyFuture>(futures))) {
    shapes.push_back(value.get<Shape>());
  }
  return shapes;
}

/// Per axis the numbers of the blocks that hold something; the first one when none does.
std::vector<std::vector<std::int64_t>> filled_blocks(const Chunks& chunks) {
  std::vector<std::vector<std::int64_t>> filled(chunks.size());
  for (std::size_t axis = 0; axis < chunks.size(); ++axis) {
    for (std::size_t block = 0; block < chunks[axis].size(); ++block) {
      if (chunks[axis][block] > 0) filled[axis].push_back(static_cast<std::int64_t>(block));
    }
    if (filled[axis].empty()) filled[axis].push_back(0);
  }
  return filled;
}

NodePtr settle(const NodePtr& node) {
  auto& client = Client::current();
  auto blocks = blocks_of(node, client);
  const auto chunks = chunks_that_came(node->chunks, shapes_of(blocks, client));
  const auto filled = filled_blocks(chunks);
  Chunks kept(chunks.size());
  Shape counts;
  for (std::size_t axis = 0; axis < chunks.size(); ++axis) {
    for (auto block : filled[axis]) {
      kept[axis].push_back(chunks[axis][static_cast<std::size_t>(block)]);
    }
    counts.push_back(static_cast<std::int64_t>(filled[axis].size()));
  }
  const auto grid = grid_of(chunks);
  std::vector<AnyFuture> kept_blocks;
  for (std::int64_t number = 0; number < element_count(counts); ++number) {
    auto index = unravel(number, counts);
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      index[axis] = filled[axis][static_cast<std::size_t>(index[axis])];
    }
    kept_blocks.push_back(std::move(blocks[static_cast<std::size_t>(ravel(index, grid))]));
  }
  auto shape = shape_of(kept);
  return make_node(StoredNode{std::move(kept_blocks)}, node->dtype, std::move(shape),
                   std::move(kept));
}

}  // namespace

NodePtr known(const NodePtr& node) {
  if (node->settled == nullptr) return node;
  const std::lock_guard lock(node->settled->mutex);
  if (node->settled->node == nullptr) node->settled->node = settle(node);
  return node->settled->node;
}

NodePtr known_so_far(const NodePtr& node) {
  if (node->settled == nullptr) return node;
  const std::lock_guard lock(node->settled->mutex);
  return node->settled->node == nullptr ? node : node->settled->node;
}

Chunks chunks_that_came(const Chunks& chunks, std::span<const Shape> blocks) {
  Chunks came = chunks;
  const auto grid = grid_of(chunks);
  for (std::size_t axis = 0; axis < chunks.size(); ++axis) {
    BlockIndex index(chunks.size(), 0);
    for (std::size_t block = 0; block < chunks[axis].size(); ++block) {
      index[axis] = static_cast<std::int64_t>(block);
      came[axis][block] = blocks[static_cast<std::size_t>(ravel(index, grid))][axis];
    }
  }
  return came;
}

}  // namespace tartan::array
