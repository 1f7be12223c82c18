#pragma once

// What Client's operations on a running cluster are told and answer.

#include <chrono>
#include <cstdint>
#include <string>

namespace tartan {

struct RetireOptions {
  bool close = true;  ///< false: the worker is only emptied, and gets nothing more
  /// A worker that is not empty by then goes on working.
  std::chrono::nanoseconds timeout{std::chrono::minutes(5)};
};

/// The tasks of one group (tasks made from one function, as people see them) by their state.
struct GroupProgress {
  std::string name;
  std::uint64_t total = 0;
  std::uint64_t released = 0;    ///< not being made
  std::uint64_t waiting = 0;     ///< for other tasks
  std::uint64_t queued = 0;      ///< ready, and waiting for a worker
  std::uint64_t processing = 0;  ///< given to a worker
  std::uint64_t memory = 0;      ///< done, their results exist
  std::uint64_t erred = 0;
  double mean_seconds = 0;   ///< a moving average; 0 while none has been measured
  std::uint64_t nbytes = 0;  ///< of the results that exist
};

}  // namespace tartan
