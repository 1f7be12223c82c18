#include <catch2/catch.hpp>
#include <set>
#include <tartan/tartan.hpp>
#include <xtensor/xbuilder.hpp>

using tartan::Array;
using tartan::Client;
using tartan::ValueError;
using tartan::ml::KMeans;
using tartan::ml::KMeansInit;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Array blobs(std::int64_t rows, std::int64_t chunk_rows, double spread = 0.5) {
  return tartan::ml::make_blobs({.n_samples = rows,
                                 .n_features = 3,
                                 .n_centers = 4,
                                 .cluster_std = spread,
                                 .random_state = 3,
                                 .chunk_rows = chunk_rows})
      .x;
}

/// Lloyd's algorithm as a textbook has it: the brute-force judge.
struct Textbook {
  std::vector<std::int32_t> labels;
  double inertia = 0;
};

Textbook assign(const xt::xarray<double>& x, const xt::xarray<double>& centers) {
  Textbook result;
  for (std::size_t i = 0; i < x.shape(0); ++i) {
    double least = std::numeric_limits<double>::infinity();
    std::int32_t label = 0;
    for (std::size_t c = 0; c < centers.shape(0); ++c) {
      double distance = 0;
      for (std::size_t j = 0; j < x.shape(1); ++j) {
        distance += (x(i, j) - centers(c, j)) * (x(i, j) - centers(c, j));
      }
      if (distance < least) {
        least = distance;
        label = static_cast<std::int32_t>(c);
      }
    }
    result.labels.push_back(label);
    result.inertia += least;
  }
  return result;
}

}  // namespace

TEST_CASE("every initialisation finds well separated blobs") {
  Client client = Client::inline_executor();
  const auto data = tartan::ml::make_blobs({.n_samples = 1200,
                                            .n_features = 3,
                                            .n_centers = 4,
                                            .cluster_std = 0.3,
                                            .random_state = 3,
                                            .chunk_rows = 250});
  for (const auto init :
       {KMeansInit::k_means_parallel, KMeansInit::k_means_plus_plus, KMeansInit::random}) {
    KMeans kmeans({.n_clusters = 4, .init = init, .random_state = 1, .n_init = 5});
    kmeans.fit(data.x);
    CHECK(tartan::ml::normalized_mutual_info_score(data.y, kmeans.labels()) == Approx(1.0));
    CHECK(kmeans.n_iter() >= 1);
  }
}

TEST_CASE("labels and inertia are those of a brute-force search over the final centres") {
  Client client = Client::inline_executor();
  const Array x = blobs(700, 150, 4.0);
  KMeans kmeans({.n_clusters = 5, .random_state = 2});
  kmeans.fit(x);
  const Textbook judged = assign(x.compute<double>(), kmeans.cluster_centers());
  const auto labels = kmeans.labels().compute<std::int32_t>();
  CHECK(std::equal(labels.begin(), labels.end(), judged.labels.begin(), judged.labels.end()));
  CHECK(kmeans.inertia() == Approx(judged.inertia).epsilon(1e-12));
  CHECK(kmeans.score(x) == Approx(-judged.inertia).epsilon(1e-9));
  const auto predicted = kmeans.predict(x).compute<std::int32_t>();
  CHECK(std::equal(predicted.begin(), predicted.end(), labels.begin()));
}

TEST_CASE("transform gives the Euclidean distance to every centre") {
  Client client = Client::inline_executor();
  const Array x = blobs(60, 25);
  KMeans kmeans({.n_clusters = 3});
  kmeans.fit(x);
  const auto rows = x.compute<double>();
  const auto& centers = kmeans.cluster_centers();
  const auto distances = kmeans.transform(x).compute<double>();
  REQUIRE(distances.shape(0) == 60);
  REQUIRE(distances.shape(1) == 3);
  for (std::size_t i = 0; i < 60; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const double expected = std::hypot(rows(i, 0) - centers(c, 0), rows(i, 1) - centers(c, 1),
                                         rows(i, 2) - centers(c, 2));
      REQUIRE(distances(i, c) == Approx(expected));
    }
  }
}

