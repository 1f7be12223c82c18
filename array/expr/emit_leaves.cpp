// Tasks of arrays that have no inputs: made from nothing, given by the program, or there already.

#include <array/expr/lower.hpp>
#include <array/expr/tasks.hpp>

namespace tartan::array {
namespace {

/// Literals up to here travel inside their tasks; larger ones are scattered.
constexpr std::size_t kInlineLiteralBytes = 16 << 10;

Chunk literal_block(const Node& node, const LiteralNode& literal, std::int64_t block) {
  const auto index = unravel(block, grid_of(node.chunks));
  const auto shape = block_shape(node.chunks, index);
  if (shape == literal.chunk.shape) return literal.chunk;
  const auto origin = node.block_origin(index);
  std::vector<AxisRange> ranges;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    ranges.push_back({origin[axis], shape[axis], 1});
  }
  return slice(literal.chunk, ranges);
}

}  // namespace

Made Lowering::emit_empty(const Step& step, const Shape& shape) {
  Chunks one_block;
  for (auto length : shape) one_block.push_back({length});
  const auto zeros = make_node(FullNode{}, step.node->dtype, shape, std::move(one_block));
  ArgumentWriter arguments;
  arguments.inline_value(generator_value(*zeros, Shape(shape.size(), 0), shape));
  return add(task_function<&tasks::generate>(), "empty", arguments, {}, 0, 0);
}

Made Lowering::emit_leaf(const Step& step, std::int64_t block) {
  const auto& node = *step.node;
  const auto index = unravel(block, grid_of(node.chunks));
  const auto shape = block_shape(node.chunks, index);
  const auto bytes = bytes_of(shape, node.dtype);
  if (const auto* literal = node.as<LiteralNode>()) return emit_literal(step, *literal, block);
  if (const auto* user = node.as<UserBlockNode>()) return emit_user_block(step, *user);
  if (const auto* stored = node.as<StoredNode>()) {
    auto future = stored->blocks[static_cast<std::size_t>(block)];
    if (client_ != nullptr) {
      future = client_->adopt(future);
      keep_.push_back(future);
    }
    return {builder_.external(future.key()), bytes, true};
  }
  ArgumentWriter arguments;
  arguments.inline_value(generator_value(node, node.block_origin(index), shape));
  return add(task_function<&tasks::generate>(), step.group, arguments, {}, bytes, 0);
}

Made Lowering::emit_literal(const Step& step, const LiteralNode& literal,
                                      std::int64_t block) {
  const auto& node = *step.node;
  if (literal.chunk.nbytes() <= kInlineLiteralBytes) {
    auto chunk = literal_block(node, literal, block);
    const auto bytes = static_cast<std::int64_t>(chunk.nbytes());
    ArgumentWriter arguments;
    arguments.inline_value(Value::of(std::move(chunk)));
    return add(task_function<&tasks::literal>(), step.group, arguments, {}, bytes, 0);
  }
  const auto index = unravel(block, grid_of(node.chunks));
  const auto bytes = bytes_of(block_shape(node.chunks, index), node.dtype);
  if (client_ == nullptr) {
    return {builder_.external(combine(node.key, static_cast<std::uint64_t>(block))), bytes, true};
  }
  const std::lock_guard lock(literal.sent->mutex);
  const auto& future = literal.sent->blocks[static_cast<std::size_t>(block)];
  keep_.push_back(future);
  return {builder_.external(future.key()), bytes, true};
}

// Blocks sent through a client that is gone now are sent again: the elements are still here.
void Lowering::send_literal(const Step& step, const LiteralNode& literal,
                            const std::vector<Made>& blocks) {
  if (client_ == nullptr || literal.chunk.nbytes() <= kInlineLiteralBytes) return;
  const std::lock_guard lock(literal.sent->mutex);
  auto& sent = literal.sent->blocks;
  sent.resize(blocks.size());
  std::vector<std::size_t> numbers;
  std::vector<Value> values;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    if (!blocks[block].needed) continue;
    if (sent[block].valid()) {
      try {
        sent[block] = client_->adopt(sent[block]);
        continue;
      } catch (const Exception&) {
        sent[block] = {};
      }
    }
    numbers.push_back(block);
    values.push_back(
        Value::of(literal_block(*step.node, literal, static_cast<std::int64_t>(block))));
  }
  auto futures = client_->scatter(std::move(values), false);
  for (std::size_t i = 0; i < numbers.size(); ++i) sent[numbers[i]] = std::move(futures[i]);
}

Made Lowering::emit_user_block(const Step& step, const UserBlockNode& user) {
  const auto& node = *step.node;
  const auto bytes = bytes_of(node.shape, node.dtype);
  Made given{{}, bytes, true};
  if (client_ == nullptr) {
    given.ref = builder_.external(user.delayed ? client::key_of(*user.delayed) : user.future.key());
  } else if (user.delayed) {
    given.ref = client_->lower(builder_, user.delayed, keep_);
  } else {
    keep_.push_back(client_->adopt(user.future));
    given.ref = builder_.external(keep_.back().key());
  }
  WordWriter words;
  words.put(static_cast<std::int64_t>(node.dtype));
  words.put(node.shape);
  ArgumentWriter arguments;
  arguments.inline_value(Value::of(words.words()));
  arguments.dependency(0);
  return add(*user.converter, step.group, arguments, {&given, 1}, bytes, 0);
}

}  // namespace tartan::array
