#pragma once

// What passes between the store, which decides, and the spiller, which reads and writes: orders
// and their results. A file is known by a number that is never used again.

#include <cstdint>
#include <string>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>

namespace tartan::worker {

enum class DiskTask : std::uint8_t { write, read, remove };

struct DiskOrder {
  DiskTask task = DiskTask::write;
  Key key;
  std::uint64_t file = 0;
  Value value = {};  ///< to be written
};

/// Removals have none.
struct DiskResult {
  DiskTask task = DiskTask::write;
  Key key;
  std::uint64_t file = 0;
  Value value = {};          ///< that was read
  std::string problem = {};  ///< empty: done. Names the file
  bool unwritable = false;   ///< the value itself cannot be encoded; the disk is not to blame
};

}  // namespace tartan::worker
