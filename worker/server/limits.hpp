#pragma once

// How many bytes of values a worker may hold, from what people write.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tartan/base/error.hpp>

namespace tartan::worker {

struct Machine {
  std::uint64_t memory_bytes = 0;
  std::uint32_t cores = 1;
};

/// What this process may use: physical memory or its control group's limit, whichever is less;
/// the cores it may be scheduled on.
Machine this_machine();

/// "auto" (the machine's memory, by this worker's share of its cores), a fraction ("0.5"), a size
/// ("4GiB", "2GB", bare bytes above 1), or "none". Returns bytes; 0 means no limit. config names
/// the text when it is none of these.
Result<std::uint64_t> parse_memory_limit(std::string_view text, std::uint32_t nthreads,
                                         const Machine& machine);

/// "a=2,b=0.5" as amounts.
Result<std::map<std::string, double>> parse_resources(std::string_view text);

}  // namespace tartan::worker
