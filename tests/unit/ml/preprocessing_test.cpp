#include <catch2/catch.hpp>
#include <tartan/tartan.hpp>
#include <xtensor/xmath.hpp>

using Catch::Matchers::Contains;
using tartan::Array;
using tartan::Client;
using namespace tartan::ml;  // NOLINT: half of the room is used here

namespace {

Array rows() { return tartan::random::normal({60, 3}, {.chunks = {17, -1}, .seed = 4}); }

}  // namespace

TEST_CASE("transform is lazy, keeps the chunks of the rows, and names a wrong number of features") {
  Client client = Client::inline_executor();
  const std::vector<AnyEstimator> transformers{
      MinMaxScaler(),  MaxAbsScaler(),       RobustScaler(), QuantileTransformer(),
      SimpleImputer(), PolynomialFeatures(), Normalizer(),   Binarizer()};
  for (AnyEstimator model : transformers) {
    CAPTURE(model.type());
    if (model.type() != "Normalizer" && model.type() != "Binarizer") {
      CHECK_THROWS_WITH(model.transform(rows()), Contains("is not fitted yet"));
    }
    model.fit(rows());
    const Array result = model.transform(rows());
    CHECK(result.chunks()[0] == rows().chunks()[0]);
    CHECK(result.chunks()[1].size() == 1);
    CHECK_THROWS_WITH(model.transform(rows().slice({{0, 60}, {0, 2}})),
                      Contains("x has 2 features, but the model was fitted with 3"));
    CHECK(AnyEstimator::from_model(model.to_model()).attributes() == model.attributes());
  }
}

TEST_CASE("fitting again forgets what was fitted, and fitting further does not") {
  Client client = Client::inline_executor();
  MinMaxScaler scaler;
  scaler.fit(rows() * 100.0).fit(rows());
  CHECK(scaler.n_samples_seen() == 60);
  scaler.partial_fit(rows() * 100.0);
  CHECK(scaler.n_samples_seen() == 120);
  CHECK((scaler.data_max() == MinMaxScaler().fit(rows() * 100.0).data_max()));
}

TEST_CASE("quantiles of arrays too large to come together are the same") {
  Client client = Client::inline_executor();
  const Array x = tartan::random::normal({1'100'000, 8}, {.chunks = {100'000, -1}, .seed = 1});
  const RobustScaler large = RobustScaler().fit(x);
  for (const std::int64_t column : {0, 7}) {
    const auto values = x.slice({{0, 1'100'000}, column});
    CHECK(large.center()->at(static_cast<std::size_t>(column)) ==
          tartan::median(values).item<double>());
  }
}

TEST_CASE("an unknown category fails the computation and not the call") {
  Client client = Client::inline_executor();
  OneHotEncoder encoder({.categories = std::vector<std::vector<double>>{{0, 1}}});
  encoder.fit(tartan::zeros({4, 1}));
  const Array lazy = encoder.transform(tartan::full({4, 1}, 7.0));
  CHECK_THROWS_WITH(lazy.compute<double>(), Contains("found the unknown category 7 in column 0"));
}

TEST_CASE("logarithms of probabilities do not underflow") {
  Client client = Client::inline_executor();
  const Array x = tartan::concatenate({rows(), rows() + 500.0});
  const Array y = (tartan::arange(120) >= 60).astype(tartan::DType::int64);
  const GaussianNB model = GaussianNB().fit(x, y);
  const auto logs = model.predict_log_proba(x).compute<double>();
  CHECK(logs(0, 1) < -10'000);
  CHECK(logs(0, 0) == 0);
  const xt::xarray<double> sums = xt::sum(model.predict_proba(x).compute<double>(), {1});
  CHECK(xt::allclose(sums, 1.0));
  CHECK(AnyEstimator(model).score(x, y) == 1);
}

TEST_CASE("naive Bayes in parts is that of all rows, and does not need the classes twice") {
  Client client = Client::inline_executor();
  const Array x = tartan::abs(rows());
  const Array y = (tartan::arange(60) % 3).astype(tartan::DType::int64);
  const auto halves = [&](auto model) {
    model.partial_fit(x.slice({{0, 30}}), y.slice({{0, 30}}));
    model.partial_fit(x.slice({{30, 60}}), y.slice({{30, 60}}));
    return model;
  };
  const auto whole = MultinomialNB().fit(x, y);
  CHECK(xt::allclose(halves(MultinomialNB()).feature_log_prob(), whole.feature_log_prob()));
  CHECK(xt::allclose(halves(GaussianNB()).theta(), GaussianNB().fit(x, y).theta()));
  GaussianNB two;
  two.partial_fit(x.slice({{0, 2}}), y.slice({{0, 2}}));
  CHECK_THROWS_WITH(two.partial_fit(x, y), Contains("are not among the classes"));
  CHECK(two.class_count().size() == 2);
}
