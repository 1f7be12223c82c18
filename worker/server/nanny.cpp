#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <core/base/process.hpp>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>
#include <unistd.h>
#include <worker/exec/board.hpp>
#include <worker/server/nanny.hpp>
#include <worker/server/usage.hpp>

extern char** environ;

namespace tartan::worker {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kNannyVariable = "TARTAN_NANNY";
constexpr const char* kComponent = "nanny";
/// A worker that lives shorter than this is started again only after a pause, which doubles.
constexpr std::chrono::seconds kShortLife{2};
constexpr std::size_t kShortLives = 5;  ///< without a pause
constexpr std::chrono::seconds kLongestPause{30};
constexpr std::chrono::milliseconds kMemoryInterval{200};
/// What a worker told to stop may take for it.
constexpr std::chrono::seconds kGrace{10};

using Halves = std::array<std::uint64_t, 2>;  // of a key

/// What the worker process is told, as JSON in the environment.
std::string to_text(const NannyNote& note) {
  nlohmann::json json = {{"pid", ::getpid()},
                         {"board", note.board},
                         {"incarnation", Halves{note.incarnation.hi, note.incarnation.lo}}};
  if (note.predecessor) {
    const Key key = note.predecessor->incarnation;
    json["predecessor"] = {{"incarnation", Halves{key.hi, key.lo}},
                           {"how", note.predecessor->how},
                           {"peak_bytes", note.predecessor->peak_bytes},
                           {"ran", note.predecessor->ran}};
  }
  return json.dump();
}

Key key_in(const nlohmann::json& json) {
  const auto halves = json.at("incarnation").get<Halves>();
  return {halves[0], halves[1]};
}

NannyNote from_json(const nlohmann::json& json) {
  NannyNote note;
  note.board = json.at("board").get<int>();
  note.incarnation = key_in(json);
  if (const auto before = json.find("predecessor"); before != json.end()) {
    note.predecessor = Predecessor{key_in(*before), before->at("how").get<std::string>(),
                                   before->at("peak_bytes").get<std::uint64_t>(),
                                   before->at("ran").get<std::vector<wire::AttemptId>>()};
  }
  return note;
}

/// This process's environment, with what the worker needs to find there before it starts.
std::vector<std::string> worker_environment(const NannyNote& note) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(entry[0], kNannyVariable, std::strlen(kNannyVariable)) == 0) continue;
    result.emplace_back(*entry);
  }
  result.push_back(fmt::format("{}={}", kNannyVariable, to_text(note)));
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

pid_t spawn(const std::vector<std::string>& arguments, const NannyNote& note) {
  std::vector<std::string> environment = worker_environment(note);
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
  std::uint64_t peak_bytes = 0;
};

Death look(pid_t child) {
  int status = 0;
  rusage used{};
  Death death;
  if (::wait4(child, &status, WNOHANG, &used) != child) return death;
  death.peak_bytes = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    death.ended = death.restart = true;
    death.code = 1;
    death.how = fmt::format("was killed by {} ({})", signal_name(number), ::strsignal(number));
  } else if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    death.ended = true;
    death.restart = code != 0 && code != kDoNotRestart;
    death.code = code == kDoNotRestart ? 1 : code;
    death.how = code == kStartAnew ? "ended, as the cluster was restarted"
                                   : fmt::format("ended with exit code {}", code);
  }
  return death;
}

class Nanny {
 public:
  Nanny(const std::vector<std::string>& arguments, const NannyLimits& limits)
      : arguments_(arguments), limits_(limits) {}

