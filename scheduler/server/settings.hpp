#pragma once

// tartan-scheduler's settings: flags over TARTAN_SCHEDULER__… over a YAML file over defaults.

#include <optional>
#include <scheduler/server/server.hpp>
#include <string>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan::scheduler {

struct Settings {
  ServerConfig server;
  std::string scheduler_file;  ///< empty: none
};

/// Of the arguments without the program's name. Nothing when they asked for --help or --version,
/// which it has printed. Sets the log level.
Result<std::optional<Settings>> parse_settings(std::vector<std::string> arguments);

}  // namespace tartan::scheduler
