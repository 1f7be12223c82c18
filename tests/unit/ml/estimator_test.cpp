#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <tartan/tartan.hpp>
#include <unistd.h>

using Catch::Matchers::Contains;
using tartan::Array;
using tartan::Client;
using tartan::TypeError;
using tartan::ValueError;
using tartan::ml::AnyEstimator;
using tartan::ml::EstimatorKind;
using tartan::ml::KMeans;
using tartan::ml::LinearRegression;
using tartan::ml::Method;
using tartan::ml::ParamMap;
using tartan::ml::ParamValue;
using tartan::ml::Ridge;
using tartan::ml::StandardScaler;

namespace {

struct File {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tartan-" + std::to_string(::getpid()) + ".model");
  ~File() { std::filesystem::remove(path); }
};

/// An estimator of the user's own that holds another one.
struct ShiftParams {
  double by = 1;
  AnyEstimator then = StandardScaler();

  static void each(auto& params, auto&& member) {
    member("by", params.by);
    member("then", params.then);
  }
};
class Shift : public tartan::ml::Estimator<Shift, ShiftParams> {
 public:
  static constexpr std::string_view kName = "Shift";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;
  explicit Shift(ShiftParams params = {}) : Estimator(std::move(params)) {}
  Shift& fit(const Array& x) {
    then_.push_back(params_.then.clone());
    then_.back().fit(x + params_.by);
    n_features_in_ = x.shape(1);
    return *this;
  }
  Array transform(const Array& x) const { return then_.front().transform(x + params_.by); }
  void fitted(tartan::ml::Attributes& io) { io("then", then_); }

 private:
  std::vector<AnyEstimator> then_;
};

Array rows() { return tartan::random::normal({60, 3}, {.chunks = {17, -1}, .seed = 4}); }
Array targets() {
  const Array x = rows();
  return x.slice({{0, 60}, 0}) * 2.0 - x.slice({{0, 60}, 2}) + 5.0;
}

}  // namespace

TEST_CASE("parameters can be read and changed by name") {
  Ridge ridge({.alpha = 2});
  CHECK(ridge.get_params() == ParamMap{{"alpha", 2.0}, {"fit_intercept", true}});
  ridge.set_params({{"alpha", 3}});
  CHECK(ridge.params().alpha == 3);
  CHECK_THROWS_WITH(ridge.set_params({{"alpha", 1.0}, {"beta", 1}}),
                    "Ridge: there is no parameter 'beta'; there are alpha, fit_intercept");
  CHECK_THROWS_AS(ridge.set_params({{"alpha", "x"}}), TypeError);
  CHECK_THROWS_WITH(ridge.set_params({{"alpha", -1}}), Contains("alpha is -1"));
  CHECK(ridge.params().alpha == 3);
  KMeans kmeans;
  kmeans.set_params({{"init", "random"}, {"init_centers", nullptr}, {"n_clusters", 3}});
  CHECK(kmeans.params().init == tartan::ml::KMeansInit::random);
  CHECK_THROWS_WITH(
      kmeans.set_params({{"init", "best"}}),
      "KMeans: init: one of 'k-means||', 'k-means++', 'random' is wanted, not 'best'");
}

TEST_CASE("a clone has the parameters and nothing that was fitted") {
  Client client = Client::inline_executor();
  const Ridge ridge = Ridge({.alpha = 2}).fit(rows(), targets());
  const Ridge clone = ridge.clone();
  CHECK(clone.params().alpha == 2);
  CHECK_FALSE(clone.is_fitted());
  CHECK(clone.attributes().empty());
  CHECK_THROWS_WITH(clone.coef(), "Ridge: this model is not fitted yet; call fit() first");
  CHECK_THROWS_AS(clone.predict(rows()), ValueError);
}

TEST_CASE("an estimator of any kind says what it can do") {
  const AnyEstimator ridge = Ridge();
  CHECK(ridge.type() == "Ridge");
  CHECK(ridge.kind() == EstimatorKind::regressor);
  CHECK(ridge.can(Method::predict));
  CHECK(ridge.can(Method::sample_weight));
  CHECK_FALSE(ridge.can(Method::transform));
  CHECK_THROWS_WITH(ridge.transform(rows()), "Ridge has no transform");
  CHECK_THROWS_AS(ridge.as<KMeans>(), TypeError);
  CHECK(ridge.to_string() == "Ridge()");
  CHECK(AnyEstimator(Ridge({.alpha = 0.5})).to_string() == "Ridge(alpha=0.5)");
  CHECK(AnyEstimator(StandardScaler()).can(Method::partial_fit));
  CHECK_FALSE(AnyEstimator(KMeans()).can(Method::sample_weight));
}

TEST_CASE("copies of an estimator are apart") {
  AnyEstimator one = Ridge();
  AnyEstimator two = one;
  two.set_params({{"alpha", 7.0}});
  CHECK(one.as<Ridge>().params().alpha == 1);
  CHECK(two.as<Ridge>().params().alpha == 7);
}

