#pragma once

// Random graphs whose results are easy to check: a task mixes its arguments to a number, some
// results are padded beyond what control messages carry, some tasks always throw. The oracle runs
// the same graph serially.

#include <map>
#include <set>
#include <tartan/base/key.hpp>
#include <tartan/base/random.hpp>
#include <tartan/graph/graph.hpp>
#include <vector>

namespace tartan::sim {

/// A result: the number, and padding that makes it large.
using Mixed = std::vector<std::uint64_t>;

/// What a serial run gives for a key.
struct Expected {
  bool fails = false;
  std::uint64_t number = 0;
};

class Workload {
 public:
  explicit Workload(std::uint64_t seed) : random_(seed) {}

  /// A graph of a random shape; some tasks depend on the keys of `earlier`, which the client
  /// holds. Its wanted keys are added to the oracle.
  Graph make_graph(const std::vector<Key>& earlier);
  const Expected& expected(Key key) const { return oracle_.at(key); }

 private:
  struct Draft;
  void tree(Draft& draft);
  void chain(Draft& draft);
  void layers(Draft& draft);
  void map(Draft& draft);
  GraphBuilder::Ref task(Draft& draft, std::vector<GraphBuilder::Ref> dependencies);

  Random random_;
  std::uint64_t made_ = 0;
  std::map<Key, Expected> oracle_;
};

}  // namespace tartan::sim
