#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <e2e/tasks.hpp>
#include <stdexcept>
#include <tartan/value/function.hpp>
#include <thread>

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
  std::raise(SIGKILL);
  return x;
}

std::vector<double> large(std::int64_t count, std::int64_t seed) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::fmod(static_cast<double>(i + 1) * 0.7548776662466927 +
                              static_cast<double>(seed),
                          1.0);
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

namespace {
constexpr std::uint64_t kFactor = 0x9E37'79B9'7F4A'7C15;
}

std::vector<std::uint64_t> block(std::uint64_t count, std::uint64_t seed) {
  std::vector<std::uint64_t> values(count);
  for (std::uint64_t i = 0; i < count; ++i) values[i] = (seed * kFactor + i) * kFactor;
  return values;
}

std::uint64_t pair_sum(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::uint64_t total = 0;
  for (const std::uint64_t value : a) total += 3 * value;
  for (const std::uint64_t value : b) total += 5 * value;
  return total;
}

std::uint64_t block_sum(std::uint64_t count, std::uint64_t seed) {
  const std::uint64_t half = count % 2 == 0 ? count / 2 * (count - 1) : (count - 1) / 2 * count;
  return (count * seed * kFactor + half) * kFactor;
}

std::int64_t process_id(std::int64_t) { return ::getpid(); }

}  // namespace e2e

template struct tartan::ExportTasks<&e2e::square, &e2e::slowly, &e2e::sum, &e2e::reciprocal,
                                    &e2e::crash, &e2e::large, &e2e::checksum, &e2e::process_id,
                                    &e2e::block, &e2e::pair_sum>;
