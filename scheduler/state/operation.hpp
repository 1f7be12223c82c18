#pragma once

// What operators ask of a running cluster, while it is under way.
//
// A *copy* is a value that one worker was told to fetch from another and to keep. It ends when the
// worker says that it has the value; until then it is asked for again, and nothing is dropped on
// account of it. Operations are known by the id their clients gave them, so that one that is asked
// for twice is one; those that are done are remembered for a while with their answers.

#include <core/wire/messages.hpp>
#include <scheduler/state/ids.hpp>
#include <set>
#include <tartan/base/key.hpp>
#include <tartan/base/time.hpp>
#include <utility>
#include <vector>

namespace tartan::scheduler {

/// Named by the key and the worker that is to have it.
using CopyId = std::pair<Key, WorkerId>;

struct Copy {
  WorkerId holder = kNoWorker;      ///< it is read from
  WorkerId instead_of = kNoWorker;  ///< loses its own copy when this one is there
  std::uint64_t nbytes = 0;
  Duration patience{};  ///< before it is asked for again; doubles
  Time again{};
  std::uint32_t tries = 0;
};

/// Of values that are to have several copies.
struct Wish {
  std::uint64_t copies = 0;  ///< 0: one on every worker
};

/// A worker that an operation empties or restarts.
struct Parting {
  WorkerId worker = kNoWorker;
  std::string name;
  bool told = false;  ///< to end
  bool over = false;
  WorkerId successor = kNoWorker;  ///< of one that is started anew
  std::string outcome;
};

struct Operation {
  wire::Administer wish;
  ClientId client = 0;  ///< who asked last
  Time began{};
  Time deadline{};
  bool done = false;
  wire::Administered answer;

  std::vector<Parting> partings;  ///< retire, restart
  std::set<Key> open;             ///< replicate: values that lack copies
  std::set<CopyId> moves;         ///< rebalance: under way
  std::uint64_t moved = 0;        ///< rebalance: values
  std::uint32_t rounds = 0;       ///< rebalance: plans made
};

}  // namespace tartan::scheduler
