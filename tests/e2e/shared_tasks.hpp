#pragma once

// Task functions of the end-to-end tests that share things by name, in the module e2e_tasks.so too.

#include <cstdint>
#include <string>

namespace e2e {

/// Adds one to the number in the file so many times, each time under the lock "count".
std::int64_t count_in_file(const std::string& file, std::int64_t times, std::int64_t salt);
/// Takes the lock "task" and, when the log is empty, writes its process id there and never ends.
std::int64_t hold_at_first(const std::string& log);

}  // namespace e2e
