#pragma once

// The command line of a worker: tartan-worker, and any program that calls tartan::init and is
// started with --tartan-worker.

#include <optional>
#include <string>
#include <tartan/base/error.hpp>
#include <vector>
#include <worker/server/server.hpp>

namespace tartan::worker {

/// What the command line, the environment and the configuration file ask for.
struct Settings {
  ServerConfig server;
  std::vector<std::string> modules;
  bool nanny = true;
};

/// Reads flags (without the program's name), TARTAN_WORKER__… variables and --config, in falling
/// order of precedence. Nothing when --help or --version was answered on stdout; errors are
/// sentences for stderr.
Result<std::optional<Settings>> parse_settings(std::vector<std::string> arguments);

/// Runs a worker until it ends: 0 after a clean end, 1 when it could not start, was refused or
/// could not reach the scheduler. argv holds the program's name and the worker's flags; leading
/// arguments are put before the flags when the program executes itself again (--tartan-worker).
int worker_main(int argc, const char* const* argv, const std::vector<std::string>& leading = {});

}  // namespace tartan::worker
