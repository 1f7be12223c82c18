#include <atomic>
#include <core/base/process.hpp>
#include <core/net/transport.hpp>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <tartan/base/log.hpp>
#include <tartan/value/function.hpp>
#include <worker/server/cli.hpp>
#include <worker/server/nanny.hpp>

namespace tartan::worker {

namespace {

/// Sent by the server's thread to the main one when the server has ended by itself.
constexpr int kEndedSignal = SIGUSR2;

int fail(const Error& error, bool has_nanny) {
  fmt::print(stderr, "tartan-worker: {}\n", error.message());
  return has_nanny ? kDoNotRestart : 1;
}

Result<> load_modules(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    Result<ModuleInfo> loaded = load_module(path);
    if (!loaded) return loaded.error();
    logging::info("worker", "loaded the task module {}", path);
  }
  return {};
}

/// Without waiting for tasks that may run for hours: nobody wants their results any more.
[[noreturn]] void leave_process(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

void follow(const NannyNote& note, ServerConfig& server) {
  server.incarnation = note.incarnation;
  server.predecessor = note.predecessor;
  server.nanny = true;
  if (note.board < 0) return;
  auto board = Board::open(note.board);
  if (board) server.board = std::move(*board);
}

int run_server(Settings settings, bool has_nanny) {
  if (auto done = load_modules(settings.modules); !done) return fail(done.error(), has_nanny);
  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (int number : {SIGTERM, SIGINT, SIGHUP, kEndedSignal}) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  net::raise_file_limit();

  pthread_t main_thread = ::pthread_self();
  std::string scheduler = settings.server.scheduler_address;
  settings.server.on_joined = [scheduler](const std::string& name, const std::string& data) {
    fmt::print("tartan-worker {} ready, data at {}, scheduler {}\n", name, data, scheduler);
    std::fflush(stdout);
  };
  settings.server.on_ended = [main_thread](const Ending&) {
    ::pthread_kill(main_thread, kEndedSignal);
  };
  Result<std::unique_ptr<Server>> server = Server::start(std::move(settings.server));
  if (!server) return fail(server.error(), has_nanny);

  int number = 0;
  ::sigwait(&signals, &number);
  if (number != kEndedSignal) (*server)->stop("it was ended by " + signal_name(number));
  Ending ending = (*server)->wait();
  if (ending.failed) {
    int code = fail(Error(Errc::unreachable, ending.reason), has_nanny);
    leave_process(code);
  }
  logging::info("worker", "ends: {}", ending.reason);
  if (ending.restart) leave_process(kStartAnew);
  if ((*server)->busy()) leave_process(0);
  return 0;
}

}  // namespace

int worker_main(int argc, const char* const* argv, const std::vector<std::string>& leading) {
  const std::optional<NannyNote> nanny = follow_nanny();
  const bool has_nanny = nanny.has_value();
  std::vector<std::string> flags(argv + 1, argv + argc);
  Result<std::optional<Settings>> settings = parse_settings(flags);
  if (!settings) return fail(settings.error(), has_nanny);
  if (!*settings) return 0;
  if (has_nanny) follow(*nanny, (*settings)->server);
  if (has_nanny || !(*settings)->nanny) return run_server(std::move(**settings), has_nanny);
  std::vector<std::string> command{argv[0]};
  command.insert(command.end(), leading.begin(), leading.end());
  command.insert(command.end(), flags.begin(), flags.end());
  command.push_back("--no-nanny");
  NannyLimits limits;
  limits.memory_limit = (*settings)->server.memory_limit;
  limits.terminate_bytes = static_cast<std::uint64_t>(static_cast<double>(limits.memory_limit) *
                                                      (*settings)->server.memory.terminate);
  return run_nanny(command, limits);
}

}  // namespace tartan::worker
