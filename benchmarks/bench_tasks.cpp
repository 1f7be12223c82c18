// bench-tasks: what a task costs when it does nothing.
//
//   map         independent tasks, results gathered      tasks/s
//   merge       the same and one task that needs all     tasks/s
//   tree        binary tree of 2^15 - 1 tasks            tasks/s
//   chain       every task needs the one before          us a hop
//   round-trip  submit one task, get its result          ms, median and 99th percentile
//   actor       calls of one actor, all at once          calls/s
//               call and get its result                  us, median and 99th percentile

#include <CLI/CLI.hpp>
#include <benchmarks/support/daemons.hpp>
#include <benchmarks/support/report.hpp>
#include <benchmarks/support/zero_worker.hpp>
#include <optional>
#include <tartan/client.hpp>

namespace benchmark_tasks {
std::int64_t leaf(std::int64_t i) { return i; }
std::int64_t next(std::int64_t i) { return i + 1; }
std::int64_t sum(const std::vector<std::int64_t>& values) {
  std::int64_t total = 0;
  for (const std::int64_t value : values) total += value;
  return total;
}
struct Counter {
  std::int64_t add(std::int64_t n) { return total += n; }
  std::int64_t total = 0;
};
}  // namespace benchmark_tasks

namespace {

using namespace tartan::benchmarks;

struct Settings {
  std::int64_t tasks = 100'000;
  int runs = 5;
  bool json = false;
  bool daemons = false;
  bool zero_worker = false;
  std::string address;
  int threads = 1;
  std::vector<std::string> cases;

  bool wants(const std::string& name) const {
    return cases.empty() || std::find(cases.begin(), cases.end(), name) != cases.end();
  }
};

/// Different arguments every time, so that no result is known already.
std::int64_t fresh() {
  static std::int64_t number = 0;
  return number += 100'000'000;
}

std::vector<std::int64_t> numbers(std::int64_t count) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(count));
  const std::int64_t first = fresh();
  for (std::int64_t i = 0; i < count; ++i) result[static_cast<std::size_t>(i)] = first + i;
  return result;
}

void map(tartan::Client& client, std::int64_t count, bool check) {
  const auto inputs = numbers(count);
  const auto results = client.gather(client.map<&benchmark_tasks::leaf>(inputs));
  if (check && results != inputs) throw std::runtime_error("map: a result is wrong");
}

void merge(tartan::Client& client, std::int64_t count) {
  const auto leaves = client.map<&benchmark_tasks::leaf>(numbers(count));
  client.submit<&benchmark_tasks::sum>(leaves).get();
}

void tree(tartan::Client& client) {
  using tartan::delayed;
  std::vector<tartan::Delayed<std::int64_t>> level;
  for (const std::int64_t i : numbers(1 << 14)) level.push_back(delayed<&benchmark_tasks::leaf>(i));
  while (level.size() > 1) {
    std::vector<tartan::Delayed<std::int64_t>> above;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      above.push_back(delayed<&benchmark_tasks::sum>(
          std::vector<tartan::Delayed<std::int64_t>>{level[i], level[i + 1]}));
    }
    level = std::move(above);
  }
  client.compute(level);
}

void chain(tartan::Client& client, int hops) {
  auto last = tartan::delayed<&benchmark_tasks::leaf>(fresh());
  for (int i = 0; i < hops; ++i) last = tartan::delayed<&benchmark_tasks::next>(last);
  client.compute(std::vector{last});
}

void round_trips(tartan::Client& client, const Report& report) {
  std::vector<double> milliseconds;
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t argument = fresh();
    milliseconds.push_back(
        1e3 * seconds_of([&] { client.submit<&benchmark_tasks::leaf>(argument).get(); }));
  }
  report.add("round-trip p50", median(milliseconds), "ms");
  report.add("round-trip p99", quantile(milliseconds, 0.99), "ms");
}

