// GraphBuilder: columns in insertion order, one hash look-up per task to find duplicates, and
// tables of the few distinct functions, groups and options, remembered from task to task.

#include <algorithm>
#include <core/graph/intern.hpp>
#include <core/graph/key_set.hpp>
#include <core/graph/order.hpp>
#include <limits>
#include <numeric>
#include <tartan/base/assert.hpp>
#include <tartan/graph/graph.hpp>

namespace tartan {

using graph::FunctionTable;
using graph::GroupTable;
using graph::KeySet;
using graph::OptionsTable;

namespace {

/// Marks an external key's number in the builder's dependency column.
constexpr std::uint32_t kExternalBit = 0x80000000;
constexpr std::uint32_t kUnused = 0xFFFFFFFF;

/// Same function, same arguments, same dependencies: same key.
Key derived_key(Key function, std::span<const std::byte> arguments) {
  return combine(function, hash_bytes(arguments));
}

/// Keeps the table entries in use, in the order of first use, and renumbers the column.
template <class T>
std::vector<T> keep_used(std::vector<T>& table, std::vector<std::uint32_t>& column) {
  std::vector<std::uint32_t> number(table.size(), kUnused);
  std::vector<T> used;
  for (std::uint32_t& entry : column) {
    if (number[entry] == kUnused) {
      number[entry] = static_cast<std::uint32_t>(used.size());
      used.push_back(std::move(table[entry]));
    }
    entry = number[entry];
  }
  return used;
}

std::vector<std::uint32_t> count_within_groups(const std::vector<std::uint32_t>& group,
                                               std::size_t groups) {
  std::vector<std::uint32_t> next(groups, 0);
  std::vector<std::uint32_t> index(group.size());
  for (std::size_t i = 0; i < group.size(); ++i) index[i] = next[group[i]]++;
  return index;
}

}  // namespace

struct GraphBuilder::Impl {
  FunctionTable functions;
  GroupTable groups;
  OptionsTable options;

  Graph columns;  ///< in insertion order; external dependencies carry kExternalBit
  std::vector<Key> externals;
  std::vector<std::uint8_t> wanted;
  KeySet by_key{&columns.keys};
  KeySet external_by_key{&externals};

  Impl() {
    columns.dep_offsets.push_back(0);
    columns.arg_offsets.push_back(0);
  }

