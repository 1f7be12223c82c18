#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/meta/models.hpp>
#include <tartan/ml/meta.hpp>

namespace tartan::ml {

namespace tasks {

/// Results of one number per row become a column.
Chunk post_fit_block(const Chunk& x, const Models& models, std::int64_t method) {
  Chunk result = apply_method(models.list.front(), static_cast<Method>(method), x);
  if (result.shape.size() == 1) result.shape.push_back(1);
  return result;
}

}  // namespace tasks

template <class Derived>
Array PostFit<Derived>::apply(Method method, const Array& x) const {
  this->require_fitted();
  const Array rows = as_rows(x, Derived::kName, this->n_features_in_);
  // What the model would make of one row tells what it makes of all.
  const Array like = call_method(*estimator_, method, zeros({1, rows.shape(1)}, {rows.dtype()}));
  const std::int64_t columns = like.ndim() == 1 ? 1 : like.shape(1);
  const Array result =
      map_models<&tasks::post_fit_block>(std::string(Derived::kName), rows, {*estimator_},
                                         static_cast<std::int64_t>(method), like.dtype(), columns);
  return like.ndim() == 1 ? squeeze(result, 1) : result;
}

template <class Derived>
double PostFit<Derived>::score(const Array& x, const Array& y, const Array& sample_weight) const {
  this->require_fitted();
  switch (kind()) {
    case EstimatorKind::classifier:
      return accuracy_score(y, predict(x), {.sample_weight = sample_weight});
    case EstimatorKind::regressor:
      return r2_score(y, predict(x), {.sample_weight = sample_weight});
    default:
      return estimator_->score(x, y, sample_weight);
  }
}

template <class Derived>
const AnyEstimator& PostFit<Derived>::estimator() const {
  this->require_fitted();
  return *estimator_;
}

template class PostFit<ParallelPostFit>;
template class PostFit<Incremental>;

ParallelPostFit& ParallelPostFit::fit(const Array& x, const Array& y, const Array& sample_weight) {
  AnyEstimator model = params_.estimator.clone();
  model.fit(x, y, sample_weight);
  estimator_ = std::move(model);
  n_features_in_ = x.shape(1);
  return *this;
}

Incremental& Incremental::fit(const Array& x, const Array& y, const Array& sample_weight) {
  Incremental fresh(params_);
  fresh.partial_fit(x, y, {.sample_weight = sample_weight});
  *this = std::move(fresh);
  return *this;
}

Incremental& Incremental::partial_fit(const Array& x, const Array& y,
                                      const PartialFitOptions& options) {
  if (!params_.estimator.can(Method::partial_fit)) {
    throw TypeError(
        fmt::format("Incremental: a {} has no partial_fit, block after block cannot be "
                    "given to it; BlockwiseVoting fits any estimator to blocks",
                    params_.estimator.type()));
  }
  const Array rows = as_rows(x, kName);
  AnyEstimator model = estimator_ ? *estimator_ : params_.estimator.clone();
  Array classes = options.classes;
  if (!classes.valid() && !estimator_ && kind() == EstimatorKind::classifier) {
    classes = Array(encode_classes(y, kName, 1).values);
  }
  const auto part = [](const Array& array, std::int64_t first, std::int64_t last) {
    return array.valid() ? array.slice({{first, last}}) : array;
  };
  std::int64_t first = 0;
  for (const std::int64_t count : rows.chunks()[0]) {
    const std::int64_t last = first + count;
    model.partial_fit(
        part(rows, first, last), part(y, first, last),
        {.classes = classes, .sample_weight = part(options.sample_weight, first, last)});
    classes = {};  // the first call has told
    first = last;
  }
  estimator_ = std::move(model);
  n_features_in_ = rows.shape(1);
  return *this;
}

}  // namespace tartan::ml
