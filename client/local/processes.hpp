#pragma once

// Child processes that are this program executed again. They are started by a thread that lives
// as long as they do, because Linux ties a child's parent-death signal to the thread that made it.

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tartan::client {

class Processes {
 public:
  /// One process per list of arguments (without the program's name), with one more variable
  /// ("NAME=value") in their environment. What they print goes to stderr: stdout belongs to this
  /// program. Throws Exception(io_error).
  Processes(const std::vector<std::vector<std::string>>& arguments, const std::string& variable);
  /// Ends them: SIGTERM, and SIGKILL to those still there after two seconds.
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  std::vector<int> pids() const { return pids_; }
  /// Whether one of them has ended; it stays so.
  bool any_ended();

 private:
  void live(const std::vector<std::vector<std::string>>& arguments, const std::string& variable);
  void end_all();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool started_ = false;
  bool stop_ = false;
  std::string error_;
  std::vector<int> pids_;
  std::thread thread_;
};

}  // namespace tartan::client
