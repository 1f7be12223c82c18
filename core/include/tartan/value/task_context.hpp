#pragma once

// What a running task can know about itself. The executor of a worker, and the inline executor of
// a client, put one in place around the call; user code asks current_task() on the same thread.

#include <atomic>
#include <cstdint>
#include <string>
#include <tartan/base/key.hpp>

namespace tartan {

struct TaskContext {
  std::uint64_t attempt = 0;
  Key key;
  /// Set when the task's result is no longer wanted; may be null.
  const std::atomic<bool>* cancelled = nullptr;
  std::string worker;  ///< name of the worker; empty in the inline executor

  /// A long task may look now and then, and return early.
  bool is_cancelled() const {
    return cancelled != nullptr && cancelled->load(std::memory_order_relaxed);
  }
};

/// The innermost task this thread is running, or null outside of any.
const TaskContext* current_task();

/// Makes a context current on this thread for its lifetime; scopes nest. The context must outlive
/// the scope.
class TaskScope {
 public:
  explicit TaskScope(const TaskContext& context);
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

 private:
  const TaskContext* previous_;
};

}  // namespace tartan
