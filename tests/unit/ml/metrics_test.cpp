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

TEST_CASE("metrics are equal to the bit for 1, 2 and 7 workers") {
  const auto scores = [] {
    const auto data = tartan::ml::make_classification({.n_samples = 500, .chunk_rows = 61});
    const tartan::Array score = data.x.slice({tartan::all_of_axis, 3}).persist();
    const tartan::Array found = (score > 0).astype(tartan::DType::int64);
    const tartan::Array weight = tartan::abs(score) + 0.1;
    return std::vector{
        tartan::ml::accuracy_score(data.y, found, {.sample_weight = weight}),
        tartan::ml::f1_score(data.y, found, {.sample_weight = weight}),
        tartan::ml::roc_auc_score(data.y, score, {.sample_weight = weight}),
        tartan::ml::log_loss(data.y, 1.0 / (1.0 + tartan::exp(-score)), {.sample_weight = weight}),
        tartan::ml::r2_score(data.y, score, {.sample_weight = weight}),
        tartan::ml::silhouette_score(data.x, data.y),
        tartan::ml::davies_bouldin_score(data.x, data.y)};
  };
  std::vector<std::vector<double>> results;
  for (const std::uint32_t workers : {1U, 2U, 7U}) {
    tartan::LocalCluster cluster({.workers = workers, .threads_per_worker = 1});
    tartan::Client client(cluster);
    results.push_back(scores());
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("pairwise distances and curves stay lazy or with the workers") {
  tartan::Client client = tartan::Client::inline_executor();
  const tartan::Array x = tartan::random::normal({400, 3}, {.chunks = {100, -1}, .seed = 1});
  const tartan::Array distances = tartan::ml::pairwise_distances(x);
  CHECK(distances.shape() == tartan::Shape{400, 400});
  CHECK(distances.num_chunks() == 16);
  CHECK_FALSE(distances.explain().empty());
  const auto curve = tartan::ml::roc_curve(x.slice({tartan::all_of_axis, 0}) > 0,
                                           x.slice({tartan::all_of_axis, 1}),
                                           {.drop_intermediate = false});
  CHECK(curve.fpr.shape(0) == 401);
  CHECK(curve.fpr.num_chunks() > 1);
}

TEST_CASE("blocks of distances stay small however large the rows' blocks are") {
  const tartan::Array x = tartan::zeros({100'000, 2}, {.chunks = {100'000, -1}});
  const tartan::Array distances = tartan::ml::pairwise_distances(x);
  for (const auto& axis : distances.chunks()) {
    for (const std::int64_t rows : axis) CHECK(rows <= 2048);
  }
  const tartan::Array y = tartan::zeros({4, 2});
  CHECK(tartan::ml::pairwise_distances(x, y).num_chunks() == 1);
}

TEST_CASE("a matrix of confusions among far too many labels is refused") {
  tartan::Client client = tartan::Client::inline_executor();
  const tartan::Array labels = tartan::arange(0, 10'000);
  CHECK_THROWS_WITH(tartan::ml::confusion_matrix(labels, labels),
                    Catch::Contains("choose some by labels"));
  CHECK(tartan::ml::f1_score(labels, labels,
                             {.average = tartan::ml::ClassAverage::macro}) == 1.0);
}
