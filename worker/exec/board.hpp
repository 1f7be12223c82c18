#pragma once

// What a worker's threads are running at this moment, in memory that outlives the process: the
// parent process reads it when the worker has died, so that only tasks that were running are
// blamed. One writer per slot; reading is for when the writers are gone.

#include <atomic>
#include <core/wire/messages.hpp>
#include <memory>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan::worker {

class Board {
 public:
  /// In memory that child processes inherit as the file descriptor fd(). io_error.
  static Result<std::unique_ptr<Board>> create();
  /// The board a parent process made. io_error.
  static Result<std::unique_ptr<Board>> open(int fd);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  int fd() const { return fd_; }
  /// The thread with this number runs the attempt; 0: none. Threads beyond the board's size are
  /// not recorded.
  void note(std::size_t thread, wire::AttemptId attempt) {
    if (thread < kSlots) slots_[thread].store(attempt, std::memory_order_relaxed);
  }
  /// The attempts on the board, which is cleared.
  std::vector<wire::AttemptId> take();

 private:
  using Slot = std::atomic<wire::AttemptId>;
  static_assert(Slot::is_always_lock_free);
  static constexpr std::size_t kSlots = 4096;

  Board(int fd, Slot* slots) : fd_(fd), slots_(slots) {}

  int fd_;
  Slot* slots_;
};

}  // namespace tartan::worker