  std::uint32_t number(const Ref& ref) const {
    return ref.external_ ? ref.index_ | kExternalBit : ref.index_;
  }
  Key key_of(const Ref& ref) const {
    return ref.external_ ? externals[ref.index_] : columns.keys[ref.index_];
  }
  Key key_for(const Task& task, Key function) const;
  void append(const Task& task, std::uint32_t function);
  void mark_needed(std::vector<std::uint8_t>& needed) const;
  Graph keep(const std::vector<std::uint8_t>& needed);
  void rename_dependencies(Graph& graph, const std::vector<std::uint32_t>& new_number);
};

GraphBuilder::GraphBuilder() : impl_(std::make_unique<Impl>()) {}
GraphBuilder::~GraphBuilder() = default;
GraphBuilder::GraphBuilder(GraphBuilder&&) noexcept = default;
GraphBuilder& GraphBuilder::operator=(GraphBuilder&&) noexcept = default;

Key GraphBuilder::Impl::key_for(const Task& task, Key function) const {
  Key key = derived_key(function, task.arguments);
  for (const Ref& ref : task.dependencies) key = combine(key, key_of(ref));
  return key;
}

void GraphBuilder::Impl::append(const Task& task, std::uint32_t function) {
  Graph& c = columns;
  c.function.push_back(function);
  c.group.push_back(groups.intern(task.group.empty() ? task.function->name : task.group));
  c.option.push_back(options.intern(task.options));
  for (const Ref& ref : task.dependencies) c.deps.push_back(number(ref));
  c.dep_offsets.push_back(static_cast<std::uint32_t>(c.deps.size()));
  c.args.insert(c.args.end(), task.arguments.begin(), task.arguments.end());
  c.arg_offsets.push_back(c.args.size());
  c.output_bytes.push_back(task.output_bytes);
  c.scratch_bytes.push_back(task.scratch_bytes);
  wanted.push_back(0);
}

GraphBuilder::Ref GraphBuilder::add(const Task& task) {
  TARTAN_ASSERT(task.function != nullptr, "a task needs a function");
  Impl& impl = *impl_;
  auto& keys = impl.columns.keys;
  TARTAN_ASSERT(keys.size() < kExternalBit - 1, "a graph holds fewer than 2^31 tasks");
  TARTAN_ASSERT(impl.columns.deps.size() + task.dependencies.size() < kUnused,
                "a graph holds fewer than 2^32 dependencies");
  const std::uint32_t function = impl.functions.intern(*task.function);
  const Key key = task.key ? task.key : impl.key_for(task, impl.functions.hash(function));
  Ref ref;
  if (const auto* known = impl.external_by_key.find(key)) {
    ref.index_ = *known;
    ref.external_ = true;
    return ref;
  }
  ref.index_ = static_cast<std::uint32_t>(keys.size());
  keys.push_back(key);
  if (!impl.by_key.insert(ref.index_)) {
    keys.pop_back();
    ref.index_ = *impl.by_key.find(key);
    return ref;
  }
  impl.append(task, function);
  return ref;
}

GraphBuilder::Ref GraphBuilder::external(Key key) {
  TARTAN_ASSERT(static_cast<bool>(key), "an external key is not null");
  Ref ref;
  if (const auto* task = impl_->by_key.find(key)) {
    ref.index_ = *task;
    return ref;
  }
  ref.external_ = true;
  if (const auto* known = impl_->external_by_key.find(key)) {
    ref.index_ = *known;
    return ref;
  }
  ref.index_ = static_cast<std::uint32_t>(impl_->externals.size());
  TARTAN_ASSERT(ref.index_ < kExternalBit - 1, "a graph names fewer than 2^31 external keys");
  impl_->externals.push_back(key);
  impl_->external_by_key.insert(ref.index_);
  return ref;
}

Key GraphBuilder::key(Ref ref) const { return impl_->key_of(ref); }

std::size_t GraphBuilder::size() const { return impl_->columns.keys.size(); }

void GraphBuilder::want(Ref ref) {
  if (!ref.external_) impl_->wanted[ref.index_] = 1;
}

// Dependencies were there before their dependents, so one pass backwards finds all that is needed.
void GraphBuilder::Impl::mark_needed(std::vector<std::uint8_t>& needed) const {
  for (std::size_t task = needed.size(); task-- > 0;) {
    if (needed[task] == 0) continue;
    for (const std::uint32_t dep : columns.dependencies(task)) {
      if ((dep & kExternalBit) == 0) needed[dep] = 1;
    }
  }
}

/// Moves the needed tasks into a graph of their own; dependencies keep the builder's numbers.
Graph GraphBuilder::Impl::keep(const std::vector<std::uint8_t>& needed) {
  if (std::all_of(needed.begin(), needed.end(), [](std::uint8_t n) { return n != 0; })) {
    return std::move(columns);
  }
  Graph graph;
  graph.dep_offsets.push_back(0);
  graph.arg_offsets.push_back(0);
  for (std::size_t task = 0; task < needed.size(); ++task) {
    if (needed[task] == 0) continue;
    graph.keys.push_back(columns.keys[task]);
    graph.function.push_back(columns.function[task]);
    graph.group.push_back(columns.group[task]);
    graph.option.push_back(columns.option[task]);
    const auto deps = columns.dependencies(task);
    graph.deps.insert(graph.deps.end(), deps.begin(), deps.end());
    graph.dep_offsets.push_back(static_cast<std::uint32_t>(graph.deps.size()));
    const auto arguments = columns.arguments(task);
    graph.args.insert(graph.args.end(), arguments.begin(), arguments.end());
    graph.arg_offsets.push_back(graph.args.size());
    graph.output_bytes.push_back(columns.output_bytes[task]);
    graph.scratch_bytes.push_back(columns.scratch_bytes[task]);
  }
  return graph;
}

/// From the builder's numbers to the graph's, with the external keys that are left.
void GraphBuilder::Impl::rename_dependencies(Graph& graph,
                                             const std::vector<std::uint32_t>& new_number) {
  const auto size = static_cast<std::uint32_t>(graph.size());
  std::vector<std::uint32_t> external_number(externals.size(), kUnused);
  for (std::uint32_t& dep : graph.deps) {
    if ((dep & kExternalBit) == 0) {
      dep = new_number[dep];
      continue;
    }
    std::uint32_t& number = external_number[dep & ~kExternalBit];
    if (number == kUnused) {
      number = size + static_cast<std::uint32_t>(graph.external_keys.size());
      graph.external_keys.push_back(externals[dep & ~kExternalBit]);
    }
    dep = number;
  }
}

Graph GraphBuilder::build() {
  Impl& impl = *impl_;
  const std::size_t added = size();
  std::vector<std::uint8_t> needed = impl.wanted;
  impl.mark_needed(needed);
  std::vector<std::uint32_t> new_number(added);
  std::exclusive_scan(needed.begin(), needed.end(), new_number.begin(), std::uint32_t{0});

  Graph graph = impl.keep(needed);
  for (std::size_t task = 0; task < added; ++task) {
    if (impl.wanted[task] != 0) graph.wanted.push_back(new_number[task]);
  }
  impl.rename_dependencies(graph, new_number);
  graph.functions = keep_used(impl.functions.entries(), graph.function);
  graph.groups = keep_used(impl.groups.entries(), graph.group);
  graph.options = keep_used(impl.options.entries(), graph.option);
  if (graph.options.empty()) graph.options.emplace_back();
  graph.group_index = count_within_groups(graph.group, graph.groups.size());
  auto rank = depth_first_rank(graph.dep_offsets, graph.deps, graph.output_bytes);
  TARTAN_ASSERT(rank.has_value(), "a builder's dependencies point backwards, so there is no cycle");
  graph.rank = std::move(*rank);
  *this = GraphBuilder();
  return graph;
}

}  // namespace tartan
