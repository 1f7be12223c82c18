// bench-array: what array programs do most, on data in memory, embedded cluster.
//
// The table is 20,000 x 10,000 float64 in chunks of 1,000 x 10,000 (1.6 GB); --scale 0.1 makes it
// a tenth of the rows. The square is 8,000 x 8,000, the factors of matmul are 4,000 x 4,000, all in
// chunks of 1,000 x 1,000, and --scale shortens their sides by its root. The tall matrix of svd has
// 20,000 x 100 elements in chunks of 1,000 rows. The line of argsort and sort has 100 million
// elements in chunks of 10 million, take as many random indices as elements, 10 million in chunks of a
// million. What a case reads is computed before the clock starts, and freed after the case; results
// stay on the workers.
//
// A case is a line of kCases. benchmarks/compare has a line of the same name for the peer.

#include <CLI/CLI.hpp>
#include <benchmarks/support/report.hpp>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>
#include <thread>

namespace {

using namespace tartan::benchmarks;
using tartan::Array;
using Inputs = std::vector<Array>;

struct Settings {
  double scale = 1;
  int runs = 5;
  std::vector<std::string> cases;
  bool json = false;

  std::int64_t rows() const { return std::max<std::int64_t>(1, std::llround(20'000 * scale)); }
  std::int64_t side(std::int64_t whole) const {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(whole) * std::sqrt(scale)));
  }
};

constexpr std::int64_t kColumns = 10'000;
constexpr std::int64_t kChunk = 1'000;

Array table_of(const Settings& settings) {
  return tartan::random::uniform({settings.rows(), kColumns},
                                 {.chunks = {kChunk, kColumns}, .seed = 1});
}
Array square_of(std::int64_t side, std::uint64_t seed) {
  return tartan::random::uniform({side, side}, {.chunks = {kChunk, kChunk}, .seed = seed});
}

Inputs nothing(const Settings&) { return {}; }
Inputs table(const Settings& settings) { return {table_of(settings)}; }
Inputs line(const Settings& settings) {
  return {tartan::random::uniform({std::llround(1e8 * settings.scale)},
                                  {.chunks = {10'000'000}, .seed = 1})};
}
Inputs line_and_indices(const Settings& settings) {
  const auto count = std::llround(1e7 * settings.scale);
  return {tartan::random::uniform({count}, {.chunks = {1'000'000}, .seed = 1}),
          tartan::random::integers(0, count, {count}, {.chunks = {1'000'000}, .seed = 2})};
}
Inputs square(const Settings& settings) { return {square_of(settings.side(8'000), 1)}; }
Inputs factors(const Settings& settings) {
  return {square_of(settings.side(4'000), 1), square_of(settings.side(4'000), 2)};
}
Inputs tall(const Settings& settings) {
  return {tartan::random::normal({settings.rows(), 100}, {.chunks = {kChunk, 100}, .seed = 1})};
}

std::vector<Array> all_of(Array result) { return {std::move(result)}; }
std::vector<Array> all_of(const tartan::linalg::SvdResult& result) {
  return {result.u, result.s, result.vh};
}

struct Case {
  std::string_view name;
  Inputs (*inputs)(const Settings&);
  std::vector<Array> (*results)(const Inputs&, const Settings&);
};

#define TARTAN_RESULT(expression)                    \
  [](const Inputs& in, const Settings& settings) {   \
    static_cast<void>(in);                           \
    static_cast<void>(settings);                     \
    return all_of(expression);                       \
  }
const Case kCases[] = {
    {"sum", table, TARTAN_RESULT(sum(in[0]))},
    {"mean", table, TARTAN_RESULT(mean(in[0]))},
    {"std axis 0", table, TARTAN_RESULT(stddev(in[0], 0))},
    {"arithmetic mean", table, TARTAN_RESULT(mean((in[0] * 2 + 1) / (in[0] + 3)))},
    {"sin cos sum", table, TARTAN_RESULT(sum(square(sin(in[0])) + square(cos(in[0]))))},
    {"rechunk max", table, TARTAN_RESULT(max(in[0].rechunk({-1, 500}), 0))},
    {"random sum", nothing, TARTAN_RESULT(sum(table_of(settings)))},
    {"transpose sum", square, TARTAN_RESULT(sum(in[0] + in[0].T()))},
    {"matmul", factors, TARTAN_RESULT(matmul(in[0], in[1]))},
    {"gram", factors, TARTAN_RESULT(matmul(in[0].T(), in[0]))},
    {"svd", tall, TARTAN_RESULT(tartan::linalg::svd(in[0], {.full_matrices = false}))},
    {"anomaly std", table, TARTAN_RESULT(stddev(in[0] - mean(in[0], 0)))},
    {"histogram", table, TARTAN_RESULT(histogram(in[0], tartan::Bins(100, 0, 1)).counts)},
    {"median axis 0", table, TARTAN_RESULT(median(in[0], 0))},
    {"argsort", line, TARTAN_RESULT(argsort(in[0]))},
    {"sort", line, TARTAN_RESULT(sort(in[0]))},
    {"approx median", table, TARTAN_RESULT(approx_median(in[0]))},
    {"approx distinct", line, TARTAN_RESULT(approx_count_distinct(in[0]))},
    {"take", line_and_indices, TARTAN_RESULT(take(in[0], in[1], 0))},
    {"mask mean", table, TARTAN_RESULT(mean(in[0][in[0] > 0.5]))},
    {"nanmean axis 0", table, TARTAN_RESULT(nanmean(in[0], 0))},
    {"cumsum axis 0", table, TARTAN_RESULT(cumsum(in[0], 0))},
    {"cumsum axis 1", table, TARTAN_RESULT(cumsum(in[0], 1))},
};
#undef TARTAN_RESULT

double seconds_of_case(const Case& one, const Settings& settings) {
  Inputs inputs = one.inputs(settings);
  for (Array& input : inputs) {
    input = input.persist();
    input.wait();
  }
  std::vector<double> taken;
  for (int run = -1; run < settings.runs; ++run) {
    std::vector<Array> results;
    const double seconds = seconds_of([&] {
      results = tartan::persist(one.results(inputs, settings));
      for (const Array& result : results) result.wait();
    });
    if (run >= 0) taken.push_back(seconds);
    results.clear();
    // A result that is still held would be found and not computed again.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return median(taken);
}

void benchmark(const Settings& settings) {
  const Report report("array", settings.json);
  tartan::Client client;
  for (const Case& one : kCases) {
    const bool wanted =
        settings.cases.empty() ||
        std::find(settings.cases.begin(), settings.cases.end(), one.name) != settings.cases.end();
    if (wanted) report.add(std::string(one.name), seconds_of_case(one, settings), "s");
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  std::string names;
  for (const Case& one : kCases) names += (names.empty() ? "" : ", ") + std::string(one.name);
  CLI::App app("Array programs on data in memory", "bench-array");
  app.add_option("--case", settings.cases, names + "; all when not given");
  app.add_option("--scale", settings.scale, "Size of the data, 1 being 1.6 GB")
      ->check(CLI::Range(1e-4, 100.0))
      ->capture_default_str();
  app.add_option("--runs", settings.runs, "The median of this many counts, after one more")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  try {
    benchmark(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-array: {}\n", error.what());
    return 1;
  }
  return 0;
}
