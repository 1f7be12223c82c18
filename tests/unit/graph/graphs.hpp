#pragma once

// Small helpers of the graph tests: made-up functions, and what an order costs in memory.

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <tartan/graph/graph.hpp>
#include <vector>

namespace tartan::test {

inline FunctionInfo function_named(const std::string& name) {
  FunctionInfo info;
  info.ref.module = Key{1, 2};
  info.ref.symbol = name;
  info.name = name;
  return info;
}

/// Adds a task of its own key.
inline GraphBuilder::Ref add_task(GraphBuilder& builder, const FunctionInfo& function,
                                  const std::vector<GraphBuilder::Ref>& dependencies = {}) {
  return builder.add({.key = Key{77, builder.size() + 1},
                      .function = &function,
                      .group = {},
                      .dependencies = dependencies,
                      .arguments = {}});
}

/// The tasks in the order of their ranks.
inline std::vector<std::uint32_t> in_order(const std::vector<std::uint32_t>& rank) {
  std::vector<std::uint32_t> order(rank.size());
  for (std::uint32_t task = 0; task < rank.size(); ++task) order[rank[task]] = task;
  return order;
}

/// How many results are alive at most when one thread runs the graph in rank order and drops a
/// result after its last reader. Wanted results stay, but are not counted.
inline std::size_t most_alive(const Graph& graph) {
  std::vector<std::size_t> readers(graph.size(), 0);
  for (const std::uint32_t dep : graph.deps) {
    if (dep < graph.size()) ++readers[dep];
  }
  std::size_t alive = 0;
  std::size_t most = 0;
  for (const std::uint32_t task : in_order(graph.rank)) {
    if (readers[task] > 0) ++alive;
    most = std::max(most, alive);
    for (const std::uint32_t dep : graph.dependencies(task)) {
      if (dep < graph.size() && --readers[dep] == 0) --alive;
    }
  }
  return most;
}

}  // namespace tartan::test
