// The static order of a graph, in linear time and without recursion.
//
// From each sink in turn a depth-first walk runs a task's dependencies one whole subtree after
// the other, the one that needs most results alive at once first (Sethi and Ullman 1970, kept to
// the first place so that the rest stay in insertion order). Three short cuts make results die
// early where subtrees share them: a task all of whose few dependents have become ready is
// followed by them at once, and so is the last remaining dependent of a result, and so are all
// dependents, however many, whose results together take no more bytes than the one they free: the
// pieces that a block is cut into are cut out while it is there.

#include <algorithm>
#include <core/graph/order.hpp>
#include <fmt/format.h>
#include <numeric>
#include <tartan/graph/graph.hpp>

namespace tartan {
namespace {

using Index = std::uint32_t;

/// Up to this many dependents are run right after the result they read.
constexpr Index kFewDependents = 4;

/// The dependency columns, cut to the dependencies inside the graph, and the same edges reversed.
class Edges {
 public:
  Edges(std::span<const Index> offsets, std::span<const Index> deps)
      : offsets_(offsets), deps_(deps), size_(static_cast<Index>(offsets.size() - 1)) {
    reverse_offsets_.assign(size_ + std::size_t{1}, 0);
    for (const Index dep : deps) {
      if (dep < size_) ++reverse_offsets_[dep + 1];
    }
    std::partial_sum(reverse_offsets_.begin(), reverse_offsets_.end(), reverse_offsets_.begin());
    reverse_.resize(reverse_offsets_.back());
    std::vector<Index> cursor(reverse_offsets_.begin(), reverse_offsets_.end() - 1);
    for (Index task = 0; task < size_; ++task) {
      for (const Index dep : dependencies(task)) {
        if (dep < size_) reverse_[cursor[dep]++] = task;
      }
    }
  }

  Index size() const { return size_; }
  bool inside(Index dep) const { return dep < size_; }
  std::span<const Index> dependencies(Index task) const {
    return deps_.subspan(offsets_[task], offsets_[task + 1] - offsets_[task]);
  }
  std::span<const Index> dependents(Index task) const {
    return {reverse_.data() + reverse_offsets_[task],
            reverse_offsets_[task + 1] - reverse_offsets_[task]};
  }
  /// For each task the number of its dependencies inside the graph.
  std::vector<Index> dependency_counts() const {
    std::vector<Index> counts(size_);
    for (Index task = 0; task < size_; ++task) {
      const auto list = dependencies(task);
      counts[task] = static_cast<Index>(
          std::count_if(list.begin(), list.end(), [this](Index dep) { return inside(dep); }));
    }
    return counts;
  }

 private:
  std::span<const Index> offsets_;
  std::span<const Index> deps_;
  Index size_;
  std::vector<Index> reverse_offsets_;
  std::vector<Index> reverse_;
};

/// Every task after its dependencies (Kahn 1962); shorter than the graph when there is a cycle.
std::vector<Index> topological_order(const Edges& edges, std::vector<Index>& missing) {
  std::vector<Index> order;
  order.reserve(edges.size());
  for (Index task = 0; task < edges.size(); ++task) {
    if (missing[task] == 0) order.push_back(task);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const Index dependent : edges.dependents(order[next])) {
      if (--missing[dependent] == 0) order.push_back(dependent);
    }
  }
  return order;
}

/// A task on a cycle: following unfinished dependencies from an unfinished task must end on one.
Index task_on_cycle(const Edges& edges, const std::vector<Index>& missing) {
  Index task = 0;
  while (missing[task] == 0) ++task;
  for (Index step = 0; step < edges.size(); ++step) {
    for (const Index dep : edges.dependencies(task)) {
      if (edges.inside(dep) && missing[dep] != 0) {
        task = dep;
        break;
      }
    }
  }
  return task;
}

/// How many results have to be alive at once to run each task's subtree on its own, taking
/// shared subtrees for separate ones, and the dependency to start with.
struct Needs {
  std::vector<Index> alive;
  std::vector<Index> first;  ///< position in the task's dependency list
};

Needs measure(const Edges& edges, const std::vector<Index>& order) {
  Needs needs;
  needs.alive.assign(edges.size(), 1);
  needs.first.assign(edges.size(), 0);
  for (const Index task : order) {
    const auto list = edges.dependencies(task);
    Index most = 0;
    for (Index i = 0; i < list.size(); ++i) {
      if (edges.inside(list[i]) && needs.alive[list[i]] > most) {
        most = needs.alive[list[i]];
        needs.first[task] = i;
      }
    }
    Index alive = std::max<Index>(most, 1);
    Index held = most == 0 ? 0 : 1;
    for (Index i = 0; i < list.size(); ++i) {
      if (i == needs.first[task] || !edges.inside(list[i])) continue;
      alive = std::max(alive, held + needs.alive[list[i]]);
      ++held;
    }
    needs.alive[task] = alive;
  }
  return needs;
}

class DepthFirst {
 public:
  DepthFirst(const Edges& edges, Needs needs, std::vector<Index> missing,
             std::span<const std::uint64_t> bytes)
      : edges_(edges), bytes_(bytes), first_(std::move(needs.first)), missing_(std::move(missing)) {
    const Index size = edges.size();
    rank_.assign(size, kUnranked);
    open_.resize(size);
    open_sum_.assign(size, 0);
    for (Index task = 0; task < size; ++task) {
      open_[task] = static_cast<Index>(edges.dependents(task).size());
      for (const Index dependent : edges.dependents(task)) open_sum_[task] ^= dependent;
    }
  }

