#include <ml/base/task_batch.hpp>

namespace tartan::ml {

TaskBatch::Ref TaskBatch::add(const FunctionInfo& function, std::string_view group,
                              const std::vector<Argument>& arguments, std::uint64_t output_bytes) {
  ArgumentWriter writer;
  std::vector<Ref> dependencies;
  const auto depend = [&](Ref ref) {
    writer.dependency(static_cast<std::uint32_t>(dependencies.size()));
    dependencies.push_back(ref);
  };
  for (const Argument& argument : arguments) {
    if (const auto* value = std::get_if<Value>(&argument)) {
      writer.inline_value(*value);
    } else if (const auto* ref = std::get_if<Ref>(&argument)) {
      depend(*ref);
    } else {
      const auto& list = std::get<std::vector<Ref>>(argument);
      writer.list(static_cast<std::uint32_t>(list.size()));
      for (const Ref each : list) depend(each);
    }
  }
  GraphBuilder::Task task;
  task.function = &function;
  task.group = group;
  task.dependencies = dependencies;
  task.arguments = writer.bytes();
  task.output_bytes = output_bytes;
  return graph_.add(task);
}

}  // namespace tartan::ml
