#include <algorithm>
#include <chrono>
#include <client/local/processes.hpp>
#include <cstring>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <tartan/base/exceptions.hpp>
#include <unistd.h>

extern char** environ;

namespace tartan::client {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.data()));
  return result;
}

int spawn_self(const std::vector<std::string>& arguments, const std::string& variable,
               std::string& error) {
  std::vector<char*> argv = pointers(arguments);
  argv.insert(argv.begin(), program_invocation_name);
  argv.push_back(nullptr);
  std::vector<char*> environment{const_cast<char*>(variable.data())};
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t pid = 0;
  const int code =
      ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (code != 0) error = std::string("a worker process cannot be started: ") + std::strerror(code);
  return code == 0 ? pid : 0;
}

/// Without collecting it, so that its number is not reused while somebody may still signal it.
bool has_ended(int pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

}  // namespace

Processes::Processes(const std::vector<std::vector<std::string>>& arguments,
                     const std::string& variable) {
  thread_ = std::thread([this, &arguments, &variable] { live(arguments, variable); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return started_; });
  if (error_.empty()) return;
  lock.unlock();
  thread_.join();
  throw Exception(Errc::io_error, error_);
}

Processes::~Processes() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Processes::any_ended() { return std::any_of(pids_.begin(), pids_.end(), has_ended); }

void Processes::live(const std::vector<std::vector<std::string>>& arguments,
                     const std::string& variable) {
  std::vector<int> pids;
  std::string error;
  for (const auto& list : arguments) {
    const int pid = spawn_self(list, variable, error);
    if (pid == 0) break;
    pids.push_back(pid);
  }
  std::unique_lock lock(mutex_);
  pids_ = std::move(pids);
  error_ = std::move(error);
  started_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return stop_ || !error_.empty(); });
  lock.unlock();
  end_all();
}

void Processes::end_all() {
  for (const int pid : pids_) ::kill(pid, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (const int pid : pids_) {
    while (!has_ended(pid) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (!has_ended(pid)) ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}

}  // namespace tartan::client
