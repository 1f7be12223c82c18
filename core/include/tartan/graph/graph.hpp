#pragma once

// A task graph in columns. Tasks are numbered 0..size()-1 in the order they were added; a
// dependency is a number below size(), or size() + j for external key j (a task the scheduler
// already knows). This is also the layout on the wire: no strings and no objects per task.
//
// Invariants (checked by validate(), and by the decoder before anything is believed)
// 1. Every per-task column has size() entries, every offsets column size() + 1, non-decreasing,
//    starting at 0 and ending at the length of what it indexes.
// 2. Every index is in range; the tasks form no cycle; keys are distinct.
// 3. rank is a permutation of 0..size()-1 that respects dependencies: the order in which one
//    thread would run the graph depth first.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/function.hpp>
#include <vector>

namespace tartan {

/// How a task is to be run; shared by many tasks of a graph.
struct TaskOptions {
  std::uint32_t retries = 0;                 ///< further attempts after an exception
  std::int32_t priority = 0;                 ///< higher first
  std::vector<std::string> workers;          ///< names or addresses it may run on; empty: any
  std::map<std::string, double> resources;   ///< amounts it holds while running
  std::uint64_t timeout_ns = 0;              ///< a longer run fails; 0: none
  bool actor = false;                        ///< the result is one object that is never made anew
  friend bool operator==(const TaskOptions&, const TaskOptions&) = default;
};

struct Graph {
  std::vector<FunctionRef> functions;
  std::vector<std::string> groups;
  std::vector<TaskOptions> options;  ///< at least one entry

  std::vector<Key> keys;
  std::vector<std::uint32_t> function;      ///< index into functions
  std::vector<std::uint32_t> group;         ///< index into groups
  std::vector<std::uint32_t> group_index;   ///< the 17 of `kmeans_assign[17]`
  std::vector<std::uint32_t> option;        ///< index into options
  std::vector<std::uint32_t> rank;
  std::vector<std::uint32_t> dep_offsets;
  std::vector<std::uint32_t> deps;
  std::vector<std::uint64_t> arg_offsets;
  std::vector<std::byte> args;              ///< ArgumentWriter blobs, one per task
  std::vector<std::uint64_t> output_bytes;  ///< declared size of the result; 0: not known
  std::vector<std::uint64_t> scratch_bytes; ///< declared temporary memory; 0: not known

  std::vector<Key> external_keys;
  std::vector<std::uint32_t> wanted;  ///< tasks whose results the client holds futures for

  std::size_t size() const { return keys.size(); }
  std::span<const std::uint32_t> dependencies(std::size_t task) const {
    return {deps.data() + dep_offsets[task], dep_offsets[task + 1] - dep_offsets[task]};
  }
  std::span<const std::byte> arguments(std::size_t task) const {
    return {args.data() + arg_offsets[task],
            static_cast<std::size_t>(arg_offsets[task + 1] - arg_offsets[task])};
  }
  /// The key dependency number `dep` refers to, inside or outside the graph.
  Key dependency_key(std::uint32_t dep) const {
    return dep < size() ? keys[dep] : external_keys[dep - size()];
  }
  Result<> validate() const;
};

/// Builds a Graph task by task. Not thread-safe.
class GraphBuilder {
 public:
  /// A task inside the builder, or a key known to the scheduler.
  class Ref {
   public:
    Ref() = default;

   private:
    friend class GraphBuilder;
    std::uint32_t index_ = 0;
    bool external_ = false;
  };

  struct Task {
    Key key;                                 ///< null: derived from function, arguments, deps
    const FunctionInfo* function = nullptr;
    std::string_view group;                  ///< empty: the function's name
    std::span<const Ref> dependencies;
    std::span<const std::byte> arguments;    ///< an ArgumentWriter's bytes
    std::uint64_t output_bytes = 0;
    std::uint64_t scratch_bytes = 0;
    const TaskOptions* options = nullptr;    ///< null: defaults
  };

  GraphBuilder();
  ~GraphBuilder();
  GraphBuilder(GraphBuilder&&) noexcept;
  GraphBuilder& operator=(GraphBuilder&&) noexcept;

  /// Adds a task; a task whose key is already here is returned instead of added.
  Ref add(const Task& task);
  /// A result the scheduler knows under this key.
  Ref external(Key key);
  Key key(Ref ref) const;
  std::size_t size() const;

  /// Marks a task's result as wanted by the client.
  void want(Ref ref);
  /// Drops tasks no wanted one needs, orders the rest depth first (linear time), and empties the
  /// builder. Wanted external refs do not appear in the graph.
  Graph build();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Depth-first order of a graph given as CSR dependency columns; external dependencies (numbers
/// >= task count) are ignored. cycle names a task on one.
Result<std::vector<std::uint32_t>> depth_first_rank(std::span<const std::uint32_t> dep_offsets,
                                                    std::span<const std::uint32_t> deps);

}  // namespace tartan
