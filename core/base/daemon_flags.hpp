#pragma once

// What the command lines of tartan's daemons have in common: settings that are flags too,
// --config, --allow-insecure, --version, and the order in which the layers win.

#include <CLI/CLI.hpp>
#include <map>
#include <span>
#include <string>
#include <tartan/base/config.hpp>
#include <vector>

namespace tartan {

/// The setting "<section>.<name>" and its flag --<name>.
struct FlagSetting {
  const char* name;
  const char* default_text;
  const char* help;
};

class DaemonFlags {
 public:
  /// Adds the flags to `app`, which may get more of its own. Both live until parse() is done.
  DaemonFlags(CLI::App& app, std::string section, std::span<const FlagSetting> flags);
  DaemonFlags(const DaemonFlags&) = delete;
  DaemonFlags& operator=(const DaemonFlags&) = delete;

  /// Reads the arguments (without the program's name), the file of --config and the environment.
  /// False when --help or --version was asked for, which it has answered on stdout.
  Result<bool> parse(std::vector<std::string> arguments);

  /// Where settings without a flag are declared, before parse().
  Config& config() { return config_; }
  /// Whether addresses beyond this host are allowed though nothing is encrypted.
  bool allow_insecure() const { return allow_insecure_; }

 private:
  CLI::App& app_;
  Config config_;
  std::map<std::string, std::string> given_;  ///< path -> text of its flag
  std::string config_file_;
  bool allow_insecure_ = false;
};

}  // namespace tartan
