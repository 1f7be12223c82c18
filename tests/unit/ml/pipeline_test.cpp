#include <catch2/catch.hpp>
#include <filesystem>
#include <tartan/tartan.hpp>
#include <unistd.h>

using Catch::Matchers::Contains;
using tartan::Array;
using tartan::Client;
using tartan::TypeError;
using tartan::ValueError;
using namespace tartan::ml;  // NOLINT: half of the room is used here

namespace {

Array rows() { return tartan::random::normal({60, 3}, {.chunks = {17, -1}, .seed = 4}); }
Array targets() {
  const Array x = rows();
  return x.slice({{0, 60}, 0}) * 2.0 - x.slice({{0, 60}, 2}) + 5.0;
}
Pipeline scaled_ridge() { return Pipeline({{"scale", StandardScaler()}, {"fit", Ridge()}}); }

}  // namespace

TEST_CASE("a pipeline can be written in braces, and holds what its steps are") {
  const Pipeline model = scaled_ridge();
  CHECK(model.params().steps.size() == 2);
  CHECK(model.kind() == EstimatorKind::regressor);
  CHECK(Pipeline({{"scale", StandardScaler()}}).kind() == EstimatorKind::transformer);
  CHECK(Pipeline({{"only", Omit::passthrough}}).kind() == EstimatorKind::transformer);
  CHECK(Pipeline().kind() == EstimatorKind::other);
  static_assert(IsEstimator<Pipeline> && IsEstimator<FeatureUnion> &&
                IsEstimator<ColumnTransformer>);
}

TEST_CASE("what a pipeline can do follows from its steps") {
  const AnyEstimator ridge = scaled_ridge();
  CHECK(ridge.can(Method::predict));
  CHECK(ridge.can(Method::score));
  CHECK(ridge.can(Method::sample_weight));
  CHECK_FALSE(ridge.can(Method::transform));
  CHECK_FALSE(ridge.can(Method::predict_proba));
  CHECK_FALSE(ridge.can(Method::partial_fit));
  const AnyEstimator bayes = make_pipeline(StandardScaler(), GaussianNB());
  CHECK(bayes.can(Method::predict_proba));
  CHECK(bayes.kind() == EstimatorKind::classifier);
  const AnyEstimator scaler = make_pipeline(StandardScaler(), PCA());
  CHECK(scaler.can(Method::inverse_transform));
  CHECK_FALSE(AnyEstimator(make_pipeline(SimpleImputer(), PCA())).can(Method::inverse_transform));
}

TEST_CASE("the parameters of steps are read and changed by step__name") {
  Pipeline model = scaled_ridge();
  model.set_params({{"fit__alpha", 0.25}, {"scale__with_mean", false}});
  CHECK(model.get_params().at("fit__alpha") == ParamValue(0.25));
  CHECK(model.get_params().at("scale__with_mean") == ParamValue(false));
  CHECK(model.get_params(false).size() == 1);
  model.set_params({{"scale", Omit::passthrough}, {"fit", Ridge({.alpha = 2})}, {"fit__alpha", 3}});
  CHECK(model.get_params().at("scale") == ParamValue("passthrough"));
  CHECK(model.get_params().at("fit__alpha") == ParamValue(3.0));
  const auto before = model.get_params();
  CHECK_THROWS_WITH(model.set_params({{"fit__alpha", 1.0}, {"scale__with_mean", true}}),
                    Contains("Pipeline: scale: it is no estimator"));
  CHECK_THROWS_AS(model.set_params({{"fit__alpha", "x"}}), TypeError);
  CHECK_THROWS_WITH(model.set_params({{"fit__alpha", -1.0}}), Contains("alpha is -1"));
  CHECK_THROWS_WITH(model.set_params({{"other__alpha", 1.0}}),
                    Contains("there is no parameter 'other__alpha'; there are steps, scale, fit"));
  CHECK_THROWS_AS(model.set_params({{"scale", LinearRegression()}}), TypeError);
  CHECK(model.get_params() == before);
}

TEST_CASE("make_pipeline names its steps by their types") {
  const auto params = make_pipeline(StandardScaler(), PCA(), StandardScaler(), Ridge()).params();
  CHECK(params.steps[0].first == "standardscaler-1");
  CHECK(params.steps[1].first == "pca");
  CHECK(params.steps[2].first == "standardscaler-2");
  CHECK(params.steps[3].first == "ridge");
}

TEST_CASE("fit leaves the steps among the parameters as they were") {
  Client client = Client::inline_executor();
  Pipeline model = scaled_ridge();
  CHECK_THROWS_WITH(model.predict(rows()),
                    "Pipeline: this model is not fitted yet; call fit() first");
  model.fit(rows(), targets());
  CHECK_FALSE(std::get<AnyEstimator>(model.params().steps[0].second).is_fitted());
  CHECK(model.step("scale").is_fitted());
  CHECK(model.step("fit").as<Ridge>().coef().size() == 3);
  CHECK_THROWS_WITH(model.step("none"), Contains("there is no step 'none'"));
  CHECK_THROWS_WITH(AnyEstimator(model).transform(rows()), "Ridge has no transform");
  CHECK_FALSE(model.clone().is_fitted());
  const double score = model.score(rows(), targets());
  CHECK(score > 0.9);
}

TEST_CASE("a pipeline of pipelines and unions goes through a file") {
  Client client = Client::inline_executor();
  const auto path = std::filesystem::temp_directory_path() /
                    ("tartan-pipeline-" + std::to_string(::getpid()) + ".model");
  const FeatureUnion both({{"pca", PCA({.n_components = 2})}, {"same", Omit::passthrough}});
  const ColumnTransformer columns(
      {{"first", make_pipeline(SimpleImputer(), StandardScaler()), ColumnSlice{0, 2}}},
      Omit::passthrough);
  AnyEstimator model = Pipeline({{"columns", columns}, {"both", both}, {"fit", Ridge()}});
  model.set_params({{"columns__first__standardscaler__with_mean", false}});
  model.fit(rows(), targets());
  model.save(path);
  const auto loaded = AnyEstimator::load(path);
  std::filesystem::remove(path);
  CHECK((loaded.predict(rows()).compute<double>() == model.predict(rows()).compute<double>()));
  CHECK(loaded.get_params().at("columns__first__standardscaler__with_mean") == ParamValue(false));
  const auto sent =
      tartan::Value::from_encoded(tartan::Value::of(model).encode()).get<AnyEstimator>();
  CHECK((sent.predict(rows()).compute<double>() == model.predict(rows()).compute<double>()));
}

TEST_CASE("a column transformer reaches into its remainder") {
  ColumnTransformer model({{"a", StandardScaler(), std::vector<std::int64_t>{0}}},
                          StandardScaler());
  model.set_params({{"remainder__with_mean", false}, {"a__with_std", false}});
  CHECK(model.get_params().at("remainder__with_mean") == ParamValue(false));
  model.set_params({{"remainder", "drop"}});
  CHECK(model.get_params().at("remainder") == ParamValue("drop"));
}

TEST_CASE("transformers all dropped leave nothing to transform to") {
  Client client = Client::inline_executor();
  FeatureUnion none(std::vector<Step>{{"a", Omit::drop}});
  none.fit(rows());
  CHECK_THROWS_WITH(none.transform(rows()), Contains("every transformer is dropped"));
}
