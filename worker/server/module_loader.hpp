#pragma once

// Carries out the orders of ModuleFetcher on a thread of its own: reading, writing and loading a
// module may take longer than the server's thread can spare. One thread (the server's) submits
// and takes results, of which it is woken.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>
#include <worker/server/module_cache.hpp>
#include <worker/server/modules.hpp>

namespace tartan::worker {

class ModuleLoader {
 public:
  /// `parent`: where the cache directory goes; empty: $TMPDIR, or /tmp.
  ModuleLoader(const std::string& parent, std::function<void()> wake);
  /// Waits for the order under way and drops the others.
  ~ModuleLoader();
  ModuleLoader(const ModuleLoader&) = delete;
  ModuleLoader& operator=(const ModuleLoader&) = delete;

  void submit(std::vector<ModuleOrder> orders);
  /// Every order comes back exactly once, in order.
  std::vector<ModuleResult> take_done();

 private:
  void run();

  ModuleCache cache_;
  std::function<void()> wake_;
  std::mutex mutex_;  // guards the next three
  std::condition_variable work_;
  std::deque<ModuleOrder> queue_;
  std::vector<ModuleResult> done_;
  bool stopping_ = false;
  std::thread thread_;  ///< started by the first order
};

/// One order, on the calling thread.
ModuleResult perform(ModuleCache& cache, const ModuleOrder& order);

}  // namespace tartan::worker
