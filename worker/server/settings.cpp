// From flags, environment and file to settings.

#include <algorithm>
#include <core/base/daemon_flags.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tartan/base/log.hpp>
#include <worker/server/cli.hpp>
#include <worker/server/limits.hpp>

namespace tartan::worker {

namespace {

constexpr const char* kDefaultPort = "8786";
constexpr std::uint32_t kMostThreads = 4096;

constexpr FlagSetting kFlags[] = {
    {"nthreads", "0", "threads that run tasks; 0: one per core"},
    {"memory-limit", "auto", "bytes of values it may hold: auto, none, 4GiB, or 0.5 (of memory)"},
    {"name", "", "how people call it; the scheduler makes it unique"},
    {"resources", "", "amounts that tasks may ask for: gpu=2,licence=1"},
    {"local-directory", "", "where values go that do not fit into memory; default $TMPDIR or /tmp"},
    {"spill-limit", "none", "bytes of files it may keep there: none, or 100GiB"},
    {"spill-compression", "none", "of those files: none, or lz4 for slow disks"},
    {"memory-target", "0.60", "spill when values exceed this part of the limit; 0: never"},
    {"memory-spill", "0.70", "spill when the process exceeds this part of the limit; 0: never"},
    {"memory-pause", "0.80", "start no task above this part of the limit; 0: always start"},
    {"memory-terminate", "0.95", "the nanny kills the worker above this part; 0: never"},
    {"host", "127.0.0.1", "address on which other workers and clients fetch values"},
    {"scheduler-file", "", "file a scheduler wrote its address to"},
    {"death-timeout", "60s", "give up after this long without the scheduler; 0: never"},
    {"log-level", "info", "trace, debug, info, warning, error or off"},
};

Error bad(const std::string& message) { return {Errc::config, message}; }

Result<std::string> address_in_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Error(Errc::io_error,
                 fmt::format("cannot read the scheduler file '{}'; is the scheduler running, and "
                             "was it given the same --scheduler-file?",
                             path));
  }
  nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || !json.contains("address") || !json["address"].is_string()) {
    return bad(fmt::format("the scheduler file '{}' has no \"address\"", path));
  }
  return json["address"].get<std::string>();
}

/// host:port and host are understood as TCP.
std::string full_address(std::string address) {
  if (address.find("://") == std::string::npos) address = "tcp://" + address;
  if (address.rfind("tcp://", 0) != 0) return address;
  std::size_t host = std::string("tcp://").size();
  std::size_t colon = address.rfind(':');
  bool has_port = colon != std::string::npos && colon >= host && address.back() != ']';
  return has_port ? address : address + ":" + kDefaultPort;
}

Result<std::string> scheduler_address(const std::string& given, const Config& config) {
  const std::string& file = config.text("worker.scheduler-file");
  if (!given.empty()) return full_address(given);
  if (!file.empty()) return address_in_file(file);
  return bad("no scheduler was named; give its address (tcp://host:8786) or --scheduler-file");
}

/// Fractions that are not off must rise in the order target, spill, pause, terminate.
Result<> apply_memory(const Config& config, ServerConfig& server) {
  struct Threshold {
    const char* path;
    double* value;
  };
  const char* lower_path = nullptr;
  double lower = 0;
  for (Threshold threshold : {Threshold{"worker.memory-target", &server.memory.target},
                              Threshold{"worker.memory-spill", &server.memory.spill},
                              Threshold{"worker.memory-pause", &server.memory.pause},
                              Threshold{"worker.memory-terminate", &server.memory.terminate}}) {
    Result<double> number = config.number(threshold.path);
    if (!number) return number.error();
    if (!(*number >= 0 && *number <= 1)) {
      return bad(fmt::format("{} is {:g}, but is a part of the memory limit: 0 (off) to 1",
                             threshold.path, *number));
    }
    if (*number > 0 && *number < lower) {
      return bad(fmt::format("{} is {:g}, but must not be below {}, which is {:g}", threshold.path,
                             *number, lower_path, lower));
    }
    *threshold.value = *number;
    if (*number == 0) continue;
    lower = *number;
    lower_path = threshold.path;
  }
  const std::string& compression = config.text("worker.spill-compression");
  if (compression != "none" && compression != "lz4") {
    return bad(fmt::format("worker.spill-compression is '{}'; write none or lz4", compression));
  }
  server.compress_spills = compression == "lz4";
  const std::string& text = config.text("worker.spill-limit");
  if (text == "none") return {};
  Result<std::uint64_t> bytes = parse_bytes(text);
  if (!bytes || *bytes == 0) {
    return bad(fmt::format("worker.spill-limit is '{}'; write none, or a size (100GiB)", text));
  }
  server.spill_limit = *bytes;
  return {};
}

