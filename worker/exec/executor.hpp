#pragma once

// Threads that run tasks. One thread (the server's) submits, abandons and takes what is done; the
// pool runs. Tasks wait in one queue and are taken singly, so that a long one never holds others
// back while a thread is free. Results gather until the server takes them; it is woken once per
// gathering, not once per task.
//
// A task that waits for other tasks secedes: it keeps its thread, but no longer counts among the
// nthreads that may run, and a spare thread takes its place. It goes on at once when its wait is
// over, so for a moment more than nthreads may run; no further task starts until they are fewer.
// Spare threads are made on demand and kept for reuse, a few beyond nthreads. Their stacks cost
// memory only as far as they are used.
//
// BLAS libraries are told to use one thread: the pool is the parallelism.
//
// Invariants
// 1. Every submitted execution comes back through take_done exactly once, unless stop() came
//    before it started.
// 2. wake() is called from pool threads, after the result is there to be taken.
// 3. There are at least nthreads threads besides those of tasks that have seceded.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <worker/exec/board.hpp>
#include <worker/exec/execution.hpp>

namespace tartan::worker {

/// A task began to wait for others, or ceased to.
struct Waiting {
  wire::AttemptId attempt = 0;
  bool seceded = false;
};

class Executor final : public TaskHost {
 public:
  /// scheduler and incarnation: the address and the worker that tasks find in their context. board,
  /// which may be null, is told what runs and must outlive the executor.
  Executor(std::uint32_t nthreads, std::string worker, std::function<void()> wake,
           std::string scheduler = {}, Board* board = nullptr, Key incarnation = {});
  /// stop().
  ~Executor() override;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Queues them in order; the vector is left empty.
  void submit(std::vector<Execution>& executions);
  /// Appends what has ended since the last call.
  void take_done(std::vector<Executed>& done);
  /// Appends who has begun or ceased to wait, in order. Take it before what is done.
  void take_waiting(std::vector<Waiting>& waiting);
  /// The result is not wanted: a task that looks at its context may return early, and one that
  /// waits for others is woken.
  void abandon(wire::AttemptId attempt);
  /// Drops what has not started, abandons what runs and waits for it to end.
  void stop();
  /// Whether a task runs or waits, as seen by the submitting thread.
  bool busy() const { return unfinished_.load(std::memory_order_relaxed) > 0; }
  /// Threads at present, for tests.
  std::size_t threads() const;

  void secede(const TaskContext& task, std::function<void()> wake) override;
  void rejoin(const TaskContext& task) override;
  std::shared_ptr<void> shared(const std::function<std::shared_ptr<void>()>& make) override;

 private:
  /// One thread, and the task it runs.
  struct Slot {
    std::size_t number = 0;  ///< on the board
    TaskContext context;
    std::optional<wire::AttemptId> attempt;
    std::atomic<bool> cancelled{false};
    std::function<void()> wake;  ///< set while the task has seceded
    Time seceded_at{};
    Duration waited{};
    bool ended = false;
    std::thread thread;
  };
  void add_thread();
  std::size_t take_number();
  void reap();
  std::size_t count_calls();
  void call_threads(std::size_t calls);
  void run(Slot& slot);
  bool next(Slot& slot, Execution& execution);
  bool await_call(std::unique_lock<std::mutex>& lock);
  void tell(Executed executed);
  void tell(Waiting waiting);

  const std::uint32_t nthreads_;
  const std::string worker_;
  const std::string scheduler_;
  std::function<void()> wake_;
  Board* board_;
  const Key incarnation_;
  std::atomic<std::size_t> unfinished_{0};

  mutable std::mutex queue_mutex_;  // guards all down to slots_, and the slots' fields
  std::condition_variable work_;
  std::deque<Execution> queue_;
  std::vector<wire::AttemptId> abandoned_;  ///< of the queue
  std::uint32_t running_ = 0;               ///< threads with a task that has not seceded
  std::size_t seceded_ = 0;
  std::size_t alive_ = 0;     ///< threads that have not ended
  std::size_t ended_ = 0;     ///< threads that have, and are in slots_ still
  std::size_t sleeping_ = 0;  ///< threads in await_call, called or not
  std::size_t calls_ = 0;     ///< made and not yet heard
  std::uint64_t threads_made_ = 0;
  std::size_t numbers_ = 0;  ///< on the board, and those of threads that have ended
  std::vector<std::size_t> free_numbers_;
  bool stopping_ = false;
  std::list<Slot> slots_;

  std::mutex done_mutex_;  // guards done_ and waiting_
  std::vector<Executed> done_;
  std::vector<Waiting> waiting_;

  std::mutex shared_mutex_;  // guards shared_
  std::shared_ptr<void> shared_;
};

}  // namespace tartan::worker
