// tartan-scheduler: starts a server, says where it is, and ends it on SIGTERM or SIGINT.

#include <cerrno>
#include <chrono>
#include <core/base/process.hpp>
#include <core/net/transport.hpp>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pthread.h>
#include <scheduler/server/settings.hpp>
#include <signal.h>
#include <tartan/base/log.hpp>
#include <unistd.h>

namespace {

using tartan::Errc;
using tartan::Error;
using tartan::Result;
namespace logging = tartan::logging;
namespace net = tartan::net;
namespace scheduler = tartan::scheduler;

/// Sent by the server's thread to the main one when the server has ended by itself.
constexpr int kEndedSignal = SIGUSR2;

int fail(const Error& error) {
  fmt::print(stderr, "tartan-scheduler: {}\n", error.message());
  return 1;
}

/// The file that leads workers here: whole or not there at all, and gone when we are.
class SchedulerFile {
 public:
  Result<> write(const std::string& path, const scheduler::Server& server) {
    if (path.empty()) return {};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const nlohmann::ordered_json content = {
        {"address", server.address()},
        {"id", server.incarnation().to_string()},
        {"pid", ::getpid()},
        {"started", std::chrono::duration_cast<std::chrono::seconds>(now).count()}};
    const std::string draft = fmt::format("{}.{}", path, ::getpid());
    std::ofstream out(draft);
    out << content.dump() << '\n';
    out.close();
    if (!out || std::rename(draft.c_str(), path.c_str()) != 0) {
      const int code = errno;
      std::remove(draft.c_str());
      return Error(Errc::io_error, fmt::format("cannot write the scheduler file '{}': {}", path,
                                               std::strerror(code)));
    }
    path_ = path;
    id_ = server.incarnation().to_string();
    return {};
  }
  ~SchedulerFile() {
    if (path_.empty()) return;
    // A scheduler started later may have put its own there.
    std::ifstream in(path_);
    const nlohmann::json content = nlohmann::json::parse(in, nullptr, false);
    if (content.is_object() && content.value("id", "") == id_) std::remove(path_.c_str());
  }

 private:
  std::string path_;
  std::string id_;
};

}  // namespace

int main(int argc, char** argv) {
  auto settings = scheduler::parse_settings({argv + 1, argv + argc});
  if (!settings) return fail(settings.error());
  if (!*settings) return 0;

  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, kEndedSignal}) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  net::raise_file_limit();

  const pthread_t main_thread = ::pthread_self();
  (*settings)->server.on_ended = [main_thread](const std::string&) {
    ::pthread_kill(main_thread, kEndedSignal);
  };
  auto server = scheduler::Server::start(std::move((*settings)->server));
  if (!server) return fail(server.error());
  SchedulerFile file;
  if (auto ok = file.write((*settings)->scheduler_file, **server); !ok) return fail(ok.error());
  fmt::print("tartan-scheduler ready at {}\n", (*server)->address());
  std::fflush(stdout);

  int number = 0;
  ::sigwait(&signals, &number);
  if (number != kEndedSignal) {
    (*server)->stop(fmt::format("the scheduler was ended by {}", tartan::signal_name(number)));
  }
  logging::info("scheduler", "ends: {}", (*server)->wait());
  return 0;
}
