#pragma once

// What this process costs, for heartbeats.

#include <cstdint>
#include <tartan/base/time.hpp>

namespace tartan::worker {

/// Bytes of physical memory a process has, from /proc/<pid>/statm; 0 when it cannot be read.
/// pid 0: this one.
std::uint64_t resident_bytes(int pid = 0);
/// Gives memory that nobody uses back to the system: the buffers' pool and the allocator's.
void trim_memory();

/// Busy cores between two calls.
class CpuMeter {
 public:
  double busy_cores(Time now);

 private:
  Time last_{};
  Duration used_{};
};

}  // namespace tartan::worker