TEST_CASE("estimators can be made by name") {
  const auto made = tartan::ml::make_estimator("Ridge", {{"alpha", 0.25}});
  CHECK(made.as<Ridge>().params().alpha == 0.25);
  CHECK_THROWS_WITH(tartan::ml::make_estimator("Rigde"), Contains("there is no estimator 'Rigde'"));
}

TEST_CASE("a saved model predicts as before") {
  Client client = Client::inline_executor();
  const File file;
  const Ridge ridge = Ridge({.alpha = 0.5}).fit(rows(), targets());
  ridge.save(file.path);
  const Ridge loaded = Ridge::load(file.path);
  CHECK(loaded.params().alpha == 0.5);
  CHECK((loaded.predict(rows()).compute<double>() == ridge.predict(rows()).compute<double>()));
  CHECK(AnyEstimator::load(file.path).attributes() == ridge.attributes());
  CHECK_THROWS_WITH(KMeans::load(file.path), Contains("the model is a Ridge, not a KMeans"));
}

TEST_CASE("a model file that is damaged is refused") {
  Client client = Client::inline_executor();
  const File file;
  Ridge().fit(rows(), targets()).save(file.path);
  const auto size = std::filesystem::file_size(file.path);
  for (std::uintmax_t at = 0; at < size; at += 13) {
    std::fstream stream(file.path, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(stream.get());
    const auto put = [&](char byte) {
      stream.seekp(static_cast<std::streamoff>(at));
      stream.put(byte);
      stream.flush();
    };
    put(static_cast<char>(was ^ 1));
    CHECK_THROWS_AS(Ridge::load(file.path), ValueError);
    put(was);
  }
  CHECK_NOTHROW(Ridge::load(file.path));
  std::filesystem::resize_file(file.path, size - 1);
  CHECK_THROWS_WITH(Ridge::load(file.path), Contains("damaged or cut short"));
  std::filesystem::resize_file(file.path, 3);
  CHECK_THROWS_AS(Ridge::load(file.path), ValueError);
  CHECK_THROWS_AS(Ridge::load("/nowhere/at.all"), tartan::Exception);
}

TEST_CASE("an estimator in an estimator is reached by two underscores") {
  Client client = Client::inline_executor();
  AnyEstimator shift = Shift({.by = 2});
  CHECK(shift.get_params().contains("then__with_mean"));
  CHECK_FALSE(shift.get_params(false).contains("then__with_mean"));
  shift.set_params({{"then__with_mean", false}, {"by", 3}});
  CHECK(shift.as<Shift>().params().then.as<StandardScaler>().params().with_mean == false);
  CHECK_THROWS_WITH(shift.set_params({{"then__nothing", 1}}),
                    "Shift: then: StandardScaler: there is no parameter 'nothing'; there are "
                    "with_mean, with_std");
  CHECK_THROWS_WITH(shift.set_params({{"by__x", 1}}),
                    Contains("only an estimator has parameters of its own"));
  shift.set_params({{"then", KMeans({.n_clusters = 2})}});
  CHECK(shift.as<Shift>().params().then.type() == "KMeans");
}

TEST_CASE("an estimator of the user's own goes through files and between processes") {
  Client client = Client::inline_executor();
  const File file;
  const AnyEstimator shift = Shift({.by = 2}).fit(rows());
  shift.save(file.path);
  const auto loaded = AnyEstimator::load(file.path);
  CHECK(loaded.type() == "Shift");
  const auto expected = shift.transform(rows()).compute<double>();
  CHECK((loaded.transform(rows()).compute<double>() == expected));
  const auto encoded = tartan::Value::of(shift).encode();
  const auto sent = tartan::Value::from_encoded(encoded).get<AnyEstimator>();
  CHECK((sent.transform(rows()).compute<double>() == expected));
}

TEST_CASE("a parameter knows what it is") {
  CHECK(ParamValue(1.5).to_string() == "1.5");
  CHECK(ParamValue(true).to_string() == "True");
  CHECK(ParamValue().to_string() == "None");
  CHECK(ParamValue(std::vector<int>{1, 2}).to_string() == "[1, 2]");
  CHECK(
      (ParamValue(std::vector<double>{1, 2}).as<xt::xarray<double>>() == xt::xarray<double>{1, 2}));
  CHECK(ParamValue(3).as<double>() == 3);
  CHECK_THROWS_AS(ParamValue(3.5).as<int>(), TypeError);
  CHECK_THROWS_AS(ParamValue("3").as<int>(), TypeError);
  CHECK_THROWS_AS(ParamValue(1 << 20).as<std::int8_t>(), TypeError);
  CHECK_FALSE(ParamValue(1) == ParamValue(1.0));
  using Either = std::variant<double, std::string>;
  CHECK(ParamValue("scale").as<Either>() == Either("scale"));
  CHECK(ParamValue(0.5).as<Either>() == Either(0.5));
  CHECK_THROWS_WITH(ParamValue(true).as<Either>(),
                    "a number is wanted, not True, or a string is wanted, not True");
}
