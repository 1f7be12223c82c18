#include <core/base/process.hpp>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace tartan {

const char* build_text() { return "tartan " TARTAN_VERSION; }

std::string host_name() {
  char name[256] = {};
  const bool known = ::gethostname(name, sizeof name - 1) == 0 && *name != '\0';
  return known ? name : "unknown";
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? fmt::format("signal {}", number) : fmt::format("SIG{}", name);
}

}  // namespace tartan
