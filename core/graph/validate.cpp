// What must hold before a graph from outside is believed.

#include <algorithm>
#include <core/graph/key_set.hpp>
#include <fmt/format.h>
#include <tartan/graph/graph.hpp>

namespace tartan {
namespace {

Error bad(std::string message) { return {Errc::malformed, "graph: " + std::move(message)}; }

template <class T>
Result<> has_length(const std::vector<T>& column, std::size_t length, std::string_view name) {
  if (column.size() == length) return {};
  return bad(fmt::format("column {} has {} entries instead of {}", name, column.size(), length));
}

Result<> check_lengths(const Graph& g) {
  const std::size_t n = g.size();
  const std::pair<const std::vector<std::uint32_t>*, std::string_view> columns[] = {
      {&g.function, "function"}, {&g.group, "group"}, {&g.group_index, "group_index"},
      {&g.option, "option"},     {&g.rank, "rank"},
  };
  for (const auto& [column, name] : columns) {
    if (auto ok = has_length(*column, n, name); !ok) return ok;
  }
  if (auto ok = has_length(g.output_bytes, n, "output_bytes"); !ok) return ok;
  if (auto ok = has_length(g.scratch_bytes, n, "scratch_bytes"); !ok) return ok;
  if (auto ok = has_length(g.dep_offsets, n + 1, "dep_offsets"); !ok) return ok;
  if (auto ok = has_length(g.arg_offsets, n + 1, "arg_offsets"); !ok) return ok;
  if (n + g.external_keys.size() >= 0x80000000) return bad("it has more than 2^31 tasks and keys");
  return {};
}

template <class T>
Result<> check_offsets(const std::vector<T>& offsets, std::size_t end, std::string_view name) {
  if (offsets.front() != 0 || offsets.back() != end) {
    return bad(fmt::format("column {} runs from {} to {} instead of 0 to {}", name, offsets.front(),
                           offsets.back(), end));
  }
  const auto fall = std::is_sorted_until(offsets.begin(), offsets.end());
  if (fall == offsets.end()) return {};
  return bad(fmt::format("column {} decreases at entry {}", name, fall - offsets.begin()));
}

Result<> check_indices(const std::vector<std::uint32_t>& column, std::size_t bound,
                       std::string_view name) {
  std::uint32_t largest = 0;
  for (const std::uint32_t index : column) largest = std::max(largest, index);
  if (column.empty() || largest < bound) return {};
  return bad(fmt::format("column {} names entry {}, but there are only {}", name, largest, bound));
}

Result<> check_keys(const Graph& g) {
  graph::KeySet tasks(&g.keys);
  tasks.reserve(g.size());
  for (std::uint32_t i = 0; i < g.size(); ++i) {
    if (!g.keys[i]) return bad(fmt::format("task {} has a null key", i));
    if (!tasks.insert(i)) {
      return bad(fmt::format("task {} has the key {} of another task", i, g.keys[i].to_string()));
    }
  }
  graph::KeySet externals(&g.external_keys);
  for (std::uint32_t i = 0; i < g.external_keys.size(); ++i) {
    const Key key = g.external_keys[i];
    if (!key) return bad(fmt::format("external key {} is null", i));
    if (tasks.contains(key) || !externals.insert(i)) {
      return bad(fmt::format("external key {} is in the graph already: {}", i, key.to_string()));
    }
  }
  return {};
}

Result<> check_wanted(const Graph& g) {
  std::vector<bool> seen(g.size(), false);
  for (const std::uint32_t task : g.wanted) {
    if (seen[task]) return bad(fmt::format("task {} is wanted twice", task));
    seen[task] = true;
  }
  return {};
}

/// A permutation in which every task stands after its dependencies; only then there is no cycle.
Result<> check_rank(const Graph& g) {
  std::vector<bool> seen(g.size(), false);
  for (std::size_t task = 0; task < g.size(); ++task) {
    if (seen[g.rank[task]]) return bad(fmt::format("rank {} is given twice", g.rank[task]));
    seen[g.rank[task]] = true;
  }
  for (std::size_t task = 0; task < g.size(); ++task) {
    for (const std::uint32_t dep : g.dependencies(task)) {
      if (dep >= g.size() || g.rank[dep] < g.rank[task]) continue;
      if (auto order = depth_first_rank(g.dep_offsets, g.deps); !order) return order.error();
      return bad(fmt::format("task {} is ranked before task {}, which it needs", task, dep));
    }
  }
  return {};
}

}  // namespace

Result<> Graph::validate() const {
  if (auto ok = check_lengths(*this); !ok) return ok;
  if (options.empty()) return bad("it has no entry in its table of options");
  if (auto ok = check_offsets(dep_offsets, deps.size(), "dep_offsets"); !ok) return ok;
  if (auto ok = check_offsets(arg_offsets, args.size(), "arg_offsets"); !ok) return ok;
  if (auto ok = check_indices(function, functions.size(), "function"); !ok) return ok;
  if (auto ok = check_indices(group, groups.size(), "group"); !ok) return ok;
  if (auto ok = check_indices(option, options.size(), "option"); !ok) return ok;
  if (auto ok = check_indices(rank, size(), "rank"); !ok) return ok;
  if (auto ok = check_indices(deps, size() + external_keys.size(), "deps"); !ok) return ok;
  if (auto ok = check_indices(wanted, size(), "wanted"); !ok) return ok;
  if (auto ok = check_keys(*this); !ok) return ok;
  if (auto ok = check_wanted(*this); !ok) return ok;
  return check_rank(*this);
}

}  // namespace tartan
