#pragma once

// The tables of a graph under construction: each distinct function, group name and set of options
// once, found again from task to task by comparing with the last one first. Not thread-safe.

#include <cstdint>
#include <string>
#include <tartan/graph/graph.hpp>
#include <tsl/robin_map.h>
#include <unordered_map>
#include <vector>

namespace tartan::graph {

class FunctionTable {
 public:
  std::uint32_t intern(const FunctionInfo& info);
  /// The hash of entry `index`, which goes into derived keys.
  Key hash(std::uint32_t index) const { return hashes_[index]; }
  std::vector<FunctionRef>& entries() { return entries_; }

 private:
  std::vector<FunctionRef> entries_;
  std::vector<Key> hashes_;
  tsl::robin_map<Key, std::uint32_t> by_hash_;
  tsl::robin_map<const FunctionInfo*, std::uint32_t> by_info_;
  const FunctionInfo* last_info_ = nullptr;
  std::uint32_t last_ = 0;
};

class GroupTable {
 public:
  std::uint32_t intern(std::string_view name);
  std::vector<std::string>& entries() { return entries_; }

 private:
  std::vector<std::string> entries_;
  tsl::robin_map<Key, std::uint32_t> by_hash_;
  std::uint32_t last_ = 0;
};

class OptionsTable {
 public:
  /// nullptr stands for the defaults.
  std::uint32_t intern(const TaskOptions* options);
  std::vector<TaskOptions>& entries() { return entries_; }

 private:
  std::uint32_t find_or_add(const TaskOptions& options);

  std::vector<TaskOptions> entries_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
  std::uint32_t last_ = 0;
};

}  // namespace tartan::graph
