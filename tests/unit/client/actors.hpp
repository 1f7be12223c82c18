#pragma once

// The actors of the client's tests, and tasks that use them.

#include <atomic>
#include <cstdint>
#include <string>
#include <tartan/client.hpp>
#include <vector>

namespace actors {

/// Of all objects of this process.
extern std::atomic<int> alive;

struct Ledger {
  explicit Ledger(std::int64_t start) : count(start) { ++alive; }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger() { --alive; }

  std::int64_t add(std::int64_t n);
  /// Notes (caller, number); the number of notes.
  std::int64_t note(std::int64_t caller, std::int64_t number);
  std::vector<std::int64_t> noted(std::int64_t caller) const;
  /// Whether the last caller's notes stand in one run, the others' before or behind.
  bool interleaved() const;
  std::int64_t fail(const std::string& why);
  std::vector<double> twice(const std::vector<double>& values) const;
  std::string megabytes(std::int64_t count) const;
  void hold(const tartan::Actor<Ledger>& other);
  /// What the other, which it holds, counts to.
  std::int64_t add_to_held(std::int64_t n) const;
  void let_go();
  /// By a task.
  double norm_by_task(const std::vector<double>& values) const;
  std::uint64_t process() const;
  void wait_until_told() const;

  std::int64_t count = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> notes;
  tartan::Actor<Ledger> held;
};

extern std::atomic<bool> told;

struct Broken {
  explicit Broken(const std::string& why) { throw std::invalid_argument(why); }
  int nothing() { return 0; }
};

/// Adds n to the ledger, so many times; the last sum.
std::int64_t add_often(const tartan::Actor<Ledger>& ledger, std::int64_t n, std::int64_t times);
std::int64_t sum_of(const std::vector<tartan::Actor<Ledger>>& ledgers);
/// The milliseconds it takes.
std::int64_t later(std::int64_t ms);
/// Makes one and returns it.
tartan::Actor<Ledger> open_ledger(std::int64_t start);

}  // namespace actors
