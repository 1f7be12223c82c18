#include <atomic>
#include <catch2/catch.hpp>
#include <tartan/client/local_cluster.hpp>
#include <tartan/tartan.hpp>

using tartan::Array;
using tartan::Client;
using tartan::ml::GridSearchCV;
using tartan::ml::KFold;
using tartan::ml::ParamMap;
using tartan::ml::Pipeline;
using tartan::ml::Ridge;

namespace {

std::atomic<int> fits{0};

struct CountingParams {
  double factor = 1;
  static void each(auto& params, auto&& member) { member("factor", params.factor); }
};
/// Multiplies by a factor and counts how often it is fitted in this process.
class Counting : public tartan::ml::Estimator<Counting, CountingParams> {
 public:
  static constexpr std::string_view kName = "Counting";
  static constexpr auto kKind = tartan::ml::EstimatorKind::transformer;
  explicit Counting(const CountingParams& params = {}) : Estimator(params) {}
  Counting& fit(const Array& x) {
    ++fits;
    n_features_in_ = x.shape(1);
    return *this;
  }
  Array transform(const Array& x) const { return x * params_.factor; }
  void fitted(tartan::ml::Attributes&) {}
};

Array rows() { return tartan::random::normal({60, 3}, {.chunks = {20, -1}, .seed = 4}); }
Array targets() { return rows().slice({{0, 60}, 0}) * 2.0 + 5.0; }

}  // namespace

TEST_CASE("candidates whose first steps are equal share what these made of a fold") {
  Client client = Client::inline_executor();
  Pipeline pipeline({{"count", Counting()}, {"fit", Ridge()}});
  GridSearchCV search(pipeline, {{"count__factor", {1.0, 2.0}}, {"fit__alpha", {0.1, 1.0, 10.0}}},
                      {{.cv = KFold{4}}, /*refit=*/false});
  fits = 0;
  search.fit(rows(), targets());
  CHECK(search.cv_results().params.size() == 6);
  CHECK(fits == 2 * 4);
}

TEST_CASE("a search finds the same on one worker and on three") {
  const auto find = [] {
    GridSearchCV search(Ridge(), {{"alpha", {0.1, 1.0, 10.0}}}, {{.cv = KFold{3}}});
    search.fit(rows(), targets());
    return std::pair(search.best_params(), search.cv_results()["mean_test_score"]);
  };
  std::vector<std::pair<ParamMap, std::vector<double>>> found;
  for (const std::uint32_t workers : {1U, 3U}) {
    tartan::LocalCluster cluster({.workers = workers, .threads_per_worker = 1});
    Client client(cluster);
    found.push_back(find());
  }
  CHECK(found[0] == found[1]);
}

TEST_CASE("a search says what it has not got") {
  Client client = Client::inline_executor();
  GridSearchCV search(Ridge(), {{"alpha", {1.0}}}, {{}, /*refit=*/false});
  CHECK_THROWS_WITH(search.cv_results(), "the search has not been run; call fit(x, y) first");
  search.fit(rows(), targets());
  CHECK_THROWS_WITH(search.best_estimator(),
                    "the best candidate was not fitted to all rows: refit is false");
  CHECK_THROWS_WITH(search.cv_results()["beauty"],
                    Catch::Contains("no column 'beauty'; they have mean_fit_time"));
}
