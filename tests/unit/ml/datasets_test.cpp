#include <catch2/catch.hpp>
#include <filesystem>
#include <tartan/tartan.hpp>
#include <xtensor/xview.hpp>

using tartan::Client;
using tartan::ml::BlobsParams;

TEST_CASE("blobs are the same whatever the chunks") {
  Client client = Client::inline_executor();
  const auto whole = tartan::ml::make_blobs({.n_samples = 300, .chunk_rows = 300});
  const auto cut = tartan::ml::make_blobs({.n_samples = 300, .chunk_rows = 37});
  CHECK((whole.x.compute<double>() == cut.x.compute<double>()));
  CHECK((whole.y.compute<std::int64_t>() == cut.y.compute<std::int64_t>()));
  CHECK(cut.x.num_chunks() == 9);
}

TEST_CASE("blob rows generated block by block join to the same data set") {
  Client client = Client::inline_executor();
  BlobsParams params{.n_samples = 100, .n_features = 5, .n_centers = 12, .random_state = 9};
  const auto whole = tartan::ml::make_blobs(params).x.compute<double>();
  params.first_row = 60;
  params.n_samples = 40;
  const auto part = tartan::ml::blob_rows(params);
  CHECK((part == xt::xarray<double>(xt::view(whole, xt::range(60, 100), xt::all()))));
}