TEST_CASE("float32 data is clustered in float32 and integer data as float64") {
  Client client = Client::inline_executor();
  const Array x = blobs(400, 100);
  KMeans single({.n_clusters = 4, .random_state = 1});
  single.fit(x.astype(tartan::DType::float32));
  KMeans twice({.n_clusters = 4, .random_state = 1});
  twice.fit(x);
  CHECK(single.inertia() == Approx(twice.inertia()).epsilon(1e-4));
  KMeans whole({.n_clusters = 4, .random_state = 1});
  whole.fit((x * 100).astype(tartan::DType::int32));
  CHECK(whole.inertia() / 1e4 == Approx(twice.inertia()).epsilon(0.02));
}

TEST_CASE("a cluster that loses its rows takes the row farthest from its centre") {
  Client client = Client::inline_executor();
  // Two of the three given centres are far from everything; scikit-learn 1.2 ends with the same.
  const xt::xarray<double> rows{{0, 0}, {0.1, 0}, {0.2, 0}, {9, 9}};
  const xt::xarray<double> start{{0, 0}, {100, 100}, {200, 200}};
  KMeans kmeans({.n_clusters = 3, .init_centers = start});
  kmeans.fit(tartan::from_xtensor(rows, {2, -1}));
  const auto labels = kmeans.labels().compute<std::int32_t>();
  CHECK(std::set<std::int32_t>(labels.begin(), labels.end()).size() == 3);
  CHECK(kmeans.inertia() == Approx(0.005).margin(1e-9));
}

TEST_CASE("as many clusters as rows leaves nothing to explain") {
  Client client = Client::inline_executor();
  KMeans kmeans({.n_clusters = 7, .init = KMeansInit::k_means_plus_plus});
  kmeans.fit(blobs(7, 3));
  CHECK(kmeans.inertia() == Approx(0).margin(1e-12));
}

TEST_CASE("equal rows do not stop any initialisation") {
  Client client = Client::inline_executor();
  for (const auto init :
       {KMeansInit::k_means_parallel, KMeansInit::k_means_plus_plus, KMeansInit::random}) {
    KMeans kmeans({.n_clusters = 3, .init = init});
    kmeans.fit(tartan::ones({20, 2}, {.chunks = {7, -1}}));
    CHECK(kmeans.inertia() == 0);
  }
}

TEST_CASE("a seed repeats a fit to the bit") {
  Client client = Client::inline_executor();
  const Array x = blobs(900, 100, 3.0);
  KMeans first({.n_clusters = 6, .random_state = 11});
  KMeans second({.n_clusters = 6, .random_state = 11});
  first.fit(x);
  second.fit(x);
  CHECK(first.inertia() == second.inertia());
  CHECK((first.cluster_centers() == second.cluster_centers()));
}

TEST_CASE("k-means says what is wrong with its input") {
  Client client = Client::inline_executor();
  CHECK_THROWS_WITH(KMeans({.n_clusters = 0}), Catch::Contains("n_clusters is 0"));
  CHECK_THROWS_WITH(KMeans({.tol = -1}), Catch::Contains("tol"));
  KMeans kmeans({.n_clusters = 5});
  CHECK_THROWS_WITH(kmeans.inertia(), Catch::Contains("not fitted"));
  CHECK_THROWS_WITH(kmeans.fit(blobs(4, 4)), Catch::Contains("4 rows, fewer than n_clusters = 5"));
  CHECK_THROWS_WITH(kmeans.fit(tartan::ones({30})), Catch::Contains("2-D"));
  const xt::xarray<double> broken{{1, 2}, {kNan, 1}, {1, 1}, {2, 2}, {3, 3}};
  CHECK_THROWS_WITH(kmeans.fit(tartan::from_xtensor(broken)), Catch::Contains("NaN"));
  const xt::xarray<double> start = xt::ones<double>({5, 2});
  KMeans given({.n_clusters = 5, .init_centers = start});
  CHECK_THROWS_WITH(given.fit(blobs(50, 50)), Catch::Contains("(5, 3)"));
  kmeans.fit(blobs(50, 25));
  CHECK_THROWS_WITH(kmeans.predict(tartan::ones({3, 7})), Catch::Contains("7 features"));
}

TEST_CASE("the tolerance stops early, and zero runs until no label changes") {
  Client client = Client::inline_executor();
  const Array x = blobs(2000, 500, 5.0);
  KMeans loose({.n_clusters = 8, .tol = 0.5, .random_state = 4});
  KMeans strict({.n_clusters = 8, .tol = 0, .random_state = 4});
  loose.fit(x);
  strict.fit(x);
  CHECK(loose.n_iter() < strict.n_iter());
  CHECK(strict.inertia() <= loose.inertia());
}
