#include <cerrno>
#include <chrono>
#include <core/base/process.hpp>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>
#include <unistd.h>
#include <worker/server/nanny.hpp>
#include <worker/server/usage.hpp>

extern char** environ;

namespace tartan::worker {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kNannyVariable = "TARTAN_NANNY_PID";
constexpr const char* kComponent = "nanny";
constexpr std::size_t kRestarts = 5;
constexpr std::chrono::seconds kRestartWindow{60};
constexpr std::chrono::milliseconds kMemoryInterval{200};
/// What a worker told to stop may take for it.
constexpr std::chrono::seconds kGrace{10};

/// This process's environment, with what the worker needs to find there before it starts.
std::vector<std::string> worker_environment() {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(entry[0], kNannyVariable, std::strlen(kNannyVariable)) == 0) continue;
    result.emplace_back(*entry);
  }
  result.push_back(fmt::format("{}={}", kNannyVariable, ::getpid()));
  auto add = [&](const char* name, const char* value) {
    if (std::getenv(name) == nullptr) result.push_back(fmt::format("{}={}", name, value));
  };
  // The pool of threads is the parallelism; libraries that start their own would fight it.
  add("OPENBLAS_NUM_THREADS", "1");
  add("OMP_NUM_THREADS", "1");
  // Freed memory goes back to the system soon, so that the resident size tells what is held.
  add("MALLOC_TRIM_THRESHOLD_", "65536");
  return result;
}

/// As exec wants them: a list of C strings that ends with a null pointer.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

pid_t spawn(const std::vector<std::string>& arguments) {
  std::vector<std::string> environment = worker_environment();
  std::vector<char*> argv = pointers(arguments);
  std::vector<char*> envp = pointers(environment);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  int error =
      ::posix_spawn(&child, "/proc/self/exe", nullptr, &attributes, argv.data(), envp.data());
  ::posix_spawnattr_destroy(&attributes);
  if (error == 0) return child;
  logging::error(kComponent, "cannot start the worker process: {}", std::strerror(error));
  return -1;
}

struct Death {
  bool ended = false;
  bool restart = false;
  int code = 0;
  std::string how;
};

Death look(pid_t child) {
  int status = 0;
  Death death;
  if (::waitpid(child, &status, WNOHANG) != child) return death;
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    return {true, true, 1,
            fmt::format("was killed by {} ({})", signal_name(number), ::strsignal(number))};
  }
  if (!WIFEXITED(status)) return death;
  int code = WEXITSTATUS(status);
  if (code == kDoNotRestart) return {true, false, 1, "gave up"};
  return {true, code != 0, code, fmt::format("ended with exit code {}", code)};
}

class Nanny {
 public:
  Nanny(const std::vector<std::string>& arguments, const NannyLimits& limits)
      : arguments_(arguments), limits_(limits) {}

  int run() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    child_ = spawn(arguments_);
    while (child_ > 0 && !finished_) {
      timespec patience{1, 0};
      if (limits_.terminate_bytes > 0) patience = {0, kMemoryInterval.count() * 1'000'000};
      int number = ::sigtimedwait(&signals, nullptr, &patience);
      if (number == SIGTERM || number == SIGINT || number == SIGHUP) stop();
      on_child(look(child_));
      check_memory();
      if (stopping_ && !killed_ && Clock::now() > kill_at_) {
        logging::warning(kComponent,
                         "worker process {} has not ended {} s after it was told to; "
                         "killing it",
                         child_, kGrace.count());
        ::kill(child_, SIGKILL);
        killed_ = true;
      }
    }
    return child_ > 0 ? code_ : 1;
  }

 private:
  void stop() {
    if (!stopping_) kill_at_ = Clock::now() + kGrace;
    stopping_ = true;
    ::kill(child_, SIGTERM);
  }

  void check_memory() {
    if (limits_.terminate_bytes == 0 || finished_ || stopping_ || child_ <= 0) return;
    std::uint64_t bytes = resident_bytes(child_);
    if (bytes <= limits_.terminate_bytes) return;
    logging::warning(kComponent,
                     "worker process {} has {} in memory, more than the {} at which it is killed "
                     "(its limit is {}; see --memory-terminate)",
                     child_, format_bytes(bytes), format_bytes(limits_.terminate_bytes),
                     format_bytes(limits_.memory_limit));
    ::kill(child_, SIGKILL);
  }

  void on_child(const Death& death) {
    if (!death.ended) return;
    if (stopping_ || !death.restart) {
      finished_ = true;
      code_ = stopping_ ? 0 : death.code;
      return;
    }
    Clock::time_point now = Clock::now();
    while (!restarts_.empty() && now - restarts_.front() > kRestartWindow) restarts_.pop_front();
    if (restarts_.size() >= kRestarts) {
      logging::error(kComponent,
                     "worker process {} {}; it has been restarted {} times within {} s, "
                     "which is enough: giving up. The lines above say what killed it",
                     child_, death.how, kRestarts, kRestartWindow.count());
      finished_ = true;
      code_ = 1;
      return;
    }
    restarts_.push_back(now);
    logging::warning(kComponent,
                     "worker process {} {}; restarting it ({} of at most {} times within "
                     "{} s)",
                     child_, death.how, restarts_.size(), kRestarts, kRestartWindow.count());
    child_ = spawn(arguments_);
  }

  const std::vector<std::string>& arguments_;
  NannyLimits limits_;
  std::deque<Clock::time_point> restarts_;
  Clock::time_point kill_at_{};
  pid_t child_ = -1;
  int code_ = 0;
  bool stopping_ = false;
  bool killed_ = false;
  bool finished_ = false;
};

}  // namespace

int run_nanny(const std::vector<std::string>& arguments, const NannyLimits& limits) {
  return Nanny(arguments, limits).run();
}

bool follow_nanny() {
  const char* text = std::getenv(kNannyVariable);
  if (text == nullptr) return false;
  long nanny = std::strtol(text, nullptr, 10);
  // A child of the worker must not take itself for one.
  ::unsetenv(kNannyVariable);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != nanny) ::raise(SIGTERM);  // it died before we could ask to die with it
  return true;
}

}  // namespace tartan::worker
