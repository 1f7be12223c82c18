#pragma once

// The scheduler's JSON about its workers, as far as a client needs it.

#include <cstdint>
#include <map>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <vector>

namespace tartan::client {

struct WorkerEntry {
  std::uint32_t id = 0;
  std::string name;
  std::string data_address;
  std::string host;
  std::uint32_t nthreads = 0;
  std::uint64_t memory_limit = 0;
  bool leaving = false;  ///< it is about to be retired: nothing is put there any more
};

/// Reads the answer to InfoRequest "workers": an array of objects, or an object with such an
/// array under "workers". Fields that are absent keep their defaults.
Result<std::vector<WorkerEntry>> parse_workers(const std::string& json);

/// Reads an object of arrays of strings.
Result<std::map<std::string, std::vector<std::string>>> parse_lists(const std::string& json);
/// A key from its 32 hexadecimal digits, as Key::to_string() writes them; null when they are not.
Key parse_key(const std::string& text);

}  // namespace tartan::client
