// Running arrays: compute, persist and explain.

#include <algorithm>
#include <array/expr/lower.hpp>
#include <array/expr/settle.hpp>
#include <fmt/format.h>
#include <tartan/array/array.hpp>
#include <tartan/base/config.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/client/client.hpp>

namespace tartan {
namespace {

using array::NodePtr;

std::vector<NodePtr> nodes_of(const std::vector<Array>& arrays) {
  std::vector<NodePtr> nodes;
  nodes.reserve(arrays.size());
  for (const auto& one : arrays) nodes.push_back(one.lazy_node());
  return nodes;
}

/// The blocks of one array, in C order, as one chunk.
Chunk put_together(const array::Node& node, std::span<const Value> blocks) {
  if (blocks.size() == 1) return blocks.front().get<Chunk>();
  const auto grid = array::grid_of(node.chunks);
  std::vector<Chunk> sources;
  std::vector<Shape> shapes;
  for (const auto& block : blocks) {
    sources.push_back(block.get<Chunk>());
    shapes.push_back(sources.back().shape);
  }
  const auto chunks = array::chunks_that_came(node.chunks, shapes);
  std::vector<std::vector<std::int64_t>> bounds;
  for (const auto& axis : chunks) bounds.push_back(array::boundaries(axis));
  std::vector<array::Piece> pieces;
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    Shape origin = array::unravel(i, grid);
    for (std::size_t axis = 0; axis < origin.size(); ++axis) {
      origin[axis] = bounds[axis][static_cast<std::size_t>(origin[axis])];
    }
    pieces.push_back({i, Shape(grid.size(), 0), std::move(shapes[i]), std::move(origin)});
  }
  return array::assemble(node.dtype, array::shape_of(chunks), sources, pieces);
}

std::string human(std::int64_t bytes) { return format_bytes(static_cast<std::uint64_t>(bytes)); }

}  // namespace

std::vector<Chunk> compute_chunks(const std::vector<Array>& arrays) {
  const auto nodes = nodes_of(arrays);
  auto& client = Client::current();
  const auto futures = array::start(nodes, client);
  std::vector<AnyFuture> all;
  for (const auto& blocks : futures) all.insert(all.end(), blocks.begin(), blocks.end());
  const auto values = client.gather(std::span<const AnyFuture>(all));
  std::vector<Chunk> result;
  std::size_t next = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    result.push_back(
        put_together(*nodes[i], std::span(values).subspan(next, futures[i].size())));
    next += futures[i].size();
  }
  return result;
}

std::vector<Array> persist(const std::vector<Array>& arrays) {
  const auto nodes = nodes_of(arrays);
  auto futures = array::start(nodes, Client::current());
  std::vector<Array> result;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    result.emplace_back(array::make_node(array::StoredNode{std::move(futures[i])},
                                         nodes[i]->dtype, nodes[i]->shape, nodes[i]->chunks));
  }
  return result;
}

std::string explain(const std::vector<Array>& arrays) {
  const auto nodes = nodes_of(arrays);
  const auto plan = array::make_plan(nodes);
  array::Lowering lowering(plan, nullptr);
  lowering.run();
  std::string text;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    text += fmt::format("{}, {}{}\n", arrays[i].to_string(),
                        nodes[i]->settled == nullptr ? "" : "at most ",
                        human(array::bytes_of(nodes[i]->shape, nodes[i]->dtype)));
  }
  array::GroupCost total;
  std::size_t width = 5;
  for (const auto& [group, cost] : lowering.costs()) {
    total.tasks += cost.tasks;
    total.bytes_in += cost.bytes_in;
    total.bytes_out += cost.bytes_out;
    total.largest = std::max(total.largest, cost.largest);
    total.moved += cost.moved;
    width = std::max(width, group.size());
  }
  text += fmt::format("{:<{}}  {:>8}  {:>10}  {:>10}  {:>12}\n", "group", width, "tasks",
                      "bytes in", "bytes out", "largest task");
  const auto line = [&](const std::string& group, const array::GroupCost& cost) {
    text += fmt::format("{:<{}}  {:>8}  {:>10}  {:>10}  {:>12}\n", group, width, cost.tasks,
                        human(cost.bytes_in), human(cost.bytes_out), human(cost.largest));
  };
  for (const auto& [group, cost] : lowering.costs()) line(group, cost);
  line("total", total);
  text += fmt::format("moved between workers: at most {}, if tasks run beside their largest input\n",
                      human(total.moved));
  // A result is freed a moment after its last reader has ended, when the next task runs already.
  text += fmt::format(
      "memory: at most {} with one thread, {} more with each further one; the rest goes to disk\n",
      human(array::peak_bytes(lowering.graph()) + total.largest), human(total.largest));
  for (const auto& step : plan.steps) {
    if (!step.fused() || step.program.is_identity()) continue;
    text += fmt::format("fused {}: {}", step.group, step.program.to_string());
    for (std::size_t i = 0; i < step.inputs(); ++i) {
      const auto& source = step.sources[i];
      text += fmt::format("{} in{} = {}", i == 0 ? ";" : ",", i,
                          source.generated ? "made in the task"
                                           : plan.steps[source.step].group);
    }
    text += "\n";
  }
  return text;
}

Chunk Array::compute_chunk() const { return compute_chunks({*this}).front(); }

Scalar Array::scalar() const {
  if (size() != 1) {
    throw ValueError(fmt::format("item: an array of shape {} has {} elements, not one; slice it",
                                 tartan::to_string(shape()), size()));
  }
  const auto chunk = compute_chunk();
  switch (chunk.dtype) {
    case DType::boolean: return Scalar(chunk.view<bool>()[0]);
    case DType::int8: return Scalar(chunk.view<std::int8_t>()[0]);
    case DType::int16: return Scalar(chunk.view<std::int16_t>()[0]);
    case DType::int32: return Scalar(chunk.view<std::int32_t>()[0]);
    case DType::int64: return Scalar(chunk.view<std::int64_t>()[0]);
    case DType::uint8: return Scalar(chunk.view<std::uint8_t>()[0]);
    case DType::uint16: return Scalar(chunk.view<std::uint16_t>()[0]);
    case DType::uint32: return Scalar(chunk.view<std::uint32_t>()[0]);
    case DType::uint64: return Scalar(chunk.view<std::uint64_t>()[0]);
    case DType::float32: return Scalar(chunk.view<float>()[0]);
    case DType::float64: return Scalar(chunk.view<double>()[0]);
    case DType::complex64: return Scalar(chunk.view<std::complex<float>>()[0]);
    case DType::complex128: return Scalar(chunk.view<std::complex<double>>()[0]);
  }
  throw TypeError("item: the array holds an unknown dtype");
}

Array Array::persist() const { return tartan::persist({*this}).front(); }

std::vector<AnyFuture> Array::futures() const {
  return array::blocks_of(lazy_node(), Client::current());
}

void Array::wait() const {
  const auto node = lazy_node();
  const auto* stored = node->as<array::StoredNode>();
  if (stored == nullptr) {
    throw ValueError("wait: only a persisted array is being computed; call persist() first");
  }
  Client::wait(stored->blocks);
  for (const auto& block : stored->blocks) {
    if (block.status() != FutureStatus::finished) static_cast<void>(block.get_value());
  }
}

std::string Array::explain() const { return tartan::explain({*this}); }

}  // namespace tartan
