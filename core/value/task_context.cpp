#include <tartan/value/task_context.hpp>

namespace tartan {

namespace {
thread_local const TaskContext* current = nullptr;
}

const TaskContext* current_task() { return current; }

TaskScope::TaskScope(const TaskContext& context) : previous_(current) { current = &context; }
TaskScope::~TaskScope() { current = previous_; }

}  // namespace tartan
