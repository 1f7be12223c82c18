#pragma once

// A scheduler and workers that belong to this program: threads of this process, connected by
// local:// addresses over which values are passed by pointer, or, with .processes, processes of
// their own (this program executed again, so tartan::init must come first in main) over loopback
// TCP. The destructor ends them all.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tartan {

struct LocalClusterOptions {
  std::uint32_t workers = 1;
  std::uint32_t threads_per_worker = 0;  ///< 0: the cores of this machine, shared out evenly
  std::string memory_limit = "auto";     ///< each worker's: "auto", "4GiB", "0.5" (of the machine)
  bool processes = false;
  std::chrono::nanoseconds start_timeout{std::chrono::seconds(30)};
};

class LocalCluster {
 public:
  /// Returns when every worker has joined. Throws Exception(refused) when processes are asked for
  /// without tartan::init, Exception(timeout) when workers do not join in time.
  explicit LocalCluster(const LocalClusterOptions& options = {});
  ~LocalCluster();
  LocalCluster(const LocalCluster&) = delete;
  LocalCluster& operator=(const LocalCluster&) = delete;

  /// What a Client connects to.
  const std::string& address() const;
  std::size_t size() const;  ///< workers asked for
  /// Process ids of the workers; empty when they are threads.
  std::vector<int> worker_pids() const;
  /// Ends workers and scheduler; clients still connected see ConnectionError. Idempotent.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// First thing in main: lets this program be its own worker. With --tartan-worker ADDRESS among
/// the arguments it runs a worker, with tartan-worker's flags, and ends the process when that
/// ends; otherwise it only remembers how the program was called.
void init(int argc, char** argv);

}  // namespace tartan
