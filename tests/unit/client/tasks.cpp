#include "tasks.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <tartan/value/task_context.hpp>
#include <thread>
#include <unistd.h>

namespace tasks {

double norm(const std::vector<double>& v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}
double add(double a, double b) { return a + b; }
double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}
int increment(int x) { return x + 1; }
std::string greet(const std::string& name) { return "hello " + name; }
void nothing(int) {}
double fail(double x) { throw std::domain_error("no result for " + std::to_string(x)); }
int fails_once(int x) {
  static std::atomic<int> runs{0};
  if (runs++ == 0) throw std::runtime_error("not yet");
  return x;
}
std::uint64_t pid() { return static_cast<std::uint64_t>(::getpid()); }
double nested(int n) {
  auto& client = tartan::Client::current();
  std::vector<int> items(static_cast<std::size_t>(n));
  std::iota(items.begin(), items.end(), 0);
  double total = 0;
  for (const int x : client.gather(client.map<&increment>(items))) total += x;
  return total;
}
std::vector<double> ramp(std::int64_t n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}
tartan::Value first_of(tartan::Arguments& arguments) {
  return arguments.next_is_list() ? arguments.next_list().front() : arguments.next();
}
int slow(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  return ms;
}
std::size_t length(const std::string& text) { return text.size(); }

std::int64_t fib(std::int64_t n) {
  if (n < 2) return n;
  auto& client = tartan::Client::current();
  const auto a = client.submit<&fib>(n - 1);
  const auto b = client.submit<&fib>(n - 2);
  return a.get() + b.get();
}
std::int64_t fib_impure(std::int64_t n) {
  if (n < 2) return n;
  auto& client = tartan::Client::current();
  const tartan::Options impure{.pure = false};
  const auto a = client.submit<&fib_impure>(impure, n - 1);
  const auto b = client.submit<&fib_impure>(impure, n - 2);
  return a.get() + b.get();
}
std::vector<std::int64_t> quicksort(const std::vector<std::int64_t>& values) {
  if (values.size() < 2) return values;
  const std::int64_t pivot = values[values.size() / 2];
  std::vector<std::int64_t> less;
  std::vector<std::int64_t> result;
  std::vector<std::int64_t> more;
  for (const std::int64_t value : values) {
    (value < pivot ? less : value > pivot ? more : result).push_back(value);
  }
  auto& client = tartan::Client::current();
  const auto left = client.submit<&quicksort>(less);
  const auto right = client.submit<&quicksort>(more);
  const std::vector<std::int64_t> before = left.get();
  const std::vector<std::int64_t> after = right.get();
  result.insert(result.begin(), before.begin(), before.end());
  result.insert(result.end(), after.begin(), after.end());
  return result;
}
std::vector<std::int64_t> shuffled(std::int64_t count) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(i * 7919 % 10007);
  return values;
}
std::vector<std::int64_t> sorted(std::int64_t count) {
  std::vector<std::int64_t> values = shuffled(count);
  std::sort(values.begin(), values.end());
  return values;
}
std::string current_address() { return tartan::Client::current().address(); }
std::string current_address_inline() {
  const tartan::InlineScope scope;
  return tartan::Client::current().address();
}
std::int64_t sum_as_completed(std::int64_t n) {
  std::vector<int> items(static_cast<std::size_t>(n));
  std::iota(items.begin(), items.end(), 0);
  std::int64_t total = 0;
  auto futures = tartan::Client::current().map<&increment>(items);
  for (auto& future : tartan::as_completed(std::move(futures))) total += future.get();
  return total;
}
std::int64_t replicate_inside(std::int64_t n) {
  auto& client = tartan::Client::current();
  const std::vector<tartan::Future<std::vector<double>>> made{client.submit<&ramp>(n)};
  client.replicate(made, 1);
  return static_cast<std::int64_t>(made[0].get().size());
}

double waits_for_failure(double x) { return tartan::Client::current().submit<&fail>(x).get(); }

std::atomic<bool> running{false};
std::atomic<bool> woken{false};
int until_cancelled() {
  running = true;
  while (!tartan::current_task()->is_cancelled()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return 1;
}
std::atomic<int> runs_counted{0};
int count_run(int ms) {
  slow(ms);
  return ++runs_counted;
}
int fails_twice(int x) {
  static std::atomic<int> attempts{0};
  if (attempts++ < 2) throw std::runtime_error("not yet");
  return x;
}
std::string worker_name() { return tartan::current_task()->worker; }
int waits_for_endless() {
  const tartan::Options impure{.pure = false};
  try {
    return tartan::Client::current().submit<&until_cancelled>(impure).get();
  } catch (const tartan::CancelledError&) {
    woken = true;
    throw;
  }
}

int number_in(const std::string& file) {
  std::ifstream in(file);
  int number = 0;
  in >> number;
  return number;
}

int count_in_file(const std::string& file, int times) {
  tartan::Lock lock(file);
  for (int i = 0; i < times; ++i) {
    const std::lock_guard guard(lock);
    const int number = number_in(file);
    std::ofstream(file) << number + 1;
  }
  return times;
}

int take_lock(const std::string& name) {
  tartan::Lock lock(name);
  const std::lock_guard guard(lock);
  return 1;
}

}  // namespace tasks
