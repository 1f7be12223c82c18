#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <tartan/base/assert.hpp>
#include <tartan/base/config.hpp>

namespace tartan {
namespace {

/// TARTAN_WORKER__MEMORY_LIMIT -> worker.memory-limit
std::string path_of_variable(std::string_view variable) {
  std::string path;
  for (std::size_t i = std::string_view("TARTAN_").size(); i < variable.size(); ++i) {
    if (variable.substr(i, 2) == "__") {
      path += '.';
      ++i;
    } else if (variable[i] == '_') {
      path += '-';
    } else {
      path += static_cast<char>(std::tolower(static_cast<unsigned char>(variable[i])));
    }
  }
  return path;
}

/// One file may serve several programs: their sections are not each other's to judge.
bool is_programs_section(std::string_view name) {
  return name == "scheduler" || name == "worker" || name == "client";
}

Result<> load_node(Config& config, const YAML::Node& node, const std::string& prefix,
                   const std::string& origin) {
  for (const auto& entry : node) {
    const auto path = prefix + entry.first.as<std::string>();
    if (prefix.empty() && !config.has_section(path) && is_programs_section(path)) continue;
    if (entry.second.IsMap()) {
      if (auto done = load_node(config, entry.second, path + '.', origin); !done) return done;
    } else if (entry.second.IsScalar()) {
      if (auto done = config.set(path, entry.second.as<std::string>(), origin); !done) return done;
    } else if (!entry.second.IsNull()) {
      return Error(Errc::config, fmt::format("{}: '{}' must be a single value", origin, path));
    }
  }
  return {};
}

}  // namespace

void Config::declare(std::string path, std::string default_text) {
  settings_[std::move(path)] = {std::move(default_text), "default"};
}

bool Config::has_section(std::string_view name) const {
  return std::any_of(settings_.begin(), settings_.end(), [&](const auto& setting) {
    return setting.first.starts_with(name) && setting.first[name.size()] == '.';
  });
}

Result<> Config::load_file(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    return Error(Errc::io_error,
                 fmt::format("cannot read the configuration file '{}'; check its path and "
                             "permissions",
                             path));
  }
  try {
    const YAML::Node root = YAML::LoadFile(path);
    if (root.IsNull()) return {};
    if (!root.IsMap()) {
      return Error(Errc::config, fmt::format("'{}' must hold sections such as 'scheduler:'", path));
    }
    return load_node(*this, root, "", "file " + path);
  } catch (const YAML::Exception& failure) {
    return Error(Errc::config, fmt::format("'{}' is not valid YAML: {}", path, failure.what()));
  }
}

Result<> Config::load_environment() {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    const auto variable = text.substr(0, equals);
    if (!variable.starts_with("TARTAN_") || equals == std::string_view::npos) continue;
    const auto path = path_of_variable(variable);
    const auto section = path.substr(0, path.find('.') + 1);
    // Other programs' sections (and TARTAN_PROGRESS and the like) are not ours to judge.
    if (section.empty() || !has_section(section.substr(0, section.size() - 1))) continue;
    auto done = set(path, std::string(text.substr(equals + 1)), std::string(variable));
    if (!done) return done;
  }
  return {};
}

Result<> Config::set(const std::string& path, std::string text, std::string origin) {
  const auto found = settings_.find(path);
  if (found == settings_.end()) {
    std::string known;
    for (const auto& [name, setting] : settings_) known += (known.empty() ? "" : ", ") + name;
    return Error(Errc::config,
                 fmt::format("{} sets '{}', which is unknown; known settings are {}", origin, path,
                             known));
  }
  found->second = {std::move(text), std::move(origin)};
  return {};
}

const Config::Setting& Config::find(std::string_view path) const {
  const auto found = settings_.find(path);
  TARTAN_ASSERT(found != settings_.end(), "a setting is read that was never declared");
  return found->second;
}

const std::string& Config::text(std::string_view path) const { return find(path).text; }
const std::string& Config::origin(std::string_view path) const { return find(path).origin; }

Error Config::unusable(std::string_view path, std::string_view expected) const {
  const Setting& setting = find(path);
  return {Errc::config, fmt::format("{} is '{}' (from {}), but must be {}", path, setting.text,
                                    setting.origin, expected)};
}

Result<std::int64_t> Config::integer(std::string_view path) const {
  const std::string& text = find(path).text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return unusable(path, "a whole number");
  }
  return value;
}

Result<double> Config::number(std::string_view path) const {
  const std::string& text = find(path).text;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return unusable(path, "a number");
  return value;
}

Result<bool> Config::boolean(std::string_view path) const {
  const std::string& text = find(path).text;
  for (const char* yes : {"true", "yes", "on", "1"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"false", "no", "off", "0"}) {
    if (text == no) return false;
  }
  return unusable(path, "true or false");
}

Result<double> Config::seconds(std::string_view path) const {
  auto parsed = parse_seconds(find(path).text);
  if (!parsed) return unusable(path, "a time such as 250ms, 30s or 5m");
  return parsed;
}

namespace {

struct Unit {
  std::string_view suffix;
  double factor;
};

/// A non-negative number followed by one of the units; a negative result means neither.
template <std::size_t N>
double parse_with_unit(std::string_view text, const Unit (&units)[N]) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0)) return -1;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (suffix == unit.suffix) return value * unit.factor;
  }
  return -1;
}

}  // namespace

Result<double> parse_seconds(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60},
                                    {"min", 60}, {"h", 3600}};
  const double value = parse_with_unit(text, kUnits);
  if (!(value >= 0 && value < 1e12)) {
    return Error(Errc::invalid_argument,
                 fmt::format("'{}' is not a time; use a form such as 250ms, 30s, 5m or 2h", text));
  }
  return value;
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"", 1},      {"B", 1},         {"kB", 1e3},  {"MB", 1e6},
      {"GB", 1e9},  {"TB", 1e12},     {"KiB", 1024}, {"MiB", 1048576.0},
      {"GiB", 1073741824.0}, {"TiB", 1099511627776.0}};
  const double value = parse_with_unit(text, kUnits);
  if (!(value >= 0 && value < 9e18)) {
    return Error(Errc::invalid_argument,
                 fmt::format("'{}' is not an amount of memory; use a form such as 512MiB, 4GiB or "
                             "a number of bytes",
                             text));
  }
  return static_cast<std::uint64_t>(value);
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  int unit = 0;
  while (value >= 1024) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace tartan
