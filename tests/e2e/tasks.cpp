#include <chrono>
#include <cmath>
#include <cstdlib>
#include <e2e/tasks.hpp>
#include <fstream>
#include <stdexcept>
#include <tartan/client.hpp>
#include <tartan/value/function.hpp>
#include <tartan/value/task_context.hpp>
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

namespace {

void write_line(const std::string& path, const std::string& line) {
  std::ofstream(path, std::ios::app) << line << std::endl;
}

}  // namespace

std::vector<std::uint64_t> logged_block(std::uint64_t count, std::uint64_t seed,
                                        const std::string& log) {
  write_line(log, "block " + std::to_string(seed));
  return block(count, seed);
}

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

std::int64_t slow_sum(const std::vector<std::int64_t>& values, std::int64_t milliseconds,
                      const std::string& log) {
  write_line(log, "begun " + std::to_string(::getpid()));
  auto& client = tartan::Client::current();
  return client.submit<&sum>(client.map<&slowly>(tartan::Options{}, values, milliseconds)).get();
}

std::int64_t waits_for_ever(const std::string& log) {
  write_line(log, "begun");
  try {
    return tartan::Client::current().submit<&until_cancelled>(log + ".inner").get();
  } catch (const tartan::CancelledError&) {
    write_line(log, "CancelledError");
    throw;
  }
}

std::int64_t until_cancelled(const std::string& log) {
  write_line(log, "begun");
  while (!tartan::current_task()->is_cancelled()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  write_line(log, "cancelled");
  return 0;
}

Counter::Counter(std::int64_t start, std::string log) : count_(start), log_(std::move(log)) {
  if (!log_.empty()) write_line(log_, "made");
}
Counter::~Counter() {
  if (!log_.empty()) write_line(log_, "gone");
}
std::int64_t Counter::add(std::int64_t n) { return count_ += n; }
std::int64_t Counter::slowly_add(std::int64_t n, std::int64_t milliseconds) {
  slowly(n, milliseconds);
  return add(n);
}
std::int64_t Counter::process() const { return process_id(0); }

}  // namespace e2e

template struct tartan::ExportActor<e2e::Counter(std::int64_t, std::string), &e2e::Counter::add,
                                    &e2e::Counter::slowly_add, &e2e::Counter::process>;
template struct tartan::ExportTasks<
    &e2e::square, &e2e::slowly, &e2e::sum, &e2e::reciprocal, &e2e::crash, &e2e::leaf, &e2e::blend,
    &e2e::large, &e2e::checksum, &e2e::process_id, &e2e::fib, &e2e::fib_impure, &e2e::quicksort,
    &e2e::slow_sum, &e2e::waits_for_ever, &e2e::until_cancelled, &e2e::block, &e2e::logged_block,
    &e2e::pair_sum>;
