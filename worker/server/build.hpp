#pragma once

namespace tartan::worker {

/// What this worker says of its version: in Hello and for --version.
inline const char* build_text() { return "tartan " TARTAN_VERSION; }

}  // namespace tartan::worker
