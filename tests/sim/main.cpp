// tartan-sim: runs seeds of the simulated cluster and says which went wrong.
//
//   tartan-sim --seeds 1..500              a summary; exit code 1 when anything is stuck or wrong
//   tartan-sim --seeds 17 --trace          every message of one seed

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <sim/cluster.hpp>
#include <tartan/base/log.hpp>

namespace {

using tartan::sim::Cluster;
using tartan::sim::Options;
using tartan::sim::Report;

struct Range {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

Range parse_range(const std::string& text) {
  Range range;
  const auto dots = text.find("..");
  const std::string first = text.substr(0, dots);
  const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
  const auto read = [&](const std::string& part, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size()) {
      throw CLI::ValidationError("--seeds", "'" + text + "' is not a seed or a range as 1..500");
    }
  };
  read(first, range.first);
  read(last, range.last);
  return range;
}

struct Totals {
  std::uint64_t seeds = 0, stuck = 0, wrong = 0, mismatches = 0, events = 0;
  double virtual_hours = 0;
  std::map<std::string, std::uint64_t> faults;
};

void add(Totals& totals, std::uint64_t seed, const Report& report) {
  ++totals.seeds;
  totals.stuck += report.stuck ? 1 : 0;
  totals.wrong += !report.stuck && !report.wrong.empty() ? 1 : 0;
  totals.events += report.events;
  totals.virtual_hours += std::chrono::duration<double>(report.virtual_time).count() / 3600;
  for (const auto& [kind, count] : report.faults) totals.faults[kind] += count;
  for (const std::string& sentence : report.wrong) fmt::print("seed {}: {}\n", seed, sentence);
  if (!report.wrong.empty()) std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates a whole cluster, with faults, in one thread", "tartan-sim");
  std::string seeds = "1..100";
  Options options;
  std::uint64_t repeat_every = 20;
  app.add_option("--seeds", seeds, "A seed, or a range as 1..500")->capture_default_str();
  app.add_flag("--trace", options.trace, "Print every message");
  app.add_flag("--validate", options.validate, "Check every invariant after every event");
  app.add_option("--repeat-every", repeat_every, "Run every nth seed twice and compare the traces")
      ->capture_default_str();
  Range range;
  try {
    app.parse(argc, argv);
    range = parse_range(seeds);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  tartan::logging::set_level(tartan::logging::Level::off);
  Totals totals;
  std::uint64_t hash = 0;
  for (std::uint64_t seed = range.first; seed <= range.last; ++seed) {
    const Report report = Cluster(seed, options).run();
    add(totals, seed, report);
    hash = tartan::Random(hash ^ report.trace_hash).next();
    if (repeat_every != 0 && seed % repeat_every == 0) {
      const Report again = Cluster(seed, options).run();
      if (again.trace_hash != report.trace_hash) {
        ++totals.mismatches;
        fmt::print("seed {}: a second run gave another trace\n", seed);
      }
    }
  }
  fmt::print("{} seeds, {} events, {:.1f} virtual hours: {} stuck, {} wrong, {} trace mismatches\n",
             totals.seeds, totals.events, totals.virtual_hours, totals.stuck, totals.wrong,
             totals.mismatches);
  for (const auto& [kind, count] : totals.faults) fmt::print("  {:<16} {}\n", kind, count);
  fmt::print("trace hash {:016x}\n", hash);
  return totals.stuck + totals.wrong + totals.mismatches == 0 ? 0 : 1;
}
