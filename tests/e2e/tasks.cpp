#include <chrono>
#include <cmath>
#include <cstdlib>
#include <e2e/tasks.hpp>
#include <stdexcept>
#include <tartan/value/function.hpp>
#include <thread>
#include <unistd.h>

namespace e2e {

std::int64_t square(std::int64_t x) { return x * x; }

std::int64_t slowly(std::int64_t x, std::int64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  return x;
}

std::int64_t sum(const std::vector<std::int64_t>& values) {
  std::int64_t total = 0;
  for (const std::int64_t value : values) total += value;
  return total;
}

double reciprocal(double x) {
  if (x == 0) throw std::domain_error("one over zero");
  return 1 / x;
}

std::int64_t crash(std::int64_t x) {
  if (x != 0) std::abort();
  return x;
}

std::vector<std::uint64_t> leaf(std::int64_t seed, std::int64_t milliseconds) {
  std::vector<std::uint64_t> numbers(1000);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = (static_cast<std::uint64_t>(seed) * 1000 + i) * 0x9E3779B97F4A7C15ULL;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  return numbers;
}

std::vector<std::uint64_t> blend(const std::vector<std::uint64_t>& left,
                                 const std::vector<std::uint64_t>& right,
                                 std::int64_t milliseconds) {
  std::vector<std::uint64_t> numbers(left.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = (left[i] ^ (left[i] >> 29)) * 0xBF58476D1CE4E5B9ULL + right[i];
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  return numbers;
}

std::vector<double> large(std::int64_t count, std::int64_t seed) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] =
        std::fmod(static_cast<double>(i + 1) * 0.7548776662466927 + static_cast<double>(seed), 1.0);
  }
  return values;
}

double checksum(const std::vector<double>& values) {
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    total += values[i] * static_cast<double>(i % 1013 + 1);
  }
  return total;
}

std::int64_t process_id(std::int64_t) { return ::getpid(); }

}  // namespace e2e

template struct tartan::ExportTasks<&e2e::square, &e2e::slowly, &e2e::sum, &e2e::reciprocal,
                                    &e2e::crash, &e2e::leaf, &e2e::blend, &e2e::large,
                                    &e2e::checksum, &e2e::process_id>;
