#include "sample.hpp"

#include <numeric>
#include <stdexcept>
#include <tartan/value/task_context.hpp>

namespace sample {

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::string greet(std::string name) { return "hello " + name; }

std::uint64_t attempt() {
  const tartan::TaskContext* task = tartan::current_task();
  return task != nullptr ? task->attempt : 0;
}

int fail(int value) { throw std::domain_error("no " + std::to_string(value)); }

tartan::Value first(tartan::Arguments& arguments) { return arguments.next(); }

}  // namespace sample

namespace {
int twice(int value) { return 2 * value; }
}  // namespace

template struct tartan::ExportTasks<&sample::total, &sample::greet, &sample::attempt, &sample::fail,
                                    &sample::first, &twice>;
