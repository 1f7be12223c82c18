#include <algorithm>
#include <array/expr/lower.hpp>
#include <array/expr/tasks.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::array {

Lowering::Lowering(const Plan& plan, Client* client) : plan_(plan), client_(client) {}

namespace {

/// Algorithms declare bounds, and so do blocks whose lengths are not known; both may be far off.
bool has_known_sizes(const Step& step) {
  const auto bounded = [](const Node& node) {
    return node.settled != nullptr || node.as<AlgorithmNode>() != nullptr;
  };
  return !bounded(*step.node) &&
         std::none_of(step.sources.begin(), step.sources.end(),
                      [&](const Source& source) { return bounded(*source.node); });
}

}  // namespace

void Lowering::run() {
  made_.resize(plan_.steps.size());
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    made_[i].resize(static_cast<std::size_t>(plan_.steps[i].node->block_count()));
  }
  for (auto root : plan_.roots) {
    for (auto& block : made_[root]) block.needed = true;
  }
  for (std::size_t i = plan_.steps.size(); i-- > 0;) mark_inputs(plan_.steps[i], made_[i]);
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const auto& step = plan_.steps[i];
    sizes_are_known_ = has_known_sizes(step);
    if (const auto* literal = step.node->as<LiteralNode>()) send_literal(step, *literal, made_[i]);
    if (const auto* node = step.node->as<AlgorithmNode>()) {
      emit_algorithm(step, *node->algorithm, made_[i]);
      continue;
    }
    for (std::size_t block = 0; block < made_[i].size(); ++block) {
      if (made_[i][block].needed) made_[i][block] = emit(i, static_cast<std::int64_t>(block));
    }
  }
}

void Lowering::mark_inputs(const Step& step, const std::vector<Made>& blocks) {
  const auto* node = step.node->as<AlgorithmNode>();
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    if (!blocks[block].needed) continue;
    const auto number = static_cast<std::int64_t>(block);
    const auto reads = node != nullptr ? node->algorithm->reads(*step.node, number)
                                       : std::optional(blocks_read(step, number));
    if (!reads) {
      for (const auto& source : step.sources) {
        for (auto& input : made_[source.step]) input.needed = true;
      }
      return;
    }
    for (const auto& read : *reads) {
      made_[step.sources[read.source].step][static_cast<std::size_t>(read.block)].needed = true;
    }
  }
}

Graph Lowering::graph() {
  for (auto root : plan_.roots) {
    for (const auto& block : made_[root]) builder_.want(block.ref);
  }
  return builder_.build();
}

std::vector<std::vector<AnyFuture>> Lowering::submit() {
  TARTAN_ASSERT(client_ != nullptr, "a lowering without a client cannot be submitted");
  std::vector<Ref> wanted;
  for (auto root : plan_.roots) {
    for (const auto& block : made_[root]) wanted.push_back(block.ref);
  }
  auto futures = client_->submit(std::move(builder_), wanted);
  std::vector<std::vector<AnyFuture>> result;
  auto next = futures.begin();
  for (auto root : plan_.roots) {
    const auto end = next + static_cast<std::ptrdiff_t>(made_[root].size());
    result.emplace_back(next, end);
    next = end;
  }
  return result;
}

Made Lowering::emit(std::size_t number, std::int64_t block) {
  const auto& step = plan_.steps[number];
  const auto& node = *step.node;
  const auto reads = blocks_read(step, block);
  std::vector<Made> inputs;
  inputs.reserve(reads.size());
  for (const auto& read : reads) {
    inputs.push_back(made_[step.sources[read.source].step][static_cast<std::size_t>(read.block)]);
  }
  if (node.as<ReduceNode>() != nullptr) return emit_reduce(step, block, inputs);
  const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
  if (is_empty(shape) && node.as<StoredNode>() == nullptr &&
      node.as<UserBlockNode>() == nullptr) {
    return emit_empty(step, shape);
  }
  if (step.fused()) return emit_fused(step, block, inputs);
  if (node.as<SliceNode>() != nullptr) return emit_slice(step, block, inputs.front());
  if (node.as<TransposeNode>() != nullptr) return emit_transpose(step, block, inputs.front());
  if (node.as<ReshapeNode>() != nullptr) return emit_reshape(step, block, reads, inputs);
  if (node.as<RechunkNode>() != nullptr) return emit_rechunk(step, block, reads, inputs);
  if (node.as<ConcatenateNode>() != nullptr) return inputs.front();
  if (node.as<MatmulNode>() != nullptr) return emit_matmul(step, block, inputs);
  if (node.as<MapBlocksNode>() != nullptr) return emit_map_blocks(step, block, inputs);
  return emit_leaf(step, block);
}

void Lowering::emit_algorithm(const Step& step, const Algorithm& algorithm,
                              std::vector<Made>& blocks) {
  const auto grid = grid_of(step.node->chunks);
  std::vector<std::int64_t> wanted;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    if (!blocks[block].needed) continue;
    const auto number = static_cast<std::int64_t>(block);
    const auto shape = block_shape(step.node->chunks, unravel(number, grid));
    if (is_empty(shape)) {
      blocks[block] = emit_empty(step, shape);
    } else {
      wanted.push_back(number);
    }
  }
  if (wanted.empty()) return;
  Emission emission(*this, step, wanted);
  const auto made = algorithm.emit(emission);
  TARTAN_ASSERT(made.size() == wanted.size(), "an algorithm makes every block it is asked for");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    blocks[static_cast<std::size_t>(wanted[i])] = made[i];
    blocks[static_cast<std::size_t>(wanted[i])].needed = true;
  }
}


GroupCost& Lowering::cost_of(std::string_view group) {
  const auto found = cost_index_.find(group);
  if (found != cost_index_.end()) return costs_[found->second].second;
  cost_index_.emplace(std::string(group), costs_.size());
  return costs_.emplace_back(std::string(group), GroupCost{}).second;
}

Made Lowering::add(const FunctionInfo& function, std::string_view group,
                             const ArgumentWriter& arguments,
                             std::span<const Made> dependencies, std::int64_t output_bytes,
                             std::int64_t scratch_bytes) {
  std::vector<Ref> refs;
  std::int64_t bytes_in = 0;
  std::int64_t largest_in = 0;
  for (const auto& dependency : dependencies) {
    refs.push_back(dependency.ref);
    bytes_in += dependency.bytes;
    largest_in = std::max(largest_in, dependency.bytes);
  }
  GraphBuilder::Task task;
  task.function = &function;
  task.group = group;
  task.dependencies = refs;
  task.arguments = arguments.bytes();
  task.output_bytes = static_cast<std::uint64_t>(output_bytes);
  task.scratch_bytes = static_cast<std::uint64_t>(scratch_bytes);
  const auto before = builder_.size();
  const auto ref = builder_.add(task);
  if (builder_.size() != before) {
    auto& cost = cost_of(group);
    ++cost.tasks;
    cost.bytes_in += bytes_in;
    cost.bytes_out += output_bytes;
    cost.largest = std::max(cost.largest, bytes_in + output_bytes + scratch_bytes);
    if (sizes_are_known_) cost.least = std::max(cost.least, bytes_in + output_bytes);
    cost.moved += bytes_in - largest_in;
  }
  return {ref, output_bytes, true};
}

}  // namespace tartan::array