  std::vector<Index> run() {
    for (Index task = 0; task < edges_.size(); ++task) {
      if (edges_.dependents(task).empty()) walk(task);
    }
    return std::move(rank_);
  }

 private:
  static constexpr Index kUnranked = 0xFFFFFFFF;
  struct Frame {
    Index task;
    Index next;  ///< how many dependencies have been looked at
  };

  void walk(Index sink) {
    if (rank_[sink] != kUnranked) return;
    stack_.push_back({sink, 0});
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const Index task = frame.task;
      const auto list = edges_.dependencies(task);
      if (rank_[task] != kUnranked || frame.next == list.size()) {
        stack_.pop_back();
        emit(task);
        continue;
      }
      const Index dep = list[visiting_position(task, frame.next++)];
      if (edges_.inside(dep) && rank_[dep] == kUnranked) stack_.push_back({dep, 0});
    }
  }

  /// The dependency to start with comes first, the others keep their order.
  Index visiting_position(Index task, Index step) const {
    const Index first = first_[task];
    if (step == 0) return first;
    return step <= first ? step - 1 : step;
  }

  /// Gives the task the next rank, and then every task it makes worth running at once.
  void emit(Index start) {
    ready_.push_back(start);
    while (!ready_.empty()) {
      const Index task = ready_.back();
      ready_.pop_back();
      if (rank_[task] != kUnranked) continue;
      rank_[task] = next_rank_++;
      for (const Index dep : edges_.dependencies(task)) {
        if (edges_.inside(dep)) close(dep, task);
      }
      const auto dependents = edges_.dependents(task);
      for (const Index dependent : dependents) --missing_[dependent];
      if ((dependents.size() <= kFewDependents || take_its_place(task, dependents)) &&
          std::all_of(dependents.begin(), dependents.end(), [this](Index i) { return ready(i); })) {
        ready_.insert(ready_.end(), dependents.rbegin(), dependents.rend());
      }
    }
  }

  /// One reader of `dep` has run; when a single one is left and could run, it ends `dep`'s life.
  void close(Index dep, Index reader) {
    open_sum_[dep] ^= reader;
    if (--open_[dep] == 1 && ready(open_sum_[dep])) ready_.push_back(open_sum_[dep]);
  }

  bool ready(Index task) const { return missing_[task] == 0; }

  /// Whether the dependents' results take no more room than the task's. Each visits a task's
  /// dependents once, so the order stays linear in time.
  bool take_its_place(Index task, std::span<const Index> dependents) const {
    if (bytes_.empty() || bytes_[task] == 0) return false;
    std::uint64_t sum = 0;
    for (const Index dependent : dependents) {
      if (bytes_[dependent] == 0 || bytes_[dependent] > bytes_[task] - sum) return false;
      sum += bytes_[dependent];
    }
    return true;
  }

  const Edges& edges_;
  std::span<const std::uint64_t> bytes_;  ///< of the results; empty when nobody knows
  std::vector<Index> first_;
  std::vector<Index> missing_;   ///< dependencies inside the graph that have no rank yet
  std::vector<Index> open_;      ///< dependents that have no rank yet ...
  std::vector<Index> open_sum_;  ///< ... and the XOR of their numbers: the last one's, in the end
  std::vector<Index> rank_;
  std::vector<Frame> stack_;
  std::vector<Index> ready_;
  Index next_rank_ = 0;
};

}  // namespace

Result<std::vector<std::uint32_t>> depth_first_rank(std::span<const std::uint32_t> dep_offsets,
                                                    std::span<const std::uint32_t> deps,
                                                    std::span<const std::uint64_t> bytes) {
  if (dep_offsets.size() < 2) return std::vector<std::uint32_t>{};
  const auto size = static_cast<Index>(dep_offsets.size() - 1);
  if (deps.empty()) {
    std::vector<Index> identity(size);
    std::iota(identity.begin(), identity.end(), 0);
    return identity;
  }
  const Edges edges(dep_offsets, deps);
  const std::vector<Index> counts = edges.dependency_counts();
  std::vector<Index> missing = counts;
  const std::vector<Index> order = topological_order(edges, missing);
  if (order.size() < size) {
    return Error(Errc::cycle, fmt::format("task {} of the graph needs its own result, through its "
                                          "dependencies; remove one of them",
                                          task_on_cycle(edges, missing)));
  }
  return DepthFirst(edges, measure(edges, order), counts, bytes).run();
}

Result<std::vector<std::uint32_t>> depth_first_rank(std::span<const std::uint32_t> dep_offsets,
                                                    std::span<const std::uint32_t> deps) {
  return depth_first_rank(dep_offsets, deps, {});
}

}  // namespace tartan
