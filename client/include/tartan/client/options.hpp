#pragma once

// What a caller may say about one task, or about every task of one map.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tartan {

struct Options {
  std::uint32_t retries = 0;                     ///< further attempts after an exception
  std::int32_t priority = 0;                     ///< higher runs first
  std::vector<std::string> workers = {};         ///< names or addresses it may run on; empty: any
  std::map<std::string, double> resources = {};  ///< amounts it holds while it runs
  /// Bytes of its result, and of memory it needs besides while it runs; 0: not known. Workers are
  /// given what they can hold; a task no worker can ever hold fails at once.
  std::uint64_t output_bytes = 0;
  std::uint64_t scratch_bytes = 0;
  /// A run that takes longer fails with a TaskError (code timeout) that says so, waits for other
  /// tasks included; its token (TaskContext::is_cancelled) is set. 0: no limit. The inline executor
  /// does not enforce it.
  double timeout_seconds = 0;
  /// Names the task: equal keys are one task. Empty: derived from function and arguments. In a
  /// map the item's number is added.
  std::string key = {};
  /// A pure task with the same function and arguments is computed once, and shared. Say false for
  /// functions that read files, clocks or random devices.
  bool pure = true;
};

}  // namespace tartan
