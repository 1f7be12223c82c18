// tartan-sim: runs seeds of the simulated cluster and says which went wrong.
//
//   tartan-sim --seeds 1..500              a summary; exit code 1 when anything is stuck or wrong
//   tartan-sim --seeds 17 --trace          every message of one seed
//   tartan-sim --seeds 1..50 --share       programs use locks and queues too
//   tartan-sim --seeds 1..50 --drop all    each kind of message in turn is lost for ever

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <sim/cluster.hpp>
#include <tartan/base/log.hpp>

namespace {

using namespace tartan;
using namespace tartan::sim;

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
  std::uint64_t seeds = 0, stuck = 0, wrong = 0, mismatches = 0, events = 0, hash = 0;
  double virtual_hours = 0;
  double slowest = 0;  ///< seconds from the faults' end until all was done
  Faults faults;

  std::uint64_t bad() const { return stuck + wrong + mismatches; }
};

void add(Totals& totals, std::uint64_t seed, const Report& report) {
  ++totals.seeds;
  totals.stuck += report.stuck ? 1 : 0;
  totals.wrong += !report.stuck && !report.wrong.empty() ? 1 : 0;
  totals.events += report.events;
  totals.virtual_hours += std::chrono::duration<double>(report.virtual_time).count() / 3600;
  totals.slowest =
      std::max(totals.slowest, std::chrono::duration<double>(report.settled_after).count());
  totals.hash = Random(totals.hash ^ report.trace_hash).next();
  for (const auto& [kind, count] : report.faults) totals.faults[kind] += count;
  for (const std::string& sentence : report.wrong) fmt::print("seed {}: {}\n", seed, sentence);
  if (!report.wrong.empty()) std::fflush(stdout);
}

Totals run(const Range& range, const Options& options, std::uint64_t repeat_every) {
  Totals totals;
  for (std::uint64_t seed = range.first; seed <= range.last; ++seed) {
    const Report report = Cluster(seed, options).run();
    add(totals, seed, report);
    if (repeat_every == 0 || seed % repeat_every != 0) continue;
    if (Cluster(seed, options).run().trace_hash != report.trace_hash) {
      ++totals.mismatches;
      fmt::print("seed {}: a second run gave another trace\n", seed);
    }
  }
  return totals;
}

std::uint64_t run_plainly(const Range& range, const Options& options, std::uint64_t repeat_every) {
  const Totals totals = run(range, options, repeat_every);
  fmt::print("{} seeds, {} events, {:.1f} virtual hours: {} stuck, {} wrong, {} trace mismatches\n",
             totals.seeds, totals.events, totals.virtual_hours, totals.stuck, totals.wrong,
             totals.mismatches);
  fmt::print("all was done at most {:.1f} s after the last fault\n", totals.slowest);
  for (const auto& [kind, count] : totals.faults) fmt::print("  {:<28} {}\n", kind, count);
  fmt::print("trace hash {:016x}\n", totals.hash);
  return totals.bad();
}

/// Each kind of record in turn.
std::uint64_t run_drops(const Range& range, Options options) {
  std::uint64_t bad = 0;
  for (const Drop& drop : drops()) {
    options.drop = drop.kind;
    Totals totals = run(range, options, 0);
    std::uint64_t errors = totals.faults["client gave up"];
    for (const auto& [kind, count] : totals.faults) {
      if (kind.starts_with("outcome ") && kind != "outcome cancelled") errors += count;
    }
    bad += totals.bad();
    fmt::print("without {:<16} {:>8} lost, {:>5} errors, {:>3.0f} s at most, {} stuck, {} wrong\n",
               drop.kind, totals.faults["dropped for ever"], errors, totals.slowest, totals.stuck,
               totals.wrong);
    std::fflush(stdout);
  }
  return bad;
}

/// The rare branches and how often they were taken; how many never were.
std::uint64_t report_probes() {
  std::vector<const probes::Probe*> all;
  for (const probes::Probe* probe = probes::first(); probe != nullptr; probe = probe->next) {
    all.push_back(probe);
  }
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
    return std::string_view(a->sentence) < b->sentence;
  });
  std::uint64_t never = 0;
  fmt::print("{} rare branches were reached:\n", all.size());
  for (const probes::Probe* probe : all) {
    never += probe->count == 0 ? 1 : 0;
    fmt::print("  {:>9}  {}\n", probe->count == 0 ? "never" : std::to_string(probe->count),
               probe->sentence);
  }
  return never;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates a whole cluster, with faults, in one thread", "tartan-sim");
  std::string seeds = "1..100";
  Options options;
  std::uint64_t repeat_every = 20;
  bool require_probes = false;
  app.add_option("--seeds", seeds, "A seed, or a range as 1..500")->capture_default_str();
  app.add_flag("--trace", options.trace, "Print every message");
  app.add_flag("--share", options.share, "Programs use locks, semaphores and queues too");
  app.add_flag("--validate", options.validate, "Check every invariant after every event");
  app.add_option("--repeat-every", repeat_every, "Run every nth seed twice and compare the traces")
      ->capture_default_str();
  app.add_option("--drop", options.drop,
                 "Lose every record of this kind, e.g. KeysReady; 'all': of each in turn")
      ->check([](const std::string& kind) {
        const bool known = kind == "all" || find_drop(kind) != nullptr;
        return known ? "" : "'" + kind + "' is not a kind of record in docs/wire.md";
      });
  app.add_flag("--require-probes", require_probes, "Fail when a rare branch was never reached");
  Range range;
  try {
    app.parse(argc, argv);
    range = parse_range(seeds);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  logging::set_level(logging::Level::off);
  probes::enable();
  const std::uint64_t bad =
      options.drop == "all" ? run_drops(range, options) : run_plainly(range, options, repeat_every);
  const std::uint64_t never = report_probes();
  return bad == 0 && (!require_probes || never == 0) ? 0 : 1;
}
