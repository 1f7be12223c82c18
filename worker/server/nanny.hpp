#pragma once

// The parent process that restarts a worker that dies. It executes this program again, without
// the nanny, hands signals on, and lets a worker that dies again and again wait before its next
// start. The new worker tells the scheduler how the old one ended and what it was running, so that
// nobody waits for the old one's lease and only running tasks are blamed. It must be called while
// the process has one thread and no sockets.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <worker/server/node.hpp>

namespace tartan::worker {

/// A worker process ends with this to say that starting it again would not help.
inline constexpr int kDoNotRestart = 78;
/// And with this to be started anew at once: the cluster was restarted.
inline constexpr int kStartAnew = 79;

/// A worker process larger than this is killed before the system has to choose what to kill.
struct NannyLimits {
  std::uint64_t terminate_bytes = 0;  ///< 0: never
  std::uint64_t memory_limit = 0;     ///< for the log
};

/// Runs the worker until it ends cleanly or a signal asks for the end. arguments: what the worker
/// process is given, the program's name first. Returns the exit code.
int run_nanny(const std::vector<std::string>& arguments, const NannyLimits& limits);

/// What a nanny tells the worker process it starts.
struct NannyNote {
  int board = -1;  ///< file descriptor of the Board of running tasks
  Key incarnation;
  std::optional<Predecessor> predecessor;
};

/// For a process that may have been started by a nanny: dies with it from now on. Nothing when
/// there is none.
std::optional<NannyNote> follow_nanny();

}  // namespace tartan::worker
