#pragma once

// The parent process that restarts a worker that dies. It executes this program again, without
// the nanny, hands signals on, and gives up when the worker dies again and again. It must be
// called while the process has one thread and no sockets.

#include <cstdint>
#include <string>
#include <vector>

namespace tartan::worker {

/// A worker process ends with this to say that starting it again would not help.
inline constexpr int kDoNotRestart = 78;

/// A worker process larger than this is killed before the system has to choose what to kill.
struct NannyLimits {
  std::uint64_t terminate_bytes = 0;  ///< 0: never
  std::uint64_t memory_limit = 0;     ///< for the log
};

/// Runs the worker until it ends cleanly or a signal asks for the end. arguments: what the worker
/// process is given, the program's name first. Returns the exit code.
int run_nanny(const std::vector<std::string>& arguments, const NannyLimits& limits);

/// For a process that may have been started by a nanny: dies with it from now on. Returns whether
/// there is one.
bool follow_nanny();

}  // namespace tartan::worker
