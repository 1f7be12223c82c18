#include <benchmarks/support/daemons.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace tartan::benchmarks {
namespace {

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

/// The first line the process writes to its standard output.
std::string read_line(int descriptor) {
  std::string line;
  char letter = 0;
  while (::read(descriptor, &letter, 1) == 1 && letter != '\n') line += letter;
  return line;
}

}  // namespace

Daemons::Daemons(int workers, int threads_per_worker) {
  const std::string ready = start(
      {(this_program().parent_path() / "tartan-scheduler").string(), "--port", "0"});
  address_ = ready.substr(ready.find("tcp://"));
  for (int i = 0; i < workers; ++i) {
    start({this_program().string(), "--tartan-worker", address_, "--no-nanny", "--nthreads",
           std::to_string(threads_per_worker)});
  }
}

Daemons::~Daemons() {
  for (auto process = processes_.rbegin(); process != processes_.rend(); ++process) {
    ::kill(*process, SIGTERM);
    ::waitpid(*process, nullptr, 0);
  }
}

std::string Daemons::start(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failure = ::posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(),
                                    environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failure != 0) throw std::runtime_error("cannot start " + command[0]);
  processes_.push_back(process);
  std::string line = read_line(ends[0]);  // the pipe stays open: the daemon may write again
  if (line.find("ready") == std::string::npos) {
    throw std::runtime_error(command[0] + " did not say that it is ready: '" + line + "'");
  }
  return line;
}

double Daemons::scheduler_cpu_seconds() const {
  std::ifstream stat("/proc/" + std::to_string(processes_.front()) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  text = text.substr(text.rfind(')') + 2);  // the name may hold spaces
  long user = 0;
  long system = 0;
  std::sscanf(text.c_str(), "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system);
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace tartan::benchmarks
