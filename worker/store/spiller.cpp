#include <cerrno>
#include <charconv>
#include <core/value/failure.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>
#include <unistd.h>
#include <worker/store/compression.hpp>
#include <worker/store/spill_file.hpp>
#include <worker/store/spiller.hpp>

namespace tartan::worker {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "tartan-worker-";
constexpr const char* kLock = "lock";

std::string parent_of(const std::string& given) {
  if (!given.empty()) return given;
  const char* temporary = std::getenv("TMPDIR");
  return temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
}

/// Whether nobody uses the directory any more. The lock tells also when its owner's process id
/// means nothing here; one without a lock is just being made, or its maker died early.
bool left_behind(const fs::path& directory) {
  int lock = ::open((directory / kLock).c_str(), O_RDWR | O_CLOEXEC);
  if (lock >= 0) {
    bool dead = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    ::close(lock);
    return dead;
  }
  if (errno != ENOENT) return false;
  std::string name = directory.filename().string().substr(std::strlen(kPrefix));
  pid_t pid = 0;
  std::from_chars(name.data(), name.data() + name.size(), pid);
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

void remove_leftovers(const std::string& parent) {
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent_of(parent), code)) {
    if (entry.path().filename().string().rfind(kPrefix, 0) != 0) continue;
    if (!entry.is_directory(code) || !left_behind(entry.path())) continue;
    fs::remove_all(entry.path(), code);
    if (!code) logging::info("worker", "removed {}, left by a dead worker", entry.path().string());
  }
}

Spiller::Spiller(SpillConfig config, std::function<void()> wake)
    : config_(std::move(config)), wake_(std::move(wake)) {}

Spiller::~Spiller() {
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::error_code code;
  if (!directory_.empty()) fs::remove_all(directory_, code);
  if (lock_ >= 0) ::close(lock_);
}

void Spiller::submit(std::vector<DiskOrder>& orders) {
  if (orders.empty()) return;
  {
    std::lock_guard lock(queue_mutex_);
    for (DiskOrder& order : orders) queue_.push_back(std::move(order));
  }
  orders.clear();
  work_.notify_one();
  if (thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "tartan-spill");
}

void Spiller::take_done(std::vector<DiskResult>& done) {
  std::lock_guard lock(done_mutex_);
  std::move(done_.begin(), done_.end(), std::back_inserter(done));
  done_.clear();
}

void Spiller::run() {
  while (true) {
    DiskOrder order;
    {
      std::unique_lock lock(queue_mutex_);
      work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      order = std::move(queue_.front());
      queue_.pop_front();
    }
    if (order.task == DiskTask::remove) {
      remove(order.file);
      continue;
    }
    DiskResult result = perform(order);
    // Let go before it is announced, so that the server's copy is the last.
    order = {};
    bool first = false;
    {
      std::lock_guard lock(done_mutex_);
      first = done_.empty();
      done_.push_back(std::move(result));
    }
    if (first) wake_();
  }
}

DiskResult Spiller::perform(DiskOrder& order) {
  DiskResult result{order.task, order.key, order.file};
  if (order.task == DiskTask::write) {
    write(order, result);
    return result;
  }
  Result<Value> value = read_spill_file(path_of(order.file), order.key);
  if (value) {
    result.value = std::move(*value);
  } else {
    result.problem = value.error().message();
  }
  return result;
}

void Spiller::write(DiskOrder& order, DiskResult& result) {
  Encoded encoded;
  try {
    encoded = order.value.encode();
  } catch (...) {
    // The codec is user code.
    Failure failure = current_failure();
    result.unwritable = true;
    result.problem = fmt::format("a value of type {} cannot be encoded: {}: {}",
                                 order.value.type_name(), failure.type, failure.message);
    return;
  }
  std::optional<Encoded> packed;
  if (config_.compress) packed = compress(encoded);
  if (packed) encoded = std::move(*packed);
  std::uint64_t size = spill_file_bytes(encoded);
  if (config_.limit != 0 && (size > config_.limit || bytes_ > config_.limit - size)) {
    result.problem =
        fmt::format("{} of values are on disk and {} more would exceed --spill-limit {}",
                    format_bytes(bytes_), format_bytes(size), format_bytes(config_.limit));
    return;
  }
  result.problem = open_directory();
  if (!result.problem.empty()) return;
  Result<> written = write_spill_file(path_of(order.file), order.key, encoded, packed.has_value());
  if (!written) {
    result.problem = fmt::format("{} ({} of values are on disk already)", written.error().message(),
                                 format_bytes(bytes_));
    return;
  }
  sizes_.emplace(order.file, size);
  bytes_ += size;
}

void Spiller::remove(std::uint64_t file) {
  auto found = sizes_.find(file);
  if (found == sizes_.end()) return;
  ::unlink(path_of(file).c_str());
  bytes_ -= found->second;
  sizes_.erase(found);
}

std::string Spiller::open_directory() {
  if (!directory_.empty()) return {};
  std::string made = fmt::format("{}/{}{}-XXXXXX", parent_of(config_.parent), kPrefix, ::getpid());
  if (::mkdtemp(made.data()) == nullptr) {
    return fmt::format("cannot make the directory '{}': {}; name another by --local-directory",
                       made, std::strerror(errno));
  }
  // It gets its name when it is locked, so that nobody finds it unlocked.
  std::string lock = fmt::format("{}/{}", made, kLock);
  lock_ = ::open((lock + ".new").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) == 0) {
    ::rename((lock + ".new").c_str(), lock.c_str());
  }
  directory_ = made;
  return {};
}

std::string Spiller::path_of(std::uint64_t file) const {
  return fmt::format("{}/{}.value", directory_, file);
}

}  // namespace tartan::worker
