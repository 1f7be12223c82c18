#include <catch2/catch.hpp>
#include <tartan/tartan.hpp>
#include <xtensor/xmath.hpp>

using Catch::Matchers::Contains;
using tartan::Array;
using tartan::Client;
using tartan::ValueError;
using tartan::ml::IncrementalPCA;
using tartan::ml::PCA;
using tartan::ml::PcaSolver;
using tartan::ml::SvdAlgorithm;
using tartan::ml::TruncatedSVD;

namespace {

/// Rows whose directions have clearly different variances.
Array rows(std::int64_t chunk_rows = 40) {
  const Array x = tartan::random::normal({300, 5}, {.chunks = {chunk_rows, -1}, .seed = 4});
  return x * Array(tartan::make_chunk<double>({5}, std::vector<double>{16, 8, 4, 2, 1})) + 3.0;
}

bool close(const xt::xarray<double>& a, const xt::xarray<double>& b, double tolerance) {
  return a.shape() == b.shape() && xt::amax(xt::abs(a - b))() <= tolerance;
}

}  // namespace

TEST_CASE("every solver finds the same components whatever the chunks") {
  Client client = Client::inline_executor();
  const PCA whole = PCA({.svd_solver = PcaSolver::full}).fit(rows(300));
  for (const auto solver : {PcaSolver::full, PcaSolver::covariance_eigh, PcaSolver::randomized}) {
    for (const std::int64_t chunk_rows : {1, 7, 299}) {
      const PCA model =
          PCA({.svd_solver = solver, .iterated_power = std::int64_t{9}}).fit(rows(chunk_rows));
      CHECK(close(model.components(), whole.components(), 1e-7));
      CHECK(close(model.singular_values(), whole.singular_values(), 1e-6));
    }
  }
}

TEST_CASE("two incremental models merge to that of all rows") {
  Client client = Client::inline_executor();
  const Array x = rows();
  IncrementalPCA left = IncrementalPCA().fit(x.slice({{0, 110}}));
  const IncrementalPCA right = IncrementalPCA().fit(x.slice({{110, 300}}));
  left.merge(right);
  const IncrementalPCA all = IncrementalPCA().fit(x);
  CHECK(left.n_samples_seen() == 300);
  CHECK(close(left.components(), all.components(), 1e-9));
  CHECK(close(left.singular_values(), all.singular_values(), 1e-9));
  CHECK(close(left.mean(), all.mean(), 1e-12));
  CHECK(close(left.var(), all.var(), 1e-9));
  CHECK_THROWS_AS(left.merge(IncrementalPCA()), ValueError);
}

TEST_CASE("whitened projections have variance one and go back") {
  Client client = Client::inline_executor();
  PCA model({.whiten = true});
  const Array x = rows();
  const Array projected = model.fit_transform(x);
  CHECK(projected.chunks() == x.chunks());
  const auto spread = tartan::stddev(projected, 0, {.ddof = 1}).compute<double>();
  CHECK(close(spread, xt::ones<double>({5}), 1e-10));
  CHECK(close(model.inverse_transform(projected).compute<double>(), x.compute<double>(), 1e-9));
}

TEST_CASE("a random start is that of its seed") {
  Client client = Client::inline_executor();
  const auto fit = [](std::uint64_t seed, std::int64_t chunk_rows) {
    return TruncatedSVD({.n_components = 2, .n_iter = 0, .n_oversamples = 1, .random_state = seed})
        .fit(rows(chunk_rows))
        .components();
  };
  CHECK((fit(1, 40) == fit(1, 40)));
  CHECK(close(fit(1, 40), fit(1, 300), 1e-9));
  CHECK_FALSE(close(fit(1, 40), fit(2, 40), 1e-6));
  CHECK_THROWS_WITH(TruncatedSVD({.n_components = 0}), Contains("n_components is 0"));
}

TEST_CASE("a fit that throws leaves the model as it was") {
  Client client = Client::inline_executor();
  PCA model({.n_components = std::int64_t{4}});
  model.fit(rows());
  const auto before = model.components();
  CHECK_THROWS_AS(model.fit(rows().slice({{0, 300}, {0, 3}})), ValueError);
  CHECK((model.components() == before));
  CHECK(model.n_features_in() == 5);
  CHECK_THROWS_WITH(model.transform(rows().slice({{0, 300}, {0, 3}})),
                    Contains("x has 3 features, but the model was fitted with 5"));
}

TEST_CASE("fits are equal to the bit for any number of workers") {
  const auto fit = [] {
    const PCA exact = PCA({.svd_solver = PcaSolver::full}).fit(rows(20));
    const PCA gram = PCA({.svd_solver = PcaSolver::covariance_eigh}).fit(rows(20));
    const IncrementalPCA parts = IncrementalPCA({.n_components = 2}).fit(rows(20));
    return std::vector{exact.components(), gram.components(), parts.components()};
  };
  const auto expected = [&] {
    Client client = Client::inline_executor();
    return fit();
  }();
  for (const std::uint32_t workers : {1U, 2U, 7U}) {
    const tartan::LocalCluster cluster({.workers = workers, .threads_per_worker = 1});
    Client client(cluster);
    CHECK(fit() == expected);
  }
}
