#include <core/base/process.hpp>
#include <unistd.h>

namespace tartan {

const char* build_text() { return "tartan " TARTAN_VERSION; }

std::string host_name() {
  char name[256] = {};
  const bool known = ::gethostname(name, sizeof name - 1) == 0 && *name != '\0';
  return known ? name : "unknown";
}

}  // namespace tartan
