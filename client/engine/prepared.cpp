#include <algorithm>
#include <client/engine/prepared.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::client {

void ArgumentCollector::add(Argument argument) {
  if (auto* value = std::get_if<Value>(&argument)) {
    if (value->empty()) throw ValueError("an empty Value cannot be a task's argument");
    if (value->nbytes() <= kInlineArgumentBytes) {
      writer_.inline_value(*value);
    } else {
      const Key key = content_key(*value);
      depend({key, std::move(*value)});
    }
  } else if (auto* future = std::get_if<AnyFuture>(&argument)) {
    if (!future->valid()) throw ValueError("an empty future cannot be a task's argument");
    const Key key = future->key();
    depend({key, std::move(*future)});
  } else if (auto* node = std::get_if<DelayedNodePtr>(&argument)) {
    if (*node == nullptr) throw ValueError("an empty Delayed cannot be a task's argument");
    const Key key = (*node)->task.key;
    depend({key, std::move(*node)});
  } else {
    writer_.list(std::get<ListOf>(argument).count);
  }
}

void ArgumentCollector::depend(Dependency dependency) {
  writer_.dependency(static_cast<std::uint32_t>(dependencies_.size()));
  dependencies_.push_back(std::move(dependency));
}

std::optional<TaskOptions> task_options(const Options& options) {
  if (!(options.timeout_seconds >= 0)) {
    throw ValueError(
        fmt::format("timeout_seconds is {}, but must not be negative", options.timeout_seconds));
  }
  const double timeout_ns = std::min(options.timeout_seconds * 1e9, 1e18);
  TaskOptions chosen{options.retries, options.priority, options.workers, options.resources,
                     static_cast<std::uint64_t>(timeout_ns)};
  if (chosen == TaskOptions{}) return std::nullopt;
  return chosen;
}

Prepared prepare(Call call) {
  Prepared prepared;
  prepared.function = call.function;
  prepared.options = task_options(call.options);
  prepared.output_bytes = call.options.output_bytes;
  prepared.scratch_bytes = call.options.scratch_bytes;
  if (!call.options.key.empty()) {
    prepared.key = hash_text(call.options.key);
    prepared.group = call.options.key;
  } else if (!call.options.pure || call.actor) {
    prepared.key = unique_key();
  }
  if (call.actor) {
    if (!prepared.options) prepared.options.emplace();
    prepared.options->actor = true;
  }
  if (prepared.group.empty()) prepared.group = call.group;
  ArgumentWriter writer;
  ArgumentCollector collector(writer, prepared.dependencies);
  for (Argument& argument : call.arguments) collector.add(std::move(argument));
  prepared.arguments = writer.bytes();
  return prepared;
}

GraphBuilder::Ref Prepared::add_to(GraphBuilder& graph,
                                   std::span<const GraphBuilder::Ref> refs) const {
  GraphBuilder::Task task;
  task.key = key;
  task.function = function;
  task.group = group;
  task.dependencies = refs;
  task.arguments = arguments;
  task.options = options ? &*options : nullptr;
  task.output_bytes = output_bytes;
  task.scratch_bytes = scratch_bytes;
  return graph.add(task);
}

DelayedNode::DelayedNode(Prepared prepared) : task(std::move(prepared)) {
  if (task.key) return;
  GraphBuilder graph;
  std::vector<GraphBuilder::Ref> refs;
  refs.reserve(task.dependencies.size());
  for (const Dependency& dependency : task.dependencies) {
    refs.push_back(graph.external(dependency.key));
  }
  task.key = graph.key(task.add_to(graph, refs));
}

DelayedNode::~DelayedNode() {
  // A long chain of nodes would otherwise end in as many nested destructors.
  std::vector<DelayedNodePtr> dying;
  const auto take_from = [&](DelayedNode& node) {
    for (Dependency& dependency : node.task.dependencies) {
      auto* child = std::get_if<DelayedNodePtr>(&dependency.source);
      if (child != nullptr && child->use_count() == 1) dying.push_back(std::move(*child));
    }
  };
  take_from(*this);
  while (!dying.empty()) {
    const DelayedNodePtr node = std::move(dying.back());
    dying.pop_back();
    take_from(const_cast<DelayedNode&>(*node));  // nobody else has it
  }
}

DelayedNodePtr make_delayed(Call call) {
  return std::make_shared<const DelayedNode>(prepare(std::move(call)));
}

Key key_of(const DelayedNode& node) { return node.task.key; }

}  // namespace tartan::client