TEST_CASE("blobs lie around their centres with the spread asked for") {
  Client client = Client::inline_executor();
  const BlobsParams params{.n_samples = 40'000, .n_centers = 4, .cluster_std = 2.0};
  const auto data = tartan::ml::make_blobs(params);
  const auto x = data.x.compute<double>();
  const auto y = data.y.compute<std::int64_t>();
  const auto centers = tartan::ml::blob_centers(params);
  double squares = 0;
  std::vector<double> counts(4, 0);
  for (std::size_t i = 0; i < 40'000; ++i) {
    const auto label = static_cast<std::size_t>(y(i));
    counts.at(label) += 1;
    for (std::size_t j = 0; j < 2; ++j) squares += std::pow(x(i, j) - centers(label, j), 2);
  }
  CHECK(std::sqrt(squares / 80'000) == Approx(2.0).epsilon(0.02));
  for (const double count : counts) CHECK(count == Approx(10'000).epsilon(0.05));
}

TEST_CASE("Fashion-MNIST has its images, classes and scale") {
  Client client = Client::inline_executor();
  const auto test = tartan::ml::load_fashion_mnist({.train = false});
  CHECK(test.x.shape() == tartan::Shape{10'000, 784});
  CHECK(test.x.dtype() == tartan::DType::float32);
  CHECK(tartan::max(test.x).item<float>() == 1.0F);
  CHECK(tartan::min(test.x).item<float>() == 0.0F);
  const auto y = test.y.compute<std::uint8_t>();
  std::vector<int> counts(10, 0);
  for (const auto label : y) ++counts.at(label);
  CHECK(counts == std::vector<int>(10, 1000));
}

TEST_CASE("a missing data set names the package that brings it") {
  CHECK_THROWS_WITH(tartan::ml::load_fashion_mnist({.directory = "/nowhere"}),
                    Catch::Contains("dataset-fashion-mnist"));
}

TEST_CASE("blobs refuse impossible parameters") {
  CHECK_THROWS_AS(tartan::ml::make_blobs({.n_samples = -1}), tartan::ValueError);
  CHECK_THROWS_AS(tartan::ml::make_blobs({.n_centers = 0}), tartan::ValueError);
  CHECK_THROWS_AS(tartan::ml::make_blobs({.cluster_std = -2}), tartan::ValueError);
}

namespace {

/// Rows are equal however they are cut.
template <class T, class Make>
void check_chunks(Make&& make) {
  const auto whole = make(0);
  const auto cut = make(37);
  CHECK(cut.x.num_chunks() == 9);
  CHECK((whole.x.template compute<double>() == cut.x.template compute<double>()));
  CHECK((whole.y.template compute<T>() == cut.y.template compute<T>()));
}

}  // namespace

TEST_CASE("generated rows are the same whatever the chunks") {
  using namespace tartan::ml;
  Client client = Client::inline_executor();
  check_chunks<std::int64_t>([](std::int64_t rows) {
    return make_classification({.n_samples = 301,
                                .n_informative = 5,
                                .n_repeated = 2,
                                .n_classes = 3,
                                .shift = std::nullopt,
                                .scale = std::nullopt,
                                .chunk_rows = rows});
  });
  check_chunks<double>([](std::int64_t rows) {
    return make_regression({.n_samples = 301, .n_targets = 2, .noise = 1, .chunk_rows = rows});
  });
  check_chunks<std::int64_t>([](std::int64_t rows) {
    return make_moons({.n_samples = 301, .noise = 0.1, .chunk_rows = rows});
  });
  check_chunks<std::int64_t>([](std::int64_t rows) {
    return make_circles({.n_samples = 301, .noise = 0.1, .chunk_rows = rows});
  });
  check_chunks<std::int64_t>([](std::int64_t rows) {
    return make_counts({.n_samples = 301, .chunk_rows = rows});
  });
}

TEST_CASE("another seed gives other data") {
  Client client = Client::inline_executor();
  const auto one = tartan::ml::make_classification({.random_state = 1});
  const auto two = tartan::ml::make_classification({.random_state = 2});
  CHECK_FALSE((one.x.compute<double>() == two.x.compute<double>()));
  CHECK_FALSE((one.y.compute<std::int64_t>() == two.y.compute<std::int64_t>()));
}

TEST_CASE("a regression problem without noise is solved by its coefficients") {
  Client client = Client::inline_executor();
  const tartan::ml::RegressionParams params{.n_samples = 300, .n_features = 30, .bias = 7};
  const auto data = tartan::ml::make_regression(params);
  const auto coef = tartan::ml::regression_coef(params);
  CHECK(std::count_if(coef.begin(), coef.end(), [](double c) { return c != 0; }) == 10);
  const auto model = tartan::ml::LinearRegression().fit(data.x, data.y);
  CHECK(model.intercept()() == Approx(7));
  for (std::size_t j = 0; j < 30; ++j) CHECK(model.coef()(j) == Approx(coef(j)).margin(1e-9));
}

TEST_CASE("classes come as often as their weights say, and flips are flips") {
  Client client = Client::inline_executor();
  const auto data = tartan::ml::make_classification(
      {.n_samples = 40'000, .n_classes = 2, .weights = {0.8}, .flip_y = 0.5});
  // Half keep their class, half draw it anew.
  CHECK(tartan::mean(data.y.astype(tartan::DType::float64)).item<double>() ==
        Approx(0.5 * 0.2 + 0.5 * 0.5).epsilon(0.03));
}

TEST_CASE("clusters of a classification stand on their corners") {
  using namespace tartan;
  Client client = Client::inline_executor();
  const auto data = ml::make_classification({.n_samples = 20'000,
                                             .n_features = 3,
                                             .n_informative = 2,
                                             .n_redundant = 0,
                                             .n_repeated = 1,
                                             .n_clusters_per_class = 1,
                                             .flip_y = 0,
                                             .class_sep = 5,
                                             .shuffle = false});
  const Array mask = data.y == 0;
  for (std::int64_t j = 0; j < 2; ++j) {
    const Array feature = data.x.slice({all_of_axis, j});
    CHECK(std::abs(mean(feature[mask]).item<double>()) == Approx(5).epsilon(0.02));
  }
  const auto x = data.x.compute<double>();
  CHECK((x(17, 2) == x(17, 0) || x(17, 2) == x(17, 1)));
}

TEST_CASE("moons and circles lie on their curves") {
  Client client = Client::inline_executor();
  const auto circles =
      tartan::ml::make_circles({.n_samples = 200, .factor = 0.3}).x.compute<double>();
  const auto moons = tartan::ml::make_moons({.n_samples = 200}).x.compute<double>();
  for (std::size_t i = 0; i < 200; ++i) {
    CHECK(std::hypot(circles(i, 0), circles(i, 1)) == Approx(i % 2 == 0 ? 1.0 : 0.3));
    const double x = i % 2 == 0 ? moons(i, 0) : 1 - moons(i, 0);
    const double y = i % 2 == 0 ? moons(i, 1) : 0.5 - moons(i, 1);
    CHECK(std::hypot(x, y) == Approx(1.0));
    CHECK(y >= 0);
  }
}

TEST_CASE("counts are Poisson around their rates") {
  using namespace tartan;
  Client client = Client::inline_executor();
  const auto flat = ml::make_counts({.n_samples = 20'000, .n_informative = 0});
  const Array counts = flat.y.astype(DType::float64);
  CHECK(mean(counts).item<double>() == Approx(1).epsilon(0.03));
  CHECK(var(counts).item<double>() == Approx(1).epsilon(0.05));
}

TEST_CASE("a table names the package that brings it") {
  CHECK_THROWS_WITH(tartan::ml::load_iris({.directory = "/nowhere"}),
                    Catch::Contains("python3-sklearn"));
}

TEST_CASE("generated data refuses what cannot be") {
  using namespace tartan::ml;
  CHECK_THROWS_WITH(make_classification({.n_features = 3, .n_informative = 4}),
                    Catch::Contains("more than 3"));
  CHECK_THROWS_WITH(make_classification({.n_classes = 9}), Catch::Contains("corners"));
  CHECK_THROWS_WITH(make_classification({.weights = {0.1, 0.2, 0.7}}),
                    Catch::Contains("3 weights of 2 classes"));
  CHECK_THROWS_AS(make_regression({.n_targets = 0}), tartan::ValueError);
  CHECK_THROWS_AS(make_regression({.noise = -1}), tartan::ValueError);
  CHECK_THROWS_WITH(make_circles({.factor = 1}), Catch::Contains("factor is 1"));
  CHECK_THROWS_AS(make_moons({.n_samples = -1}), tartan::ValueError);
  CHECK_THROWS_AS(make_counts({.n_features = 0}), tartan::ValueError);
}
