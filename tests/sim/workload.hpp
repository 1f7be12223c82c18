#pragma once

// Random graphs whose results are easy to check: a task mixes its arguments to a number, some
// results are padded beyond what control messages carry, some tasks always throw, some a few times,
// some kill their worker, run for too long, or wait for tasks of their own. The oracle runs the
// same graph serially.

#include <map>
#include <optional>
#include <set>
#include <sim/modules.hpp>
#include <tartan/base/key.hpp>
#include <tartan/base/random.hpp>
#include <tartan/graph/graph.hpp>
#include <tartan/value/value.hpp>
#include <vector>

namespace tartan::sim {

/// A result: the number, and padding that makes it large.
using Mixed = std::vector<std::uint64_t>;

/// The task: arguments are a seed, its kind, then the dependencies.
Value mixing_task(Arguments& arguments);

/// What a serial run gives for a key.
struct Expected {
  std::uint64_t number = 0;
  bool fails = false;
  bool late = false;       ///< the task or one it needs exceeds its timeout, always
  bool poison = false;     ///< the task or one it needs kills its worker, always
  bool scattered = false;  ///< is scattered data, or needs some: may be lost with its worker
  bool circular = false;   ///< needs itself
  bool actor = false;      ///< the task or one it needs is given an actor: may be lost with that

  bool has_result() const { return !fails && !late && !poison && !circular; }
};

/// What a task does besides mixing, as the simulator plays it.
struct Habit {
  bool poison = false;
  bool late = false;
  bool nests = false;        ///< it waits for a graph of its own
  std::uint32_t throws = 0;  ///< so many times, then it works; it has as many retries

  bool special() const { return poison || late || nests || throws > 0; }
};

struct Troubles {
  bool throws = false;  ///< some tasks always throw
  bool flaky = false;   ///< some throw a few times
  bool late = false;    ///< some exceed their timeouts
  bool nests = false;   ///< some wait for tasks of their own
  bool poison = false;  ///< one kills its worker
  bool large = false;   ///< many results are large enough to be spilled
};

class Workload {
 public:
  explicit Workload(std::uint64_t seed) : random_(seed) {}

  /// A graph of a random shape; some tasks depend on the keys of `earlier`, which the client
  /// holds. Its wanted keys are added to the oracle. Sometimes it is a graph made before, whose
  /// keys another client may hold as well.
  Graph make_graph(const std::vector<Key>& earlier, const Troubles& troubles);
  /// A small one that a task submits; its keys are no other graph's.
  Graph make_nested_graph(const Troubles& troubles);
  /// Two graphs that close a cycle through keys: each needs what the other makes. A serial run has
  /// no result for either.
  std::pair<Graph, Graph> make_cycle();
  /// One task that is given the actor.
  Graph make_visit(Key actor);
  /// A value for scattering.
  std::pair<Key, Value> make_value();
  /// From here on some graphs need a module.
  void use_modules(Random random) { module_random_ = random; }
  /// The module a task's function is to come from; null: that of the program.
  const TaskModule* module(Key key) const;
  const Expected& expected(Key key) const { return oracle_.at(key); }
  /// Nothing special when the key has none.
  Habit habit(Key key) const;
  /// Whether it is so of the key, or of one that it needs, however indirectly.
  template <class Predicate>
  bool any_needed(Key key, Predicate&& is_so) const;

 private:
  friend class Draft;
  void choose_module(Graph& graph);

  Random random_;
  std::optional<Random> module_random_;
  std::uint64_t made_ = 0;
  std::map<Key, Expected> oracle_;
  std::map<Key, Habit> habits_;
  std::map<Key, std::vector<Key>> needs_;
  std::map<Key, const TaskModule*> modules_;
  std::vector<Graph> shared_;  ///< that need nothing from outside
};

/// A graph being drawn; shapes.cpp knows what it may look like.
class Draft {
 public:
  using Ref = GraphBuilder::Ref;

  Draft(Workload& workload, const std::vector<Key>& earlier, const Troubles& troubles)
      : workload_(workload), earlier_(earlier), troubles_(troubles) {}

  Ref add(std::vector<Ref> dependencies);
  Random& random() { return workload_.random_; }
  const std::vector<Ref>& tasks() const { return tasks_; }
  bool self_contained() const { return self_contained_; }
  GraphBuilder& builder() { return builder_; }

 private:
  Workload& workload_;
  const std::vector<Key>& earlier_;
  Troubles troubles_;
  GraphBuilder builder_;
  std::vector<Ref> tasks_;
  bool self_contained_ = true;
};

void draw_shape(Draft& draft);
void draw_small_shape(Draft& draft);

template <class Predicate>
bool Workload::any_needed(Key key, Predicate&& is_so) const {
  std::set<Key> seen{key};
  std::vector<Key> open{key};
  while (!open.empty()) {
    const Key next = open.back();
    open.pop_back();
    if (is_so(next)) return true;
    const auto found = needs_.find(next);
    if (found == needs_.end()) continue;
    for (const Key need : found->second) {
      if (seen.insert(need).second) open.push_back(need);
    }
  }
  return false;
}

}  // namespace tartan::sim
