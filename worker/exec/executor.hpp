#pragma once

// Threads that run tasks. One thread (the server's) submits, abandons and takes what is done; the
// pool runs. Tasks wait in one queue and are taken singly, so that a long one never holds others
// back while a thread is free. Results gather until the server takes them; it is woken once per
// gathering, not once per task.
//
// BLAS libraries are told to use one thread: the pool is the parallelism.
//
// Invariants
// 1. Every submitted execution comes back through take_done exactly once, unless stop() came
//    before it started.
// 2. wake() is called from pool threads, after the result is there to be taken.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <worker/exec/board.hpp>
#include <worker/exec/execution.hpp>

namespace tartan::worker {

class Executor {
 public:
  /// board, which may be null, is told what runs and must outlive the executor.
  Executor(std::uint32_t nthreads, std::string worker, std::function<void()> wake,
           Board* board = nullptr);
  /// stop().
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Queues them in order; the vector is left empty.
  void submit(std::vector<Execution>& executions);
  /// Appends what has ended since the last call.
  void take_done(std::vector<Executed>& done);
  /// The result is not wanted: a task that looks at its context may return early.
  void abandon(wire::AttemptId attempt);
  /// Drops what has not started, abandons what runs and waits for it to end.
  void stop();
  /// Whether a task runs or waits, as seen by the submitting thread.
  bool busy() const { return unfinished_.load(std::memory_order_relaxed) > 0; }

 private:
  struct Slot {
    std::size_t number = 0;
    wire::AttemptId attempt = 0;
    std::atomic<bool> cancelled{false};
    std::thread thread;
  };
  void run(Slot& slot);
  bool next(Slot& slot, Execution& execution);

  std::string worker_;
  std::function<void()> wake_;
  Board* board_;
  std::atomic<std::size_t> unfinished_{0};

  std::mutex queue_mutex_;  // guards queue_, sleeping_, stopping_ and the attempts of slots_
  std::condition_variable work_;
  std::deque<Execution> queue_;
  std::size_t sleeping_ = 0;
  bool stopping_ = false;

  std::mutex done_mutex_;  // guards done_
  std::vector<Executed> done_;

  std::deque<Slot> slots_;
};

}  // namespace tartan::worker
