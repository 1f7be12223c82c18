#include <client/engine/prepared.hpp>
#include <fmt/format.h>
#include <tartan/client/client.hpp>

namespace tartan::client {
namespace {

/// Tasks given to the scheduler together: it starts on the first while the next are written, and
/// no graph comes near the transport's limit.
constexpr std::size_t kTasksPerGraph = 32 << 10;

}  // namespace

struct MapBuilder::Impl {
  Client& client;
  const FunctionInfo& function;
  const Options options;
  const std::optional<TaskOptions> chosen;
  GraphBuilder graph;
  std::vector<GraphBuilder::Ref> wanted;
  std::vector<GraphBuilder::Ref> refs;
  std::vector<Dependency> dependencies;
  std::vector<AnyFuture> keep;
  std::vector<AnyFuture> futures;
  std::size_t item = 0;
  std::size_t bytes = 0;

  void submit() {
    if (wanted.empty()) return;
    std::vector<AnyFuture> more = client.submit(std::move(graph), wanted);
    std::move(more.begin(), more.end(), std::back_inserter(futures));
    graph = GraphBuilder();
    wanted.clear();
    keep.clear();
    bytes = 0;
  }
};

MapBuilder::MapBuilder(Client& client, const FunctionInfo& function, const Options& options,
                       std::size_t count)
    : impl_(new Impl{
          client, function, options, task_options(options), {}, {}, {}, {}, {}, {}, 0, 0}) {
  impl_->futures.reserve(count);
  impl_->wanted.reserve(std::min(count, kTasksPerGraph));
}

MapBuilder::~MapBuilder() = default;

void MapBuilder::emplace_back(Argument argument) {
  ArgumentCollector(writer_, impl_->dependencies).add(std::move(argument));
}

void MapBuilder::next() {
  Impl& map = *impl_;
  map.refs.clear();
  for (Dependency& dependency : map.dependencies) {
    map.refs.push_back(map.client.lower(map.graph, dependency, map.keep));
  }
  map.dependencies.clear();
  GraphBuilder::Task task;
  if (!map.options.key.empty()) {
    task.key = combine(hash_text(map.options.key), map.item);
    task.group = map.options.key;
  } else if (!map.options.pure) {
    task.key = unique_key();
  }
  task.function = &map.function;
  task.dependencies = map.refs;
  task.arguments = writer_.bytes();
  task.options = map.chosen ? &*map.chosen : nullptr;
  task.output_bytes = map.options.output_bytes;
  task.scratch_bytes = map.options.scratch_bytes;
  map.wanted.push_back(map.graph.add(task));
  map.bytes += writer_.bytes().size();
  writer_.clear();
  ++map.item;
  if (map.wanted.size() >= kTasksPerGraph || map.bytes >= (16u << 20)) map.submit();
}

std::vector<AnyFuture> MapBuilder::finish() {
  impl_->submit();
  return std::move(impl_->futures);
}

void throw_map_lengths(std::size_t one, std::size_t other) {
  throw ValueError(fmt::format(
      "map walks its vectors in step, but one has {} elements and another {}", one, other));
}

}  // namespace tartan::client
