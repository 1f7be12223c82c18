#pragma once

// Settings in layers, the later ones winning: built-in defaults, a YAML file, TARTAN_…
// environment variables, command-line flags. A setting is named by its path, "scheduler.port";
// the environment variable of the same setting is TARTAN_SCHEDULER__PORT (two underscores stand
// for the dot, one for the dash: worker.memory-limit is TARTAN_WORKER__MEMORY_LIMIT). A setting
// nobody declared is an error that lists the known ones, so a typing error cannot go unnoticed.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan {

class Config {
 public:
  /// A setting this program knows, with its default ("" for none) as text.
  void declare(std::string path, std::string default_text);
  /// Whether a setting "name.…" has been declared.
  bool has_section(std::string_view name) const;

  /// A YAML mapping of mappings. io_error when unreadable; config for an unknown setting. Sections
  /// of other tartan programs (scheduler, worker, client) are passed over.
  Result<> load_file(const std::string& path);
  /// Reads TARTAN_…__… variables of declared sections. config for an unknown setting.
  Result<> load_environment();
  /// The last layer.
  Result<> set(const std::string& path, std::string text, std::string origin = "flag");

  /// The text of a declared setting, from the last layer that gave it.
  const std::string& text(std::string_view path) const;
  Result<std::int64_t> integer(std::string_view path) const;
  Result<double> number(std::string_view path) const;
  /// "true", "yes", "on", "1" and their opposites.
  Result<bool> boolean(std::string_view path) const;
  /// "250ms", "30s", "5m", "2h"; a bare number counts seconds. Returned in seconds.
  Result<double> seconds(std::string_view path) const;
  /// Where the value came from: "default", "file /etc/…", "TARTAN_…", "flag".
  const std::string& origin(std::string_view path) const;

 private:
  struct Setting {
    std::string text;
    std::string origin;
  };
  const Setting& find(std::string_view path) const;
  Error unusable(std::string_view path, std::string_view expected) const;

  std::map<std::string, Setting, std::less<>> settings_;
};

/// "250ms", "30s", "5m", "2h" or a bare number of seconds.
Result<double> parse_seconds(std::string_view text);
/// "512MiB", "4GiB", "2GB", or a bare number of bytes.
Result<std::uint64_t> parse_bytes(std::string_view text);
/// 3221225472 -> "3.0 GiB".
std::string format_bytes(std::uint64_t bytes);

}  // namespace tartan
