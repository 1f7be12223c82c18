#include <catch2/catch.hpp>
#include <tartan/tartan.hpp>

using Catch::Matchers::Contains;
using namespace tartan;
using namespace tartan::ml;

namespace {

/// A classifier of the user's own that knows nothing of blocks: it brings the rows here, and says 1
/// where the first feature is above its mean. One class only: that one.
class AboveMean : public Estimator<AboveMean, StandardScalerParams> {
 public:
  static constexpr std::string_view kName = "AboveMean";
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;
  explicit AboveMean(StandardScalerParams params = {}) : Estimator(std::move(params)) {}

  AboveMean& fit(const Array& x, const Array& y) {
    mean_ = mean(x.slice({all_of_axis, 0})).item<double>();
    classes_ = unique_values(y).compute_chunk();
    n_features_in_ = x.shape(1);
    return *this;
  }
  Array predict_proba(const Array& x) const {
    require_fitted();
    const auto rows = x.compute<double>();
    const std::size_t classes = classes_.view<std::int64_t>().size();
    xt::xarray<double> result = xt::ones<double>({rows.shape(0), classes});
    for (std::size_t i = 0; classes == 2 && i < rows.shape(0); ++i) {
      result(i, 1) = rows(i, 0) > mean_ ? 0.9 : 0.1;
      result(i, 0) = 1 - result(i, 1);
    }
    return from_xtensor(result);
  }
  Array predict(const Array& x) const {
    return take(Array(classes_), argmax(predict_proba(x), 1), 0);
  }
  void fitted(Attributes& io) {
    io("mean", mean_);
    io("classes", classes_);
  }

 private:
  double mean_ = 0;
  Chunk classes_;
};

Dataset two_classes() {
  const Array x = random::normal({120, 2}, {.chunks = {30, -1}, .seed = 3});
  return {x, (x.slice({all_of_axis, 0}) > 0).astype(DType::int64) * 2};
}

}  // namespace

TEST_CASE("what knows nothing of blocks is applied to each") {
  Client client = Client::inline_executor();
  const auto [x, y] = two_classes();
  const auto model = ParallelPostFit({AboveMean()}).fit(x, y);
  const Array found = model.predict(x);
  CHECK(found.num_chunks() == 4);
  CHECK(found.dtype() == DType::int64);
  CHECK((found.compute<std::int64_t>() == model.estimator().predict(x).compute<std::int64_t>()));
  CHECK(model.predict_proba(x).shape() == Shape{120, 2});
  CHECK(model.score(x, y) > 0.9);
}

TEST_CASE("a meta estimator is what its model is") {
  const AnyEstimator model = ParallelPostFit({AboveMean()});
  CHECK(model.kind() == EstimatorKind::classifier);
  CHECK(model.can(Method::predict_proba));
  CHECK_FALSE(model.can(Method::transform));
  CHECK_FALSE(model.can(Method::sample_weight));
  CHECK(AnyEstimator(ParallelPostFit({StandardScaler()})).can(Method::transform));
  CHECK(AnyEstimator(OneVsRestClassifier({AboveMean()})).can(Method::predict_proba));
  CHECK_FALSE(AnyEstimator(OneVsRestClassifier()).can(Method::predict_proba));
  CHECK_FALSE(AnyEstimator(OneVsRestClassifier()).can(Method::decision_function));
}

TEST_CASE("parameters of the model are reached by two underscores") {
  AnyEstimator model = BlockwiseVotingRegressor({Ridge({.alpha = 2})});
  model.set_params({{"estimator__alpha", 5.0}});
  CHECK(model.get_params().at("estimator__alpha") == ParamValue(5.0));
  CHECK(model.to_string() == "BlockwiseVotingRegressor(estimator=Ridge(alpha=5))");
}

TEST_CASE("the model that is given is not fitted") {
  Client client = Client::inline_executor();
  const auto [x, y] = two_classes();
  const auto model = ParallelPostFit({Ridge()}).fit(x, y);
  CHECK(model.estimator().is_fitted());
  CHECK_FALSE(model.params().estimator.is_fitted());
  CHECK_THROWS_WITH(ParallelPostFit({Ridge()}).predict(x), Contains("not fitted yet"));
  CHECK_THROWS_AS(Incremental().estimator(), ValueError);
}

TEST_CASE("soft votes are mean probabilities") {
  Client client = Client::inline_executor();
  const auto [x, y] = two_classes();
  const auto model =
      BlockwiseVotingClassifier({.estimator = AboveMean(), .voting = Voting::soft}).fit(x, y);
  CHECK(model.estimators().size() == 4);
  const auto found = model.predict_proba(x).compute<double>();
  xt::xarray<double> expected = xt::zeros<double>({120, 2});
  for (const AnyEstimator& each : model.estimators()) {
    expected += each.predict_proba(x).compute<double>() / 4;
  }
  CHECK(xt::allclose(found, expected));
  CHECK(accuracy_score(y, model.predict(x)) > 0.9);
  const BlockwiseVotingClassifier hard({.estimator = AboveMean()});
  CHECK_THROWS_WITH(BlockwiseVotingClassifier(hard).fit(x, y).predict_proba(x),
                    Contains("with voting soft only"));
}

TEST_CASE("a block need not have all classes") {
  Client client = Client::inline_executor();
  const Array x = random::normal({90, 2}, {.chunks = {30, -1}, .seed = 3});
  // 0 in the first block, 7 in the second, both in the last.
  const Array rows = arange(0, 90, 1, {.chunks = {30}});
  const Array late = (rows >= 30) & ((rows < 60) | (x.slice({all_of_axis, 0}) > 0));
  const Array y = late.astype(DType::int64) * 7;
  const auto model =
      BlockwiseVotingClassifier({.estimator = AboveMean(), .voting = Voting::soft}).fit(x, y);
  const auto p = model.predict_proba(x).compute<double>();
  for (std::size_t i = 0; i < 90; ++i) {
    CHECK(p(i, 0) + p(i, 1) == Approx(1));
    CHECK(p(i, 1) == Approx(x[static_cast<std::int64_t>(i)][0].item<double>() >
                                    mean(x.slice({{60, 90}, 0})).item<double>()
                                ? (1 + 0.9) / 3
                                : (1 + 0.1) / 3));
  }
}

TEST_CASE("one model tells two classes apart, and probabilities sum to one") {
  Client client = Client::inline_executor();
  const auto [x, y] = two_classes();
  const auto model = OneVsRestClassifier({AboveMean()}).fit(x, y);
  CHECK(model.estimators().size() == 1);
  CHECK(model.predict_proba(x).shape() == Shape{120, 2});
  const Array three = y + (x.slice({all_of_axis, 1}) > 0).astype(DType::int64);
  const auto of_four = OneVsRestClassifier({AboveMean()}).fit(x, three);
  CHECK(of_four.estimators().size() == 4);
  CHECK(allclose(sum(of_four.predict_proba(x), 1), 1.0).item<bool>());
}

TEST_CASE("votes are equal to the bit for 1, 2 and 7 workers") {
  std::vector<std::vector<double>> results;
  for (const std::uint32_t workers : {1U, 2U, 7U}) {
    LocalCluster cluster({.workers = workers, .threads_per_worker = 1});
    Client client(cluster);
    const auto data =
        make_regression({.n_samples = 200, .n_features = 5, .noise = 3, .chunk_rows = 31});
    const auto found =
        BlockwiseVotingRegressor().fit(data.x, data.y).predict(data.x).compute<double>();
    results.emplace_back(found.begin(), found.end());
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}
