#pragma once

// Performs the store's orders: one thread that writes, reads and removes files in a directory of
// this process's own, in the order they were given. One thread (the server's) submits and takes
// results, of which it is woken once per gathering.
//
// The directory is made with the first file and removed at the end. It is locked while this
// process lives, so that a later one can tell what a dead one left behind, and removes that.
//
// Invariants
// 1. Every write and read comes back through take_done exactly once, unless the spiller ends.
// 2. The files together never exceed the limit; a value that would make them is a problem.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <worker/store/disk.hpp>

namespace tartan::worker {

struct SpillConfig {
  std::string parent;       ///< where the directory goes; empty: $TMPDIR, or /tmp
  std::uint64_t limit = 0;  ///< bytes of files; 0: none
  bool compress = false;    ///< by LZ4, where it saves a tenth: less to write, but no mapping back
};

class Spiller {
 public:
  Spiller(SpillConfig config, std::function<void()> wake);
  /// Waits for the order under way, drops the others and removes the directory.
  ~Spiller();
  Spiller(const Spiller&) = delete;
  Spiller& operator=(const Spiller&) = delete;

  /// Queues them in order; the vector is left empty.
  void submit(std::vector<DiskOrder>& orders);
  /// Appends what has ended since the last call.
  void take_done(std::vector<DiskResult>& done);

 private:
  void run();
  DiskResult perform(DiskOrder& order);
  void write(DiskOrder& order, DiskResult& result);
  void remove(std::uint64_t file);
  std::string open_directory();
  std::string path_of(std::uint64_t file) const;

  SpillConfig config_;
  std::function<void()> wake_;

  // The thread's own.
  std::string directory_;  ///< empty until there is one
  int lock_ = -1;
  std::map<std::uint64_t, std::uint64_t> sizes_;  ///< of the files
  std::uint64_t bytes_ = 0;

  std::mutex queue_mutex_;  // guards queue_ and stopping_
  std::condition_variable work_;
  std::deque<DiskOrder> queue_;
  bool stopping_ = false;

  std::mutex done_mutex_;  // guards done_
  std::vector<DiskResult> done_;

  std::thread thread_;  ///< started by the first order
};

/// Removes the directories of dead workers below `parent` (empty: the default place).
void remove_leftovers(const std::string& parent);

}  // namespace tartan::worker
