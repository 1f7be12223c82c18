// Runs an estimator on raw files for test_ml.py to judge. Arrays are C-order files of float64,
// float32 or int64; what comes out is JSON on stdout and raw files.

#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <tartan/tartan.hpp>

namespace {

using nlohmann::json;

template <class T>
xt::xarray<T> read_array(const json& description) {
  std::vector<std::size_t> shape = description.at("shape");
  xt::xarray<T> result(shape);
  std::ifstream file(description.at("path").get<std::string>(), std::ios::binary);
  file.read(reinterpret_cast<char*>(result.data()),
            static_cast<std::streamsize>(result.size() * sizeof(T)));
  if (!file) throw std::runtime_error("cannot read " + description.dump());
  return result;
}

tartan::Array read_rows(const json& job) {
  const tartan::ChunkSpec chunks{job.at("chunk_rows").get<std::int64_t>(), -1};
  if (job.at("x").at("dtype") == "float32") {
    return tartan::from_xtensor(read_array<float>(job.at("x")), chunks);
  }
  return tartan::from_xtensor(read_array<double>(job.at("x")), chunks);
}

json fit_kmeans(const json& job) {
  tartan::ml::KMeansParams params;
  params.n_clusters = job.at("n_clusters");
  params.max_iter = job.at("max_iter");
  params.tol = job.at("tol");
  params.random_state = job.value("random_state", 0);
  params.n_init = job.value("n_init", 1);
  if (job.contains("centers")) params.init_centers = read_array<double>(job.at("centers"));
  if (job.value("init", "") == "k-means++") {
    params.init = tartan::ml::KMeansInit::k_means_plus_plus;
  }
  if (job.value("init", "") == "random") params.init = tartan::ml::KMeansInit::random;
  tartan::ml::KMeans kmeans(params);
  const tartan::Array x = read_rows(job);
  kmeans.fit(x);
  const auto labels = kmeans.labels().compute<std::int32_t>();
  const auto& centers = kmeans.cluster_centers();
  return {{"inertia", kmeans.inertia()},
          {"n_iter", kmeans.n_iter()},
          {"score", kmeans.score(x)},
          {"labels", std::vector<std::int32_t>(labels.begin(), labels.end())},
          {"centers", std::vector<double>(centers.begin(), centers.end())}};
}

json score_nmi(const json& job) {
  const std::vector<std::int64_t> truth = job.at("labels_true");
  const std::vector<std::int64_t> found = job.at("labels_pred");
  return {{"nmi", tartan::ml::normalized_mutual_info_score(truth, found)}};
}

}  // namespace

/// Jobs are JSON objects, one a line on stdin; answers come one a line.
int main() {
  tartan::Client client;
  std::string line;
  while (std::getline(std::cin, line)) {
    const json job = json::parse(line);
    std::cout << (job.at("what") == "kmeans" ? fit_kmeans(job) : score_nmi(job)).dump()
              << std::endl;
  }
}
