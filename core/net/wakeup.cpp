#include <cerrno>
#include <core/net/wakeup.hpp>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <tartan/base/exceptions.hpp>
#include <unistd.h>

namespace tartan::net {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) {
    throw Exception(Errc::io_error, fmt::format("cannot make an eventfd: {}; raise the limit of "
                                                "open files (ulimit -n)",
                                                std::strerror(errno)));
  }
}

Wakeup::~Wakeup() { close(fd_); }

void Wakeup::signal() noexcept {
  if (raised_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wakeup::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
  raised_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace tartan::net
