#include <algorithm>
#include <core/base/daemon_flags.hpp>
#include <core/base/process.hpp>
#include <fmt/format.h>

namespace tartan {

DaemonFlags::DaemonFlags(CLI::App& app, std::string section, std::span<const FlagSetting> flags)
    : app_(app) {
  for (const FlagSetting& flag : flags) {
    const std::string path = section + "." + flag.name;
    config_.declare(path, flag.default_text);
    std::string help = flag.help;
    if (*flag.default_text != '\0') help += fmt::format(" [{}]", flag.default_text);
    app_.add_option(std::string("--") + flag.name, given_[path], help);
  }
  app_.add_option("--config", config_file_,
                  fmt::format("a YAML file with a section '{}:'", section));
  app_.add_flag("--allow-insecure", allow_insecure_,
                "listen beyond this host though nothing is encrypted");
  app_.set_version_flag("--version", build_text());
}

Result<bool> DaemonFlags::parse(std::vector<std::string> arguments) {
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    app_.parse(arguments);
  } catch (const CLI::Success& asked) {
    app_.exit(asked);
    return false;
  } catch (const CLI::ParseError& error) {
    return Error(Errc::config, fmt::format("{}; --help lists the flags", error.what()));
  }
  if (!config_file_.empty()) {
    if (auto ok = config_.load_file(config_file_); !ok) return ok.error();
  }
  if (auto ok = config_.load_environment(); !ok) return ok.error();
  for (const auto& [path, text] : given_) {
    if (text.empty()) continue;
    if (auto ok = config_.set(path, text); !ok) return ok.error();
  }
  return true;
}

}  // namespace tartan
