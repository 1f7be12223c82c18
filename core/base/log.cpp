#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <tartan/base/log.hpp>

namespace tartan::logging {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>(
        "tartan", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%d %H:%M:%S.%e %-7l %v");
    made->set_level(spdlog::level::warn);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  static constexpr std::string_view kNames[] = {"trace",   "debug", "info",
                                                "warning", "error", "off"};
  for (int i = 0; i < 6; ++i) {
    if (text == kNames[i]) return static_cast<Level>(i);
  }
  return Error(Errc::invalid_argument,
               fmt::format("log level '{}' is unknown; use trace, debug, info, warning, error "
                           "or off",
                           text));
}

void set_level(Level level) { logger().set_level(to_spdlog(level)); }

bool enabled(Level level) { return logger().should_log(to_spdlog(level)); }

void write(Level level, std::string_view component, std::string_view message) {
  logger().log(to_spdlog(level), "{}: {}", component, message);
}

}  // namespace tartan::logging
