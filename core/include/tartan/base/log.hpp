#pragma once

// One log for every daemon and library: lines on stderr as
//   2026-11-21 03:25:49.123 INFO  scheduler: worker alpha joined ...
// Libraries are quiet by default (warnings only); daemons set their level from --log-level.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tartan/base/error.hpp>
#include <utility>

namespace tartan::logging {

enum class Level { trace, debug, info, warning, error, off };

/// "trace", "debug", "info", "warning", "error", "off".
Result<Level> parse_level(std::string_view text);
void set_level(Level level);
bool enabled(Level level);
/// Writes one line. component is "scheduler", "worker alpha", "client", ...
void write(Level level, std::string_view component, std::string_view message);

template <class... Args>
void debug(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (!enabled(Level::debug)) return;
  write(Level::debug, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (!enabled(Level::info)) return;
  write(Level::info, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (!enabled(Level::warning)) return;
  write(Level::warning, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (!enabled(Level::error)) return;
  write(Level::error, component, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tartan::logging