  int run() {
    auto board = Board::create();
    if (!board) {
      logging::warning(kComponent, "{}; a dead worker's tasks will be guessed",
                       board.error().message());
    } else {
      board_ = std::move(*board);
      note_.board = board_->fd();
    }
    sigset_t signals;
    ::sigemptyset(&signals);
    for (int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    start();
    while (!finished_) {
      timespec patience{1, 0};
      if (limits_.terminate_bytes > 0) patience = {0, kMemoryInterval.count() * 1'000'000};
      int number = ::sigtimedwait(&signals, nullptr, &patience);
      if (number == SIGTERM || number == SIGINT || number == SIGHUP) stop();
      if (child_ > 0) on_child(look(child_));
      if (child_ == 0 && !finished_ && Clock::now() >= start_at_) start();
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
    return code_;
  }

 private:
  void start() {
    note_.incarnation = unique_key();
    started_ = Clock::now();
    child_ = spawn(arguments_, note_);
    finished_ = child_ < 0;
  }

  void stop() {
    if (!stopping_) kill_at_ = Clock::now() + kGrace;
    stopping_ = true;
    if (child_ > 0) {
      ::kill(child_, SIGTERM);
    } else {
      finished_ = true;
      code_ = 0;
    }
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
    killed_for_ = fmt::format("was killed for having {} in memory, above the {} it may have",
                              format_bytes(bytes), format_bytes(limits_.terminate_bytes));
    ::kill(child_, SIGKILL);
  }

  void on_child(const Death& death) {
    if (!death.ended) return;
    if (stopping_ || !death.restart) {
      finished_ = true;
      code_ = stopping_ ? 0 : death.code;
      return;
    }
    std::string how = killed_for_.empty() ? death.how : std::exchange(killed_for_, {});
    note_.predecessor = Predecessor{note_.incarnation, std::move(how), death.peak_bytes, {}};
    if (board_) note_.predecessor->ran = board_->take();
    const pid_t former = std::exchange(child_, 0);
    start_at_ = Clock::now();
    if (death.code == kStartAnew) return;
    const std::chrono::seconds pause = pause_after(Clock::now() - started_);
    logging::warning(kComponent, "worker process {} {}; restarting it{}", former, death.how,
                     pause.count() == 0
                         ? std::string()
                         : fmt::format(" in {} s, as it died {} times in a row within {} s of its "
                                       "start; the lines above say what killed it",
                                       pause.count(), short_lives_, kShortLife.count()));
    start_at_ += pause;
  }

  std::chrono::seconds pause_after(Clock::duration life) {
    if (life >= kShortLife) short_lives_ = 0;
    if (++short_lives_ <= kShortLives) return std::chrono::seconds(0);
    const auto doublings = std::min<std::size_t>(short_lives_ - kShortLives - 1, 10);
    return std::min(kLongestPause, std::chrono::seconds(std::int64_t{1} << doublings));
  }

  const std::vector<std::string>& arguments_;
  NannyLimits limits_;
  std::unique_ptr<Board> board_;
  NannyNote note_;
  Clock::time_point started_{};
  Clock::time_point start_at_{};
  Clock::time_point kill_at_{};
  std::size_t short_lives_ = 0;
  std::string killed_for_;  ///< why we killed the worker, if we did
  pid_t child_ = 0;         ///< 0: none at the moment
  int code_ = 1;
  bool stopping_ = false;
  bool killed_ = false;
  bool finished_ = false;
};

}  // namespace

int run_nanny(const std::vector<std::string>& arguments, const NannyLimits& limits) {
  return Nanny(arguments, limits).run();
}

std::optional<NannyNote> follow_nanny() {
  const char* text = std::getenv(kNannyVariable);
  if (text == nullptr) return std::nullopt;
  const std::string told = text;
  // A child of the worker must not take itself for one.
  ::unsetenv(kNannyVariable);
  try {
    const nlohmann::json json = nlohmann::json::parse(told);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // It died before we could ask to die with it.
    if (::getppid() != json.at("pid").get<pid_t>()) ::raise(SIGTERM);
    NannyNote note = from_json(json);
    if (note.board >= 0) ::fcntl(note.board, F_SETFD, FD_CLOEXEC);
    return note;
  } catch (const nlohmann::json::exception& error) {
    logging::warning(kComponent, "{} is not a nanny's note ({}); running without one",
                     kNannyVariable, error.what());
    return std::nullopt;
  }
}

}  // namespace tartan::worker
