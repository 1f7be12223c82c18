#pragma once

// Tasks of one step of a fit, submitted together. A thin skin over GraphBuilder: arguments are
// values, results of this batch, results of earlier ones, or lists of results. Results of earlier
// batches must stay alive until submit().

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <tartan/client/client.hpp>
#include <tartan/graph/graph.hpp>
#include <variant>
#include <vector>

namespace tartan::ml {

class TaskBatch {
 public:
  using Ref = GraphBuilder::Ref;
  using Argument = std::variant<Value, Ref, std::vector<Ref>>;

  explicit TaskBatch(Client& client) : client_(client) {}

  /// A result of an earlier batch.
  Ref use(const AnyFuture& future) { return graph_.external(future.key()); }

  /// A task F(arguments...). group is what people see; output_bytes is declared when known.
  template <auto F>
  Ref add(std::string_view group, const std::vector<Argument>& arguments,
          std::uint64_t output_bytes = 0) {
    return add(task_function<F>(), group, arguments, output_bytes);
  }

  /// Combines the parts in a tree of fixed shape: groups of kFanIn neighbours, level by level.
  template <auto Combine>
  Ref tree(std::string_view group, std::vector<Ref> parts) {
    while (parts.size() > 1) {
      std::vector<Ref> level;
      for (std::size_t i = 0; i < parts.size(); i += kFanIn) {
        const auto end = parts.begin() + static_cast<std::ptrdiff_t>(
                                             std::min(parts.size(), i + kFanIn));
        level.push_back(add<Combine>(
            group, {std::vector<Ref>(parts.begin() + static_cast<std::ptrdiff_t>(i), end)}));
      }
      parts = std::move(level);
    }
    return parts.front();
  }

  std::vector<AnyFuture> submit(const std::vector<Ref>& wanted) {
    return client_.submit(std::move(graph_), wanted);
  }
  /// Submits, waits and fetches.
  std::vector<Value> compute(const std::vector<Ref>& wanted) {
    return client_.gather(submit(wanted));
  }

 private:
  static constexpr std::size_t kFanIn = 8;

  Ref add(const FunctionInfo& function, std::string_view group,
          const std::vector<Argument>& arguments, std::uint64_t output_bytes);

  Client& client_;
  GraphBuilder graph_;
};

}  // namespace tartan::ml
