#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <tartan/base/config.hpp>
#include <unistd.h>
#include <worker/server/limits.hpp>

namespace tartan::worker {

namespace {

/// The number in the first file that has one ("max" is none), else `otherwise`.
std::uint64_t group_limit(std::uint64_t otherwise) {
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream file(path);
    std::uint64_t bytes = 0;
    if (file >> bytes && bytes > 0) return std::min(bytes, otherwise);
  }
  return otherwise;
}

bool parse_double(std::string_view text, double& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

Error bad_limit(std::string_view text) {
  return {Errc::config, fmt::format("the memory limit '{}' is not understood; write auto, none, a "
                                    "fraction of the machine's memory (0.5), or a size (4GiB)",
                                    text)};
}

}  // namespace

Machine this_machine() {
  Machine machine;
  auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  machine.memory_bytes = group_limit(pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    machine.cores = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  } else {
    machine.cores = static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  }
  return machine;
}

Result<std::uint64_t> parse_memory_limit(std::string_view text, std::uint32_t nthreads,
                                         const Machine& machine) {
  auto memory = static_cast<double>(machine.memory_bytes);
  if (text == "none" || text == "0") return std::uint64_t{0};
  if (text == "auto") {
    double share = std::min(1.0, static_cast<double>(nthreads) / machine.cores);
    return static_cast<std::uint64_t>(memory * share);
  }
  double number = 0;
  if (parse_double(text, number) && number <= 1) {
    if (number <= 0) return bad_limit(text);
    return static_cast<std::uint64_t>(memory * number);
  }
  Result<std::uint64_t> bytes = parse_bytes(text);
  if (!bytes || *bytes == 0) return bad_limit(text);
  return *bytes;
}

Result<std::map<std::string, double>> parse_resources(std::string_view text) {
  std::map<std::string, double> resources;
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    std::size_t equals = item.find('=');
    double amount = 0;
    bool good = equals != std::string_view::npos && equals > 0 &&
                parse_double(item.substr(equals + 1), amount) && amount > 0;
    if (!good) {
      return Error(Errc::config,
                   fmt::format("the resource '{}' is not understood; write "
                               "name=amount, several joined by commas: gpu=2,licence=1",
                               item));
    }
    resources[std::string(item.substr(0, equals))] = amount;
  }
  return resources;
}

}  // namespace tartan::worker
