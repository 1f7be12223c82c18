#pragma once

// A wait inside a task: the task gives its place on the worker to another until the wait is over,
// and is woken when it is cancelled. Outside of tasks, and in tasks of the inline executor, it does
// nothing.

#include <functional>

namespace tartan {
struct TaskContext;
}

namespace tartan::client {

class TaskWait {
 public:
  /// wake ends the wait early; any thread may call it, until end().
  explicit TaskWait(std::function<void()> wake);
  ~TaskWait();
  TaskWait(const TaskWait&) = delete;
  TaskWait& operator=(const TaskWait&) = delete;

  /// The task goes on; throws CancelledError when it was cancelled.
  void end();
  /// Throws CancelledError when this thread runs a task that was cancelled.
  static void check_cancelled();

 private:
  const TaskContext* task_ = nullptr;  ///< null: not waiting inside a task
};

}  // namespace tartan::client
