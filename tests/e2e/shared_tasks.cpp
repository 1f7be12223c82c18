#include <chrono>
#include <e2e/shared_tasks.hpp>
#include <fstream>
#include <mutex>
#include <tartan/client.hpp>
#include <thread>
#include <unistd.h>

namespace e2e {

std::int64_t count_in_file(const std::string& file, std::int64_t times, std::int64_t) {
  tartan::Lock lock("count");
  for (std::int64_t i = 0; i < times; ++i) {
    const std::lock_guard guard(lock);
    std::int64_t number = 0;
    std::ifstream(file) >> number;
    std::ofstream(file) << number + 1;
  }
  return times;
}

std::int64_t hold_at_first(const std::string& log) {
  tartan::Lock lock("task");
  const std::lock_guard guard(lock);
  std::string line;
  if (std::getline(std::ifstream(log), line)) return 1;
  std::ofstream(log) << ::getpid() << std::endl;
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

}  // namespace e2e

template struct tartan::ExportTasks<&e2e::count_in_file, &e2e::hold_at_first>;
