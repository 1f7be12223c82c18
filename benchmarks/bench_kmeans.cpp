// bench-kmeans: k-means on data in memory, embedded cluster.
//
//   fit           the whole fit, initialisation included
//   lloyd pass    one iteration: a fit of at most 12 iterations less one of 2, from the same rows
//   read          one pass over the data that only adds it up: the machine's limit
//   inertia       of the fit
//
// --write DIR leaves x.f64 (raw float64 rows) and start.f64 (the centres after the fit's first
// iteration) there, for a peer to fit the same data from the same centres; its inertia is then to
// be that of the fit.

#include <CLI/CLI.hpp>
#include <benchmarks/support/report.hpp>
#include <fstream>
#include <tartan/tartan.hpp>

namespace {

using namespace tartan::benchmarks;

struct Settings {
  std::string data = "blobs";
  std::int64_t rows = 10'000'000;
  std::int64_t features = 20;
  std::int64_t centers = 12;
  std::int64_t clusters = 8;
  std::int64_t chunk_rows = 20'000;
  std::string write;
  bool json = false;
};

tartan::Array load(const Settings& settings) {
  if (settings.data == "fashion-mnist") return tartan::ml::load_fashion_mnist().x.persist();
  return tartan::ml::make_blobs({.n_samples = settings.rows,
                                 .n_features = settings.features,
                                 .n_centers = settings.centers,
                                 .chunk_rows = settings.chunk_rows})
      .x.persist();
}

tartan::ml::KMeans whole_fit(const Settings& settings, std::int64_t max_iter = 300) {
  return tartan::ml::KMeans({.n_clusters = settings.clusters,
                             .max_iter = max_iter,
                             .init_max_iter = 3,
                             .oversampling_factor = 10});
}

void append(std::ofstream& file, const xt::xarray<double>& rows) {
  file.write(reinterpret_cast<const char*>(rows.data()),
             static_cast<std::streamsize>(rows.size() * sizeof(double)));
  if (!file) throw std::runtime_error("cannot write to the directory given with --write");
}

void write_inputs(const Settings& settings, const tartan::Array& x) {
  std::ofstream data(settings.write + "/x.f64", std::ios::binary);
  const tartan::Array wide = x.astype(tartan::DType::float64);
  for (std::int64_t row = 0; row < x.shape()[0]; row += settings.chunk_rows) {
    const std::int64_t end = std::min(row + settings.chunk_rows, x.shape()[0]);
    append(data, wide.slice({{row, end}}).compute<double>());
  }
  tartan::ml::KMeans first = whole_fit(settings, 1);
  std::ofstream start(settings.write + "/start.f64", std::ios::binary);
  append(start, first.fit(x).cluster_centers());
}

struct Timed {
  double seconds;
  std::int64_t iterations;
};

Timed fit_at_most(std::int64_t iterations, const tartan::Array& x, const xt::xarray<double>& start,
                  std::int64_t clusters) {
  tartan::ml::KMeans kmeans(
      {.n_clusters = clusters, .max_iter = iterations, .tol = 0, .init_centers = start});
  const double seconds = seconds_of([&] { kmeans.fit(x); });
  return {seconds, kmeans.n_iter()};
}

double lloyd_pass_seconds(const tartan::Array& x, const xt::xarray<double>& start,
                          std::int64_t clusters) {
  const Timed few = fit_at_most(2, x, start, clusters);
  const Timed many = fit_at_most(12, x, start, clusters);
  if (many.iterations <= few.iterations) {
    throw std::runtime_error(
        fmt::format("the fit converged after {} iterations, too few to time one; give it more "
                    "clusters (--clusters)",
                    many.iterations));
  }
  return (many.seconds - few.seconds) / static_cast<double>(many.iterations - few.iterations);
}

int benchmark(const Settings& settings) {
  const Report report("kmeans " + settings.data, settings.json);
  tartan::Client client;
  const tartan::Array x = load(settings);
  tartan::sum(x).item<double>();  // waits for the data
  std::vector<double> reads;
  std::vector<double> fits;
  double inertia = 0;
  double iterations = 0;
  for (int run = 0; run < 3; ++run) {
    reads.push_back(seconds_of([&] { tartan::sum(x + run).item<double>(); }));
    tartan::ml::KMeans kmeans = whole_fit(settings);
    fits.push_back(seconds_of([&] { kmeans.fit(x); }));
    inertia = kmeans.inertia();
    iterations = static_cast<double>(kmeans.n_iter());
  }
  if (!settings.write.empty()) write_inputs(settings, x);
  report.add("fit", median(fits), "s");
  report.add("iterations", iterations, "");
  report.add("inertia", inertia, "");
  report.add("read", median(reads), "s");
  const xt::xarray<double> start =
      x.slice({{0, settings.clusters}}).astype(tartan::DType::float64).compute<double>();
  std::vector<double> passes;
  for (int run = 0; run < 3; ++run) {
    passes.push_back(lloyd_pass_seconds(x, start, settings.clusters));
  }
  report.add("lloyd pass", median(passes), "s");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("k-means on data in memory", "bench-kmeans");
  app.add_option("--data", settings.data, "blobs or fashion-mnist")
      ->check(CLI::IsMember({"blobs", "fashion-mnist"}));
  app.add_option("--rows", settings.rows)->capture_default_str();
  app.add_option("--features", settings.features)->capture_default_str();
  app.add_option("--centers", settings.centers, "Blobs")->capture_default_str();
  app.add_option("--clusters", settings.clusters, "To find")->capture_default_str();
  app.add_option("--chunk-rows", settings.chunk_rows)->capture_default_str();
  app.add_option("--write", settings.write, "A directory for the data and the centres to start at")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  try {
    return benchmark(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-kmeans: {}\n", error.what());
    return 1;
  }
}
