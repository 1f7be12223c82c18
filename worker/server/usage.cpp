#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <tartan/base/buffer.hpp>
#include <unistd.h>
#include <worker/server/usage.hpp>

namespace tartan::worker {

std::uint64_t resident_bytes(int pid) {
  std::string path = pid == 0 ? "/proc/self/statm" : fmt::format("/proc/{}/statm", pid);
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128];
  ssize_t size = ::read(file, text, sizeof text);
  ::close(file);
  if (size <= 0) return 0;
  const char* end = text + size;
  const char* second = static_cast<const char*>(std::memchr(text, ' ', static_cast<size_t>(size)));
  if (second == nullptr) return 0;
  std::uint64_t pages = 0;
  std::from_chars(second + 1, end, pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void trim_memory() {
  trim_pool();
  ::malloc_trim(0);
}

double CpuMeter::busy_cores(Time now) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto duration = [](const timeval& t) {
    return Duration(std::chrono::seconds(t.tv_sec)) + std::chrono::microseconds(t.tv_usec);
  };
  Duration used = duration(usage.ru_utime) + duration(usage.ru_stime);
  Duration passed = now - last_;
  Duration more = used - used_;
  bool first = last_ == Time{};
  last_ = now;
  used_ = used;
  if (first || passed <= Duration::zero()) return 0;
  return static_cast<double>(more.count()) / static_cast<double>(passed.count());
}

}  // namespace tartan::worker
