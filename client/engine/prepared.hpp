#pragma once

// A Call with its small arguments encoded, its other arguments listed as dependencies: what is
// common to submit, map and delayed on their way into a graph.

#include <client/engine/backend.hpp>
#include <optional>
#include <tartan/client/call.hpp>
#include <tartan/graph/graph.hpp>
#include <variant>
#include <vector>

namespace tartan::client {

/// Arguments above this size are scattered instead of travelling inside the graph.
inline constexpr std::size_t kInlineArgumentBytes = 64 << 10;

struct Dependency {
  Key key;
  std::variant<AnyFuture, DelayedNodePtr, Value> source;
};

/// Writes the arguments of one task.
class ArgumentCollector {
 public:
  ArgumentCollector(ArgumentWriter& writer, std::vector<Dependency>& dependencies)
      : writer_(writer), dependencies_(dependencies) {}

  void add(Argument argument);

 private:
  void depend(Dependency dependency);

  ArgumentWriter& writer_;
  std::vector<Dependency>& dependencies_;
};

struct Prepared {
  const FunctionInfo* function = nullptr;
  std::string group;                   ///< empty: the function's name
  Key key;                             ///< null: to be derived
  std::optional<TaskOptions> options;  ///< nothing: the defaults
  std::uint64_t output_bytes = 0;
  std::uint64_t scratch_bytes = 0;
  std::vector<std::byte> arguments;
  std::vector<Dependency> dependencies;

  GraphBuilder::Ref add_to(GraphBuilder& graph, std::span<const GraphBuilder::Ref> refs) const;
};

Prepared prepare(Call call);
std::optional<TaskOptions> task_options(const Options& options);

/// A task that has not been submitted. Immutable; nodes form a graph without cycles because a node
/// is made after its arguments.
struct DelayedNode {
  explicit DelayedNode(Prepared prepared);
  ~DelayedNode();
  DelayedNode(const DelayedNode&) = delete;
  DelayedNode& operator=(const DelayedNode&) = delete;

  Prepared task;
};

}  // namespace tartan::client
