#include <catch2/catch.hpp>
#include <tartan/tartan.hpp>

using Labels = std::vector<std::int64_t>;
using tartan::ml::NmiAverage;
using tartan::ml::normalized_mutual_info_score;

TEST_CASE("equal partitions score 1 whatever their labels are called") {
  CHECK(normalized_mutual_info_score(Labels{0, 0, 1, 1, 2}, Labels{7, 7, 3, 3, -1}) ==
        Approx(1.0));
  CHECK(normalized_mutual_info_score(Labels{}, Labels{}) == 1.0);
  CHECK(normalized_mutual_info_score(Labels{4, 4}, Labels{1, 1}) == 1.0);
}

TEST_CASE("independent labelings score 0") {
  CHECK(normalized_mutual_info_score(Labels{0, 0, 1, 1}, Labels{0, 1, 0, 1}) ==
        Approx(0.0).margin(1e-12));
  CHECK(normalized_mutual_info_score(Labels{0, 0, 0, 0}, Labels{0, 1, 2, 3}) == 0.0);
}

TEST_CASE("partly equal labelings score as scikit-learn does") {
  // sklearn.metrics.normalized_mutual_info_score([0,0,1,1,2,2], [0,0,1,2,2,2], average_method=…)
  const Labels truth{0, 0, 1, 1, 2, 2};
  const Labels found{0, 0, 1, 2, 2, 2};
  CHECK(normalized_mutual_info_score(truth, found) == Approx(0.7396673768007591));
  CHECK(normalized_mutual_info_score(truth, found, NmiAverage::geometric) ==
        Approx(0.7402999407999732));
  CHECK(normalized_mutual_info_score(truth, found, NmiAverage::min) ==
        Approx(0.771556173679471));
  CHECK(normalized_mutual_info_score(truth, found, NmiAverage::max) ==
        Approx(0.7103099178571525));
}

TEST_CASE("labels of different length are refused") {
  CHECK_THROWS_WITH(normalized_mutual_info_score(Labels{0, 1}, Labels{0}),
                    Catch::Contains("2 entries"));
}
