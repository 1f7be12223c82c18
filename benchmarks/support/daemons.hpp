#pragma once

// A tartan-scheduler process, from the folder this program lies in, and worker processes: this
// program again as its own worker, since only it has the benchmark's functions. The program must
// call tartan::init first.

#include <sys/types.h>

#include <string>
#include <vector>

namespace tartan::benchmarks {

class Daemons {
 public:
  /// Starts a scheduler on a free port and the workers, and returns once all have said they are
  /// ready. Throws std::runtime_error naming the program that did not start.
  Daemons(int workers, int threads_per_worker);
  ~Daemons();
  Daemons(const Daemons&) = delete;
  Daemons& operator=(const Daemons&) = delete;

  const std::string& address() const { return address_; }
  /// User and system CPU seconds of the scheduler so far.
  double scheduler_cpu_seconds() const;

 private:
  std::string start(const std::vector<std::string>& command);

  std::vector<pid_t> processes_;
  std::string address_;
};

}  // namespace tartan::benchmarks
