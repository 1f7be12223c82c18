#include <algorithm>
#include <core/net/transport.hpp>
#include <core/net/zmq_context.hpp>
#include <fmt/format.h>
#include <mutex>
#include <sys/resource.h>
#include <unistd.h>

namespace tartan::net {

namespace {

/// Not a limit we mean, only one that is out of the way: libzmq's default is 1023.
constexpr int kMaxSockets = 32768;

struct Holder {
  std::mutex mutex;
  std::weak_ptr<zmq::context_t> context;  // guarded by mutex
  pid_t process = 0;                      // guarded by mutex
};

}  // namespace

Result<std::shared_ptr<zmq::context_t>> shared_context() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  zmq_version(&major, &minor, &patch);
  if (major * 10000 + minor * 100 + patch < 40303) {
    return Error(Errc::refused, fmt::format("libzmq {}.{}.{} can be crashed from the network "
                                            "(CVE-2020-15166); install 4.3.3 or newer",
                                            major, minor, patch));
  }
  static Holder holder;
  const std::lock_guard lock(holder.mutex);
  auto context = holder.context.lock();
  if (context) {
    if (holder.process == getpid()) return context;
    return Error(Errc::refused,
                 "this process was forked from one with open sockets, which cannot work: fork "
                 "before the first connection, or exec after the fork");
  }
  context = std::make_shared<zmq::context_t>(1);
  context->set(zmq::ctxopt::max_sockets,
               std::min(kMaxSockets, context->get(zmq::ctxopt::socket_limit)));
  holder.context = context;
  holder.process = getpid();
  return context;
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace tartan::net
