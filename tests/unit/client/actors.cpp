#include "actors.hpp"

#include <thread>
#include <unistd.h>

#include "tasks.hpp"

namespace actors {

std::atomic<int> alive{0};
std::atomic<bool> told{false};

std::int64_t Ledger::add(std::int64_t n) { return count += n; }
std::int64_t Ledger::note(std::int64_t caller, std::int64_t number) {
  notes.emplace_back(caller, number);
  return static_cast<std::int64_t>(notes.size());
}
std::vector<std::int64_t> Ledger::noted(std::int64_t caller) const {
  std::vector<std::int64_t> numbers;
  for (const auto& [who, number] : notes) {
    if (who == caller) numbers.push_back(number);
  }
  return numbers;
}
bool Ledger::interleaved() const {
  int changes = 0;
  for (std::size_t i = 1; i < notes.size(); ++i) changes += notes[i].first != notes[i - 1].first;
  return changes > 1;
}
std::int64_t Ledger::fail(const std::string& why) { throw std::domain_error(why); }
std::vector<double> Ledger::twice(const std::vector<double>& values) const {
  std::vector<double> result(values);
  for (double& value : result) value *= 2;
  return result;
}
std::string Ledger::megabytes(std::int64_t megabytes) const {
  return std::string(static_cast<std::size_t>(megabytes) << 20, 'm');
}
void Ledger::hold(const tartan::Actor<Ledger>& other) { held = other; }
std::int64_t Ledger::add_to_held(std::int64_t n) const { return held.call<&Ledger::add>(n).get(); }
void Ledger::let_go() { held = {}; }
double Ledger::norm_by_task(const std::vector<double>& values) const {
  return tartan::Client::current().submit<&tasks::norm>(values).get();
}
std::uint64_t Ledger::process() const { return static_cast<std::uint64_t>(::getpid()); }
void Ledger::wait_until_told() const {
  while (!told) std::this_thread::yield();
}

std::int64_t add_often(const tartan::Actor<Ledger>& ledger, std::int64_t n, std::int64_t times) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < times; ++i) sum = ledger.call<&Ledger::add>(n).get();
  return sum;
}
std::int64_t sum_of(const std::vector<tartan::Actor<Ledger>>& ledgers) {
  std::int64_t sum = 0;
  for (const auto& ledger : ledgers) sum += ledger.call<&Ledger::count>().get();
  return sum;
}
std::int64_t later(std::int64_t ms) { return tasks::slow(static_cast<int>(ms)); }
tartan::Actor<Ledger> open_ledger(std::int64_t start) {
  return tartan::Client::current().actor<Ledger>(start);
}

}  // namespace actors
