#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <map>
#include <scheduler/server/build.hpp>
#include <scheduler/server/settings.hpp>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

/// A flag that overrides a setting of the same name, "scheduler.<name>".
struct Flag {
  const char* name;
  const char* default_text;
  const char* help;
};
constexpr Flag kFlags[] = {
    {"host", "127.0.0.1", "address to listen on"},
    {"port", "8786", "TCP port to listen on; 0: any free one"},
    {"scheduler-file", "", "file to write the address to, for --scheduler-file of workers"},
    {"idle-timeout", "0", "end after so long without clients and tasks (30s, 5m); 0: never"},
    {"log-level", "info", "trace, debug, info, warning, error or off"},
};
/// Settings without a flag.
constexpr Flag kOthers[] = {
    {"heartbeat", "500ms", ""},       {"worker-lease", "3s", ""},  {"client-lease", "30s", ""},
    {"worker-saturation", "1.1", ""}, {"allowed-deaths", "3", ""},
};

std::string path_of(const Flag& flag) { return std::string("scheduler.") + flag.name; }

Result<> read_duration(const Config& config, const char* path, double least, Duration& into) {
  auto seconds = config.seconds(path);
  if (!seconds) return seconds.error();
  if (*seconds < least || *seconds > 1e9) {
    return Error(Errc::config,
                 fmt::format("{} is {} s, but must be at least {} s", path, *seconds, least));
  }
  into = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
  return {};
}

Result<> read_node(const Config& config, NodeConfig& node) {
  constexpr double kLeast = 0.01;
  if (auto ok = read_duration(config, "scheduler.heartbeat", kLeast, node.heartbeat); !ok) {
    return ok;
  }
  if (auto ok = read_duration(config, "scheduler.worker-lease", kLeast, node.worker_lease); !ok) {
    return ok;
  }
  if (auto ok = read_duration(config, "scheduler.client-lease", kLeast, node.client_lease); !ok) {
    return ok;
  }
  auto saturation = config.number("scheduler.worker-saturation");
  if (!saturation) return saturation.error();
  auto deaths = config.integer("scheduler.allowed-deaths");
  if (!deaths) return deaths.error();
  if (*saturation < 0.01 || *saturation > 1000 || *deaths < 1 || *deaths > 1000) {
    return Error(Errc::config,
                 fmt::format("scheduler.worker-saturation is {} and scheduler.allowed-deaths {}; "
                             "they must lie within 0.01 to 1000 and 1 to 1000",
                             *saturation, *deaths));
  }
  node.worker_saturation = *saturation;
  node.allowed_deaths = static_cast<std::uint32_t>(*deaths);
  return {};
}

Result<Settings> settle(const Config& config, bool allow_remote) {
  Settings settings;
  auto level = logging::parse_level(config.text("scheduler.log-level"));
  if (!level) return level.error();
  logging::set_level(*level);
  auto port = config.integer("scheduler.port");
  if (!port) return port.error();
  if (*port < 0 || *port > 65535) {
    return Error(Errc::config,
                 fmt::format("scheduler.port is {}, but must be between 0 and 65535", *port));
  }
  settings.server.address = fmt::format("tcp://{}:{}", config.text("scheduler.host"), *port);
  settings.server.allow_remote = allow_remote;
  settings.scheduler_file = config.text("scheduler.scheduler-file");
  if (auto ok = read_duration(config, "scheduler.idle-timeout", 0, settings.server.idle_timeout);
      !ok) {
    return ok.error();
  }
  if (auto ok = read_node(config, settings.server.node); !ok) return ok.error();
  return settings;
}

}  // namespace

Result<std::optional<Settings>> parse_settings(int argc, const char* const* argv) {
  CLI::App app("Gives the tasks of tartan programs to workers.", "tartan-scheduler");
  Config config;
  std::string config_file;
  bool allow_insecure = false;
  std::map<std::string, std::string> given;
  for (const Flag& flag : kFlags) {
    config.declare(path_of(flag), flag.default_text);
    std::string help = flag.help;
    if (*flag.default_text != '\0') help += fmt::format(" [{}]", flag.default_text);
    app.add_option(std::string("--") + flag.name, given[path_of(flag)], help);
  }
  for (const Flag& other : kOthers) config.declare(path_of(other), other.default_text);
  app.add_option("--config", config_file, "a YAML file with a section 'scheduler:'");
  app.add_flag("--allow-insecure", allow_insecure,
               "listen beyond this host though nothing is encrypted");
  app.set_version_flag("--version", build_text());
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    app.exit(asked);
    return std::optional<Settings>();
  } catch (const CLI::ParseError& error) {
    return Error(Errc::config, fmt::format("{}; --help lists the flags", error.what()));
  }
  if (!config_file.empty()) {
    if (auto ok = config.load_file(config_file); !ok) return ok.error();
  }
  if (auto ok = config.load_environment(); !ok) return ok.error();
  for (const auto& [path, text] : given) {
    if (text.empty()) continue;
    if (auto ok = config.set(path, text); !ok) return ok.error();
  }
  auto settings = settle(config, allow_insecure);
  if (!settings) return settings.error();
  return std::optional<Settings>(std::move(*settings));
}

}  // namespace tartan::scheduler
