#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <map>
#include <ml/base/registry.hpp>
#include <mutex>
#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/compose.hpp>
#include <tartan/ml/decomposition.hpp>
#include <tartan/ml/impute.hpp>
#include <tartan/ml/kmeans.hpp>
#include <tartan/ml/linear_model.hpp>
#include <tartan/ml/meta.hpp>
#include <tartan/ml/naive_bayes.hpp>
#include <tartan/ml/pipeline.hpp>
#include <tartan/ml/preprocessing.hpp>
#include <tartan/ml/svm.hpp>

namespace tartan::ml {
namespace {

using FromModel = std::unique_ptr<detail::Model> (*)(const ParamMap&);

/// Filled before main and when a task module is loaded.
struct Registry {
  std::mutex mutex;
  std::map<std::string, FromModel, std::less<>> known;  // guarded by mutex

  static Registry& of_process() {
    static Registry registry;
    return registry;
  }
};

struct Entry {
  std::string_view name;
  AnyEstimator (*make)();
};

template <class E>
Entry entry() {
  return {E::kName, [] { return AnyEstimator(E()); }};
}

/// Every estimator that can be made from parameters alone has its line here.
const std::vector<Entry>& own() {
  static const std::vector<Entry> entries{
      entry<BernoulliNB>(),
      entry<Binarizer>(),
      entry<BlockwiseVotingClassifier>(),
      entry<BlockwiseVotingRegressor>(),
      entry<ColumnTransformer>(),
      entry<FeatureUnion>(),
      entry<GammaRegressor>(),
      entry<GaussianNB>(),
      entry<Incremental>(),
      entry<IncrementalPCA>(),
      entry<KMeans>(),
      entry<LabelEncoder>(),
      entry<LinearRegression>(),
      entry<LogisticRegression>(),
      entry<MaxAbsScaler>(),
      entry<MinMaxScaler>(),
      entry<MultinomialNB>(),
      entry<Normalizer>(),
      entry<OneHotEncoder>(),
      entry<OneVsRestClassifier>(),
      entry<OrdinalEncoder>(),
      entry<PCA>(),
      entry<ParallelPostFit>(),
      entry<Pipeline>(),
      entry<PoissonRegressor>(),
      entry<PolynomialFeatures>(),
      entry<QuantileTransformer>(),
      entry<Ridge>(),
      entry<RobustScaler>(),
      entry<SGDClassifier>(),
      entry<SGDRegressor>(),
      entry<SVC>(),
      entry<SimpleImputer>(),
      entry<StandardScaler>(),
      entry<TruncatedSVD>(),
      entry<TweedieRegressor>(),
  };
  return entries;
}

const Entry* find_own(std::string_view name) {
  for (const Entry& each : own()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace

namespace detail {
bool register_estimator(std::string_view name, FromModel from) {
  Registry& registry = Registry::of_process();
  const std::lock_guard lock(registry.mutex);
  registry.known.insert_or_assign(std::string(name), from);
  return true;
}
}  // namespace detail

ParamMap default_params(std::string_view estimator) {
  const Entry* found = find_own(estimator);
  return found == nullptr ? ParamMap() : found->make().get_params(false);
}

std::vector<std::string> estimator_names() {
  std::vector<std::string> names;
  for (const Entry& each : own()) names.emplace_back(each.name);
  std::sort(names.begin(), names.end());
  return names;
}

AnyEstimator make_estimator(std::string_view name, const ParamMap& params) {
  const Entry* found = find_own(name);
  if (found == nullptr) {
    throw ValueError(fmt::format("there is no estimator '{}'; there are {}", name,
                                 fmt::join(estimator_names(), ", ")));
  }
  AnyEstimator estimator = found->make();
  if (!params.empty()) estimator.set_params(params);
  return estimator;
}

AnyEstimator AnyEstimator::from_model(const ParamMap& model) {
  const auto type = model.find("type");
  if (type == model.end()) throw ValueError("the model does not say what it is");
  const auto name = type->second.as<std::string>();
  FromModel from = nullptr;
  {
    Registry& registry = Registry::of_process();
    const std::lock_guard lock(registry.mutex);
    const auto found = registry.known.find(name);
    if (found != registry.known.end()) from = found->second;
  }
  if (from == nullptr) {
    throw ValueError(
        fmt::format("the model is a {}, which nothing in this program defines; link "
                    "or load the code that does",
                    name));
  }
  return AnyEstimator(from(model));
}

}  // namespace tartan::ml
