#pragma once

// What this process costs, for heartbeats.

#include <cstdint>
#include <tartan/base/time.hpp>

namespace tartan::worker {

/// Bytes of physical memory the process has, from /proc/self/statm; 0 when it cannot be read.
std::uint64_t resident_bytes();

/// Busy cores between two calls.
class CpuMeter {
 public:
  double busy_cores(Time now);

 private:
  Time last_{};
  Duration used_{};
};

}  // namespace tartan::worker
