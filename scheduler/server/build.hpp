#pragma once

namespace tartan::scheduler {

inline const char* build_text() { return "tartan " TARTAN_VERSION; }

}  // namespace tartan::scheduler
