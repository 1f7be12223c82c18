#include <core/base/daemon_flags.hpp>
#include <fmt/format.h>
#include <scheduler/server/settings.hpp>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

constexpr FlagSetting kFlags[] = {
    {"host", "127.0.0.1", "address to listen on"},
    {"port", "8786", "TCP port to listen on; 0: any free one"},
    {"scheduler-file", "", "file to write the address to, for --scheduler-file of workers"},
    {"client-lease", "30s", "silence after which a client is dead: what it holds is let go of"},
    {"idle-timeout", "0", "end after so long without clients and tasks (30s, 5m); 0: never"},
    {"log-level", "info", "trace, debug, info, warning, error or off"},
};
/// Settings without a flag, and their defaults.
constexpr std::pair<const char*, const char*> kOthers[] = {
    {"scheduler.heartbeat", "1s"},          {"scheduler.worker-lease", "3s"},
    {"scheduler.worker-saturation", "1.1"}, {"scheduler.allowed-deaths", "3"},
    {"scheduler.module-limit", "256MiB"},   {"scheduler.module-bytes", "512MiB"},
};

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

/// Bytes of one task module, and of all that are kept.
Result<> read_modules(const Config& config, ModuleLimits& limits) {
  for (const auto& [path, into] : {std::pair("scheduler.module-limit", &limits.module_bytes),
                                   std::pair("scheduler.module-bytes", &limits.total_bytes)}) {
    auto bytes = parse_bytes(config.text(path));
    if (!bytes) return Error(Errc::config, fmt::format("{}: {}", path, bytes.error().message()));
    *into = *bytes;
  }
  if (limits.module_bytes <= limits.total_bytes) return {};
  return Error(Errc::config, fmt::format("scheduler.module-limit ({}) must not be above "
                                         "scheduler.module-bytes ({})",
                                         config.text("scheduler.module-limit"),
                                         config.text("scheduler.module-bytes")));
}

Result<> read_node(const Config& config, NodeConfig& node) {
  if (auto ok = read_modules(config, node.modules); !ok) return ok;
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

Result<std::optional<Settings>> parse_settings(std::vector<std::string> arguments) {
  CLI::App app("Gives the tasks of tartan programs to workers.", "tartan-scheduler");
  DaemonFlags flags(app, "scheduler", kFlags);
  for (const auto& [path, default_text] : kOthers) flags.config().declare(path, default_text);
  auto parsed = flags.parse(std::move(arguments));
  if (!parsed) return parsed.error();
  if (!*parsed) return std::optional<Settings>();
  auto settings = settle(flags.config(), flags.allow_insecure());
  if (!settings) return settings.error();
  return std::optional<Settings>(std::move(*settings));
}

}  // namespace tartan::scheduler
