#include <catch2/catch.hpp>
#include <tartan/client/local_cluster.hpp>
#include <tartan/tartan.hpp>

using Catch::Matchers::Contains;
using tartan::Array;
using tartan::Client;
using tartan::ValueError;
using tartan::ml::AnyEstimator;
using tartan::ml::LogisticRegression;
using tartan::ml::Method;
using tartan::ml::Penalty;
using tartan::ml::PoissonRegressor;
using tartan::ml::SGDClassifier;
using tartan::ml::SGDRegressor;

namespace {

Array rows(std::int64_t chunk_rows = 50) {
  return tartan::random::normal({300, 4}, {.chunks = {chunk_rows, -1}, .seed = 5});
}
/// Follows from the first two features and some noise.
Array labels(std::int64_t chunk_rows = 50) {
  const Array x = rows(chunk_rows);
  const Array noise = tartan::random::normal({300}, {.chunks = {chunk_rows}, .seed = 6});
  return (x.slice({{0, 300}, 0}) - x.slice({{0, 300}, 1}) + noise > 0.0)
      .astype(tartan::DType::int64);
}

double difference(const xt::xarray<double>& a, const xt::xarray<double>& b) {
  return xt::amax(xt::abs(a - b))();
}

}  // namespace

TEST_CASE("logistic regression is the same whatever the chunks") {
  Client client = Client::inline_executor();
  const auto whole = LogisticRegression({.tol = 1e-10}).fit(rows(300), labels(300));
  for (const std::int64_t chunk_rows : {1, 37, 150}) {
    const auto cut = LogisticRegression({.tol = 1e-10}).fit(rows(chunk_rows), labels(chunk_rows));
    CHECK(difference(whole.coef(), cut.coef()) < 1e-7);
    CHECK(difference(whole.intercept(), cut.intercept()) < 1e-7);
  }
}

TEST_CASE("linear fits are equal to the bit for any number of workers") {
  std::vector<xt::xarray<double>> logistic;
  std::vector<xt::xarray<double>> descent;
  for (const std::uint32_t workers : {1U, 2U, 7U}) {
    const tartan::LocalCluster cluster({.workers = workers, .threads_per_worker = 1});
    Client client(cluster);
    logistic.push_back(LogisticRegression().fit(rows(), labels()).coef());
    descent.push_back(SGDClassifier().fit(rows(), labels()).coef());
  }
  CHECK((logistic[0] == logistic[1]));
  CHECK((logistic[0] == logistic[2]));
  CHECK((descent[0] == descent[1]));
  CHECK((descent[0] == descent[2]));
}

TEST_CASE("a warm start at the solution takes no iterations") {
  Client client = Client::inline_executor();
  LogisticRegression model({.tol = 1e-6, .warm_start = true});
  model.fit(rows(), labels());
  CHECK(model.n_iter() > 0);
  model.fit(rows(), labels());
  CHECK(model.n_iter() == 0);
  PoissonRegressor counts({.tol = 1e-6, .warm_start = true});
  counts.fit(rows(), labels());
  CHECK(counts.n_iter() > 0);
  counts.fit(rows(), labels());
  CHECK(counts.n_iter() == 0);
}

TEST_CASE("an l1 penalty leaves features at exactly 0") {
  Client client = Client::inline_executor();
  const auto model = LogisticRegression({.penalty = Penalty::l1, .C = 0.05}).fit(rows(), labels());
  CHECK(model.coef()(0, 0) > 0);
  CHECK(model.coef()(0, 1) < 0);
  CHECK(model.coef()(0, 2) == 0);
  CHECK(model.coef()(0, 3) == 0);
}

TEST_CASE("a fit that fails leaves the model as it was") {
  Client client = Client::inline_executor();
  SGDRegressor model;
  const Array target = rows().slice({{0, 300}, 0});
  model.fit(rows(), target);
  const auto before = model.attributes();
  CHECK_THROWS_WITH(model.fit(rows() * 1e300, target), Contains("overflowed in epoch"));
  CHECK(model.attributes() == before);
}

TEST_CASE("predictions of linear classifiers are lazy and of the labels' dtype") {
  Client client = Client::inline_executor();
  const auto model = LogisticRegression().fit(rows(), labels());
  const Array predicted = model.predict(rows());
  CHECK(predicted.dtype() == tartan::DType::int64);
  CHECK(predicted.chunks() == labels().chunks());
  CHECK(model.predict_proba(rows()).shape() == tartan::Shape{300, 2});
  CHECK(AnyEstimator(model).score(rows(), labels()) > 0.7);
}

TEST_CASE("linear classifiers say what they can do") {
  const AnyEstimator descent = SGDClassifier();
  CHECK(descent.can(Method::partial_fit));
  CHECK(descent.can(Method::sample_weight));
  CHECK(descent.get_params().contains("class_weight"));
  CHECK_FALSE(AnyEstimator(SGDRegressor()).get_params().contains("class_weight"));
  CHECK(AnyEstimator(LogisticRegression()).can(Method::predict_proba));
  CHECK(AnyEstimator(LogisticRegression({.penalty = std::nullopt})).to_string() ==
        "LogisticRegression(penalty=None)");
}

TEST_CASE("partial fits refuse rows of another width") {
  Client client = Client::inline_executor();
  SGDClassifier model;
  model.partial_fit(rows(), labels());
  CHECK_THROWS_WITH(model.partial_fit(rows().slice({{0, 300}, {0, 2}}), labels()),
                    Contains("x has 2 features, but the model was fitted with 4"));
  CHECK(model.t() == 301);
}
