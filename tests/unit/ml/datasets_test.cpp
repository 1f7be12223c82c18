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
