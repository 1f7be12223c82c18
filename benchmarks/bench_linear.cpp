// bench-linear: logistic regression on data in memory, embedded cluster.
//
//   fit           the whole fit by L-BFGS, checks of the data included
//   iterations    of the fit
//   pass          one loss and its gradient: a fit of at most 7 iterations less one of 2
//   read          one pass over the data that only adds it up: the machine's limit of a pass
//
// --write DIR leaves x.f64, y.i64 and coef.f64 (the intercept last) there, for a peer to fit the
// same data; its coefficients are then to be those.

#include <CLI/CLI.hpp>
#include <benchmarks/support/report.hpp>
#include <fstream>
#include <tartan/tartan.hpp>

namespace {

using namespace tartan::benchmarks;
using tartan::Array;
using tartan::ml::LogisticRegression;

struct Settings {
  std::int64_t rows = 5'000'000;
  std::int64_t features = 50;
  std::int64_t chunk_rows = 20'000;
  double scale = 1;
  std::string write;
  bool json = false;
};

struct Data {
  Array x, y;
};

/// Labels by the odds that a line through the features gives.
Data make_data(const Settings& settings) {
  const auto rows = std::max<std::int64_t>(
      1000, static_cast<std::int64_t>(static_cast<double>(settings.rows) * settings.scale));
  Data data;
  data.x = tartan::random::normal({rows, settings.features},
                                  {.chunks = {settings.chunk_rows, -1}, .seed = 1})
               .persist();
  const Array line = tartan::random::normal({settings.features}, {.seed = 2}) * 0.3;
  const Array odds = 1.0 / (1.0 + tartan::exp(-tartan::matmul(data.x, line) - 0.5));
  const Array chance =
      tartan::random::uniform({rows}, {.chunks = {settings.chunk_rows}, .seed = 3});
  data.y = (chance < odds).astype(tartan::DType::int64).persist();
  return data;
}

void write(const std::string& path, const Array& array) {
  std::ofstream file(path, std::ios::binary);
  constexpr std::int64_t kRows = 100'000;
  for (std::int64_t row = 0; row < array.shape(0); row += kRows) {
    const tartan::Chunk part =
        array.slice({{row, std::min(row + kRows, array.shape(0))}}).compute_chunk();
    file.write(reinterpret_cast<const char*>(part.data.data()),
               static_cast<std::streamsize>(part.nbytes()));
  }
  if (!file) throw std::runtime_error("cannot write to the directory given with --write");
}

int benchmark(const Settings& settings) {
  const Report report("linear logistic", settings.json);
  tartan::Client client;
  const Data data = make_data(settings);
  tartan::sum(data.x).item<double>();  // waits for the data
  std::vector<double> reads;
  std::vector<double> fits;
  std::vector<double> passes;
  LogisticRegression model;
  for (int run = 0; run < 3; ++run) {
    reads.push_back(seconds_of([&] { tartan::sum(data.x + run).item<double>(); }));
    fits.push_back(seconds_of([&] { model.fit(data.x, data.y); }));
    LogisticRegression few({.tol = 0, .max_iter = 2});
    LogisticRegression many({.tol = 0, .max_iter = 7});
    const double seconds = seconds_of([&] { few.fit(data.x, data.y); });
    passes.push_back((seconds_of([&] { many.fit(data.x, data.y); }) - seconds) / 5);
  }
  report.add("fit", median(fits), "s");
  report.add("iterations", static_cast<double>(model.n_iter()), "");
  report.add("pass", median(passes), "s");
  report.add("read", median(reads), "s");
  if (settings.write.empty()) return 0;
  write(settings.write + "/x.f64", data.x);
  write(settings.write + "/y.i64", data.y);
  std::ofstream coef(settings.write + "/coef.f64", std::ios::binary);
  for (const auto* each : {&model.coef(), &model.intercept()}) {
    coef.write(reinterpret_cast<const char*>(each->data()),
               static_cast<std::streamsize>(each->size() * sizeof(double)));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Logistic regression on data in memory", "bench-linear");
  app.add_option("--rows", settings.rows)->capture_default_str();
  app.add_option("--features", settings.features)->capture_default_str();
  app.add_option("--chunk-rows", settings.chunk_rows)->capture_default_str();
  app.add_option("--scale", settings.scale, "Part of the rows")->capture_default_str();
  app.add_option("--write", settings.write, "A directory for the data and the coefficients")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  try {
    return benchmark(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-linear: {}\n", error.what());
    return 1;
  }
}
