#pragma once

// A worker in this process: one thread that owns the sockets and the node, and the pool that runs
// tasks. The daemon and the embedded cluster both start one.
//
// start(), stop(), wait() and the rest may be called from any thread but the server's own. The
// callbacks are called on the server's thread and must return soon.
//
// A server ends when stop() is called, when the scheduler refuses it or shuts it down, or when
// the scheduler has been silent for death_timeout. Its tasks may still be running then; the
// destructor waits for them.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <tartan/base/time.hpp>
#include <worker/exec/board.hpp>
#include <worker/server/node.hpp>
#include <worker/store/pressure.hpp>

namespace tartan::worker {

/// How a server ended.
struct Ending {
  bool failed = false;   ///< refused, or the scheduler did not answer
  bool restart = false;  ///< the process is to be started anew
  std::string reason;
};

struct ServerConfig {
  std::string scheduler_address;                   ///< tcp://host:port or local://name
  std::string data_address = "tcp://127.0.0.1:0";  ///< port 0: any; local://*: any name
  std::string name = {};                           ///< empty: the data address
  std::uint32_t nthreads = 1;
  std::uint64_t memory_limit = 0;    ///< bytes; 0: none
  MemoryFractions memory = {};       ///< of the limit
  std::string local_directory = {};  ///< for values that do not fit; empty: $TMPDIR or /tmp
  std::uint64_t spill_limit = 0;     ///< bytes of files; 0: none
  bool compress_spills = false;      ///< by LZ4
  bool owns_process = false;         ///< the process's memory is this worker's
  std::map<std::string, double> resources = {};
  Duration death_timeout{std::chrono::seconds(60)};  ///< zero: wait for ever
  bool allow_remote = false;                         ///< listen beyond loopback, without keys
  /// Load task modules that clients bring; unset: when the scheduler is on this host.
  std::optional<bool> allow_modules = {};
  Key incarnation = {};                         ///< null: a new one
  std::optional<Predecessor> predecessor = {};  ///< whose place this worker takes
  bool nanny = false;                           ///< a parent process restarts this one
  std::shared_ptr<Board> board = {};            ///< told what runs; may be null
  /// The scheduler accepted us, under this name. Called once.
  std::function<void(const std::string& name, const std::string& data_address)> on_joined = {};
  /// The server has ended by itself or by stop().
  std::function<void(const Ending&)> on_ended = {};
};

class Server {
 public:
  /// Listens and begins to say hello. Errors are those of net::Loop.
  static Result<std::unique_ptr<Server>> start(ServerConfig config);
  /// stop(), then waits for running tasks.
  ~Server();

  /// Takes leave of the scheduler and ends the server's thread. Running tasks run on.
  void stop(const std::string& reason = "it was told to stop");
  /// Returns when the server has ended.
  Ending wait();
  /// Whether a task still runs.
  bool busy() const;
  const std::string& data_address() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tartan::worker