void actor_calls(tartan::Client& client, std::int64_t count, int runs, const Report& report) {
  using benchmark_tasks::Counter;
  const auto counter = client.actor<Counter>();
  std::vector<double> microseconds;
  for (int i = 0; i < 5000; ++i) {
    microseconds.push_back(1e6 * seconds_of([&] { counter.call<&Counter::add>(1).get(); }));
  }
  report.add("actor round-trip p50", median(microseconds), "us");
  report.add("actor round-trip p99", quantile(microseconds, 0.99), "us");
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    seconds.push_back(seconds_of([&] {
      std::vector<tartan::ActorFuture<std::int64_t>> calls;
      calls.reserve(static_cast<std::size_t>(count));
      for (std::int64_t i = 0; i < count; ++i) calls.push_back(counter.call<&Counter::add>(1));
      calls.back().get();
    }));
  }
  report.add("actor calls", static_cast<double>(count) / median(seconds), "calls/s");
}

template <class F>
double median_seconds(int runs, F f) {
  f();  // warms caches and connections
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) seconds.push_back(seconds_of(f));
  return median(seconds);
}

void run(tartan::Client& client, const Settings& settings, const Report& report,
         const Daemons* daemons) {
  const auto count = static_cast<double>(settings.tasks);
  if (settings.wants("map")) {
    const double cpu = daemons != nullptr ? daemons->scheduler_cpu_seconds() : 0;
    const double seconds =
        median_seconds(settings.runs, [&] { map(client, settings.tasks, !settings.zero_worker); });
    report.add("map", count / seconds, "tasks/s");
    if (daemons != nullptr) {
      const double used = daemons->scheduler_cpu_seconds() - cpu;
      report.add("map scheduler CPU", used / count / (settings.runs + 1) * 1e6, "us/task");
    }
  }
  if (settings.wants("merge")) {
    const double seconds = median_seconds(settings.runs, [&] { merge(client, settings.tasks); });
    report.add("merge", (count + 1) / seconds, "tasks/s");
  }
  if (settings.wants("tree")) {
    const double seconds = median_seconds(settings.runs, [&] { tree(client); });
    report.add("tree", 32767 / seconds, "tasks/s");
  }
  if (settings.wants("chain")) {
    constexpr int kHops = 2000;
    const double seconds = median_seconds(settings.runs, [&] { chain(client, kHops); });
    report.add("chain", seconds / kHops * 1e6, "us/hop");
  }
  if (settings.wants("round-trip")) round_trips(client, report);
  if (settings.wants("actor") && !settings.zero_worker) {
    actor_calls(client, settings.tasks, settings.runs, report);
  }
}

int benchmark(const Settings& settings) {
  std::optional<Daemons> daemons;
  std::optional<ZeroWorker> zero;
  std::string address = settings.address;
  std::string suite = address.empty() ? "embedded" : "cluster";
  if (settings.daemons || settings.zero_worker) {
    daemons.emplace(settings.zero_worker ? 0 : 1, settings.threads);
    address = daemons->address();
    suite = settings.zero_worker ? "zero-worker" : "daemons";
  }
  if (settings.zero_worker) zero.emplace(address, settings.threads);
  std::optional<tartan::Client> client;
  if (address.empty()) {
    client.emplace();
  } else {
    client.emplace(address);
  }
  client->wait_for_workers(1);
  run(*client, settings, Report(suite, settings.json), daemons ? &*daemons : nullptr);
  client.reset();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  tartan::init(argc, argv);
  Settings settings;
  CLI::App app("What a task costs when it does nothing", "bench-tasks");
  app.add_option("--tasks", settings.tasks, "Tasks of map and merge")->capture_default_str();
  app.add_option("--runs", settings.runs, "Runs after a warm-up; the median counts")
      ->capture_default_str();
  app.add_option("--threads", settings.threads, "Threads of the daemon worker")
      ->capture_default_str();
  app.add_flag("--daemons", settings.daemons, "Start tartan-scheduler and tartan-worker over TCP");
  app.add_flag("--zero-worker", settings.zero_worker,
               "A scheduler daemon and a worker that answers without running anything");
  app.add_option("--address", settings.address, "Use the cluster there");
  app.add_option("--case", settings.cases,
                 "map, merge, tree, chain, round-trip, actor (repeatable)");
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  try {
    return benchmark(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-tasks: {}\n", error.what());
    return 1;
  }
}
