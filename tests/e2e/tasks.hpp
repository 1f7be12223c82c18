#pragma once

// The task functions of the end-to-end tests: a module for tartan-worker, and part of the program
// that submits them.

#include <cstdint>
#include <string>
#include <vector>

namespace e2e {

std::int64_t square(std::int64_t x);
/// Returns x after some milliseconds.
std::int64_t slowly(std::int64_t x, std::int64_t milliseconds);
std::int64_t sum(const std::vector<std::int64_t>& values);
/// Throws std::domain_error.
double reciprocal(double x);
/// Aborts its own process.
std::int64_t crash(std::int64_t x);
/// A thousand numbers that depend on the seed, after some milliseconds.
std::vector<std::uint64_t> leaf(std::int64_t seed, std::int64_t milliseconds);
/// Both mixed number by number, where order matters, after some milliseconds.
std::vector<std::uint64_t> blend(const std::vector<std::uint64_t>& left,
                                 const std::vector<std::uint64_t>& right,
                                 std::int64_t milliseconds);
/// count doubles, a function of the seed.
std::vector<double> large(std::int64_t count, std::int64_t seed);
/// A checksum that depends on every element and its place.
double checksum(const std::vector<double>& values);
/// count numbers, a function of the seed; their sum is block_sum(count, seed).
std::vector<std::uint64_t> block(std::uint64_t count, std::uint64_t seed);
/// The same; writes a line to the file each time it runs.
std::vector<std::uint64_t> logged_block(std::uint64_t count, std::uint64_t seed,
                                        const std::string& log);
/// 3 times the sum of a and 5 times that of b, modulo 2^64.
std::uint64_t pair_sum(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);
std::uint64_t block_sum(std::uint64_t count, std::uint64_t seed);
std::int64_t process_id(std::int64_t salt);

// ---- tasks that submit tasks --------------------------------------------------------------

std::int64_t fib(std::int64_t n);
/// The same without sharing: as many tasks as calls.
std::int64_t fib_impure(std::int64_t n);
std::vector<std::int64_t> quicksort(const std::vector<std::int64_t>& values);
/// Sum of x, which takes the milliseconds each, by tasks; writes a line to the file when it begins.
std::int64_t slow_sum(const std::vector<std::int64_t>& values, std::int64_t milliseconds,
                      const std::string& log);
/// Writes "begun" to the file; waits, by a task, for ever; writes how it ended.
std::int64_t waits_for_ever(const std::string& log);
/// Runs until it is cancelled; writes to the file when it begins and ends.
std::int64_t until_cancelled(const std::string& log);

// ---- actors -------------------------------------------------------------------------------

/// Counts, and writes to its log when it is made and when it ends.
class Counter {
 public:
  Counter(std::int64_t start, std::string log);
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter();
  std::int64_t add(std::int64_t n);
  std::int64_t slowly_add(std::int64_t n, std::int64_t milliseconds);
  std::int64_t process() const;

 private:
  std::int64_t count_;
  std::string log_;
};

}  // namespace e2e
