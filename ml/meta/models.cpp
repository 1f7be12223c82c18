#include <ml/base/pass.hpp>
#include <ml/meta/models.hpp>
#include <tartan/client/client.hpp>
#include <tartan/ml/linear_model.hpp>
#include <tartan/ml/meta.hpp>

namespace tartan::ml {

AnyEstimator detail::usual_estimator() { return LinearRegression(); }
AnyEstimator detail::usual_classifier() { return OneVsRestClassifier(); }

namespace tasks {

Models hand_models(const Models& models) { return models; }

Models fit_clone(const Chunk& x, const Chunk& y, const Chunk& weights, const Models& model) {
  const InlineScope here;
  Models fitted{{model.list.front().clone()}};
  fitted.list.front().fit(Array(x), Array(y), weights.data.empty() ? Array() : Array(weights));
  return fitted;
}

}  // namespace tasks

Array call_method(const AnyEstimator& model, Method method, const Array& x) {
  switch (method) {
    case Method::predict:
      return model.predict(x);
    case Method::predict_proba:
      return model.predict_proba(x);
    case Method::decision_function:
      return model.decision_function(x);
    case Method::transform:
      return model.transform(x);
    case Method::inverse_transform:
      return model.inverse_transform(x);
    default:
      break;
  }
  throw TypeError("this method does not make an array of one");
}

Chunk apply_method(const AnyEstimator& model, Method method, const Chunk& x) {
  const InlineScope here;
  return call_method(model, method, Array(x)).compute_chunk();
}

Array as_argument(const std::vector<AnyEstimator>& models) {
  const AnyFuture sent = Client::current().submit<&tasks::hand_models>(Models{models});
  return from_futures({sent}, {1, 1}, DType::float64, {1, 1});
}

std::vector<AnyEstimator> fit_clones(const AnyEstimator& estimator, const Array& x, const Array& y,
                                     const Array& weight) {
  const auto fitted = per_block<&tasks::fit_clone>("fit-blocks", kSmallResult, x, y, weight,
                                                   Models{{estimator.clone()}});
  std::vector<AnyEstimator> models;
  for (const Value& value : Client::current().gather(fitted.futures)) {
    models.push_back(value.get<Models>().list.front());
  }
  return models;
}

}  // namespace tartan::ml