Result<> apply_limits(const Config& config, ServerConfig& server) {
  Machine machine = this_machine();
  Result<std::int64_t> nthreads = config.integer("worker.nthreads");
  if (!nthreads) return nthreads.error();
  if (*nthreads < 0 || *nthreads > kMostThreads) {
    return bad(fmt::format("worker.nthreads is {}, but must be between 0 and {}", *nthreads,
                           kMostThreads));
  }
  server.nthreads = *nthreads == 0 ? machine.cores : static_cast<std::uint32_t>(*nthreads);
  Result<std::uint64_t> limit =
      parse_memory_limit(config.text("worker.memory-limit"), server.nthreads, machine);
  if (!limit) return limit.error();
  server.memory_limit = *limit;
  if (auto done = apply_memory(config, server); !done) return done.error();
  auto resources = parse_resources(config.text("worker.resources"));
  if (!resources) return resources.error();
  server.resources = *resources;
  Result<double> death = config.seconds("worker.death-timeout");
  if (!death) return death.error();
  server.death_timeout =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(*death, 1e9)));
  return {};
}

Result<> make_directory(const std::string& path) {
  if (path.empty()) return {};
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (!code && std::filesystem::is_directory(path, code)) return {};
  return Error(Errc::io_error, fmt::format("--local-directory '{}' cannot be made: {}", path,
                                           code ? code.message() : "it is not a directory"));
}

Result<Settings> settle(const Config& config, const std::string& address, Settings settings) {
  Result<logging::Level> level = logging::parse_level(config.text("worker.log-level"));
  if (!level) return level.error();
  logging::set_level(*level);
  Result<std::string> scheduler = scheduler_address(address, config);
  if (!scheduler) return scheduler.error();
  settings.server.scheduler_address = *scheduler;
  settings.server.name = config.text("worker.name");
  settings.server.data_address = fmt::format("tcp://{}:0", config.text("worker.host"));
  settings.server.local_directory = config.text("worker.local-directory");
  settings.server.owns_process = true;
  if (config.text("worker.allow-modules") != "auto") {
    Result<bool> allow = config.boolean("worker.allow-modules");
    if (!allow) return allow.error();
    settings.server.allow_modules = *allow;
  }
  if (auto done = apply_limits(config, settings.server); !done) return done.error();
  if (auto done = make_directory(settings.server.local_directory); !done) return done.error();
  return settings;
}

}  // namespace

Result<std::optional<Settings>> parse_settings(std::vector<std::string> arguments) {
  CLI::App app("Runs tasks for a tartan scheduler.", "tartan-worker");
  DaemonFlags flags(app, "worker", kFlags);
  Settings settings;
  std::string address;
  bool no_nanny = false;
  app.add_option("address", address, "the scheduler's address, tcp://host:port");
  app.add_option("--module", settings.modules, "a task module (.so) to load; may be repeated")
      ->allow_extra_args(false);
  flags.config().declare("worker.allow-modules", "auto");
  bool allow_modules = false;
  app.add_flag("--allow-modules", allow_modules,
               "load task modules that clients bring, though the scheduler is on another host");
  app.add_flag("--no-nanny", no_nanny, "do not restart the worker when it dies");
  auto parsed = flags.parse(std::move(arguments));
  if (!parsed) return parsed.error();
  if (!*parsed) return std::optional<Settings>();
  if (allow_modules) {
    if (auto ok = flags.config().set("worker.allow-modules", "true"); !ok) return ok.error();
  }
  settings.nanny = !no_nanny;
  settings.server.allow_remote = flags.allow_insecure();
  Result<Settings> settled = settle(flags.config(), address, std::move(settings));
  if (!settled) return settled.error();
  return std::optional<Settings>(std::move(*settled));
}

}  // namespace tartan::worker
