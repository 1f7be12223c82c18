#include "tasks.hpp"

#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>
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

}  // namespace tasks
