#pragma once

// What a running task can know about itself. The executor of a worker, and the inline executor of
// a client, put one in place around the call; user code asks current_task() on the same thread.
//
// A task that waits for other tasks gives its place on the worker to another meanwhile: the client
// library tells the task's host, the pool whose thread it runs on, before and after each wait.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tartan/base/key.hpp>

namespace tartan {

struct TaskContext;

/// The pool a task runs on. A task's own thread calls these.
class TaskHost {
 public:
  virtual ~TaskHost() = default;
  /// The task is about to wait for others: until rejoin() it takes none of the worker's threads.
  /// If the task is cancelled meanwhile, or was before, wake is called, perhaps on another thread;
  /// never after rejoin(). Throws Exception(limit_exceeded) when too many tasks wait already.
  virtual void secede(const TaskContext& task, std::function<void()> wake) = 0;
  /// The wait is over and the task goes on at once.
  virtual void rejoin(const TaskContext& task) = 0;
  /// An object that all tasks of the pool share, made by the first that asks; it is destroyed
  /// when the pool has ended.
  virtual std::shared_ptr<void> shared(const std::function<std::shared_ptr<void>()>& make) = 0;
};

struct TaskContext {
  std::uint64_t attempt = 0;
  Key key;
  /// Set when the task's result is no longer wanted; may be null.
  const std::atomic<bool>* cancelled = nullptr;
  std::string worker;        ///< name of the worker; empty in the inline executor
  std::string scheduler;     ///< address of the worker's scheduler; empty in the inline executor
  Key incarnation = {};      ///< of the worker; null in the inline executor
  TaskHost* host = nullptr;  ///< null in the inline executor
  void* seat = nullptr;      ///< how the host knows the task's thread

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
