#pragma once

// The scheduler's JSON about its workers, as far as a client needs it.

#include <cstdint>
#include <string>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan::client {

struct WorkerEntry {
  std::uint32_t id = 0;
  std::string name;
  std::string data_address;
  std::string host;
  std::uint32_t nthreads = 0;
  std::uint64_t memory_limit = 0;
};

/// Reads the answer to InfoRequest "workers": an array of objects, or an object with such an
/// array under "workers". Fields that are absent keep their defaults.
Result<std::vector<WorkerEntry>> parse_workers(const std::string& json);

}  // namespace tartan::client
