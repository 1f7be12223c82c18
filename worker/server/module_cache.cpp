#include <algorithm>
#include <cerrno>
#include <core/value/module_file.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <tartan/base/log.hpp>
#include <unistd.h>
#include <worker/server/module_cache.hpp>

namespace tartan::worker {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".so";
/// Processes that may die while they load a module before it is to blame.
constexpr std::size_t kAllowedDeaths = 3;

Error failed(const std::string& path, const char* what) {
  return {Errc::io_error, fmt::format("cannot {} {}: {}; --local-directory names another place for "
                                      "task modules",
                                      what, path, std::strerror(errno))};
}

Result<> write_file(const std::string& path, std::span<const std::byte> bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700);
  if (fd < 0) return failed(path, "make");
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    done += static_cast<std::size_t>(written);
  }
  const bool whole = done == bytes.size();
  const Error error = whole ? Error(Errc::io_error, "") : failed(path, "write");
  if (::close(fd) == 0 && whole) return {};
  ::unlink(path.c_str());
  return whole ? failed(path, "write") : error;
}

}  // namespace

std::string temporary_directory(const std::string& given) {
  if (!given.empty()) return given;
  const char* temporary = std::getenv("TMPDIR");
  return temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
}

ModuleCache::ModuleCache(const std::string& parent, std::uint64_t most)
    : directory_(fmt::format("{}/tartan-modules-{}", temporary_directory(parent), ::geteuid())),
      most_(most) {}

std::string ModuleCache::path_of(Key module) const {
  return fmt::format("{}/{}{}", directory_, module.to_string(), kSuffix);
}

/// Whoever else could write here could have this worker run anything.
Result<> ModuleCache::open_directory() const {
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return failed(directory_, "make");
  struct stat status {};
  if (::lstat(directory_.c_str(), &status) != 0) return failed(directory_, "use");
  const bool ours = S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
  if (ours && (status.st_mode & 077) == 0) return {};
  return Error(Errc::refused,
               fmt::format("the directory {} for task modules {}; remove it, or name another place "
                           "with --local-directory",
                           directory_,
                           ours ? "is open to other users (its mode must be 0700)"
                                : "is not a directory of this user's own"));
}

Result<std::optional<std::string>> ModuleCache::find(Key module) {
  if (auto open = open_directory(); !open) return open.error();
  std::string path = path_of(module);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::optional<std::string>();
  const auto file = S_ISREG(status.st_mode) ? value::open_module(path)
                                            : Result<value::ModuleFile>(Error(Errc::io_error, ""));
  if (file && file->hash == module) {
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // used just now
    return std::optional(std::move(path));
  }
  logging::warning("worker", "removes {}, which is damaged", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path, "remove");
  return std::optional<std::string>();
}

Result<std::string> ModuleCache::store(Key module, std::span<const std::byte> bytes) {
  if (auto open = open_directory(); !open) return open.error();
  std::string path = path_of(module);
  const std::string draft =
      fmt::format("{}/.{}.{}", directory_, module.to_string(), unique_key().to_string());
  if (auto written = write_file(draft, bytes); !written) return written.error();
  if (::rename(draft.c_str(), path.c_str()) != 0) {
    const Error error = failed(path, "make");
    ::unlink(draft.c_str());
    return error;
  }
  prune(path);
  return path;
}

std::string ModuleCache::marker_of(Key module, int pid) const {
  return fmt::format("{}/.{}.loading.{}", directory_, module.to_string(), pid);
}

/// Left by processes that ended while they loaded the module.
std::vector<std::string> ModuleCache::markers_of_dead(Key module) const {
  const std::string start = fmt::format(".{}.loading.", module.to_string());
  std::vector<std::string> found;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_, code)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(start, 0) != 0) continue;
    const int pid = std::atoi(name.c_str() + start.size());
    // One of our own number was left by an earlier process.
    if (pid != ::getpid() && (pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH)) continue;
    found.push_back(entry.path().string());
  }
  return found;
}

Result<> ModuleCache::begin_loading(Key module) {
  const std::vector<std::string> left = markers_of_dead(module);
  if (left.size() >= kAllowedDeaths) {
    return Error(Errc::refused,
                 fmt::format("the module {} is not loaded: {} processes died while they loaded it "
                             "(its static initialisers run then); remove {}/.{}.loading.* to try "
                             "again",
                             module.to_string(), left.size(), directory_, module.to_string()));
  }
  const std::string path = marker_of(module, ::getpid());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed(path, "make");
  ::close(fd);
  return {};
}

void ModuleCache::end_loading(Key module) {
  ::unlink(marker_of(module, ::getpid()).c_str());
  for (const std::string& path : markers_of_dead(module)) ::unlink(path.c_str());
}

/// A file that is in use may go too: what has been loaded of it stays.
void ModuleCache::prune(const std::string& keep) const {
  struct File {
    fs::file_time_type used;
    std::string path;
    std::uint64_t size = 0;
  };
  std::vector<File> files;
  std::uint64_t total = 0;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_, code)) {
    std::error_code gone;
    File file{entry.last_write_time(gone), entry.path().string(), entry.file_size(gone)};
    if (gone) continue;
    total += file.size;
    if (file.path != keep) files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.used < b.used; });
  for (const File& file : files) {
    if (total <= most_) return;
    fs::remove(file.path, code);
    total -= file.size;
  }
}

}  // namespace tartan::worker
