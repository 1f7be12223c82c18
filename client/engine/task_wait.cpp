#include <client/engine/task_wait.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/task_context.hpp>
#include <utility>

namespace tartan::client {

TaskWait::TaskWait(std::function<void()> wake) {
  const TaskContext* task = current_task();
  if (task == nullptr || task->host == nullptr) return;
  task->host->secede(*task, std::move(wake));
  task_ = task;
}

TaskWait::~TaskWait() {
  if (task_ != nullptr) task_->host->rejoin(*task_);
}

void TaskWait::end() {
  if (const TaskContext* task = std::exchange(task_, nullptr)) task->host->rejoin(*task);
  check_cancelled();
}

void TaskWait::check_cancelled() {
  const TaskContext* task = current_task();
  if (task == nullptr || !task->is_cancelled()) return;
  throw CancelledError("the task that waits here was cancelled; nobody wants its result any more");
}

}  // namespace tartan::client
