#pragma once

// What every benchmark prints: a line of text, or with --json one object a line with the members
// suite, case, value and unit.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tartan::benchmarks {

class Report {
 public:
  Report(std::string suite, bool json) : suite_(std::move(suite)), json_(json) {}

  void add(const std::string& name, double value, const std::string& unit) const {
    if (json_) {
      const nlohmann::ordered_json line{
          {"suite", suite_}, {"case", name}, {"value", value}, {"unit", unit}};
      fmt::print("{}\n", line.dump());
    } else {
      fmt::print("{:<12} {:<28} {:>14.4g} {}\n", suite_, name, value, unit);
    }
    std::fflush(stdout);
  }

 private:
  std::string suite_;
  bool json_;
};

/// Seconds that f takes.
template <class F>
double seconds_of(F f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double quantile(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(last * fraction + 0.5)];
}

inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

}  // namespace tartan::benchmarks
