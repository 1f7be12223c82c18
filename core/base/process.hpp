#pragma once

// What a tartan process says of itself and of others: in hellos, logs and for --version.

#include <string>

namespace tartan {

/// The name and version of this build.
const char* build_text();

/// The name of the machine; "unknown" when it has none.
std::string host_name();

/// "SIGTERM" for 15.
std::string signal_name(int number);

}  // namespace tartan
