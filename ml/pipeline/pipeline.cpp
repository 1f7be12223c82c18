#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <ml/pipeline/steps.hpp>
#include <tartan/ml/pipeline.hpp>

namespace tartan::ml {
namespace {

template <class P>
std::vector<std::string> step_names(const P& params) {
  std::vector<std::string> names;
  P::each_step(params, [&](const std::string& name, const StepModel&) { names.push_back(name); });
  return names;
}

std::int64_t feature_count(const Array& x, std::string_view estimator) {
  if (x.valid() && x.ndim() > 0) return x.ndim() == 1 ? 1 : x.shape(1);
  throw ValueError(fmt::format("{}: there is no x", estimator));
}

}  // namespace

void Pipeline::check(const PipelineParams& params) {
  detail::check_step_names(step_names(params), detail::own_names<PipelineParams>(), kName);
  for (std::size_t i = 0; i < params.steps.size(); ++i) {
    const auto& [name, step] = params.steps[i];
    if (steps::drops(step)) {
      throw ValueError(
          fmt::format("{}: the step '{}' is 'drop', which leaves nothing; "
                      "'passthrough' leaves the features as they are",
                      kName, name));
    }
    if (i + 1 < params.steps.size()) detail::check_transformer(step, name, kName);
  }
}

EstimatorKind Pipeline::kind() const {
  if (params_.steps.empty()) return EstimatorKind::other;
  const auto* model = std::get_if<AnyEstimator>(&params_.steps.back().second);
  return model == nullptr ? EstimatorKind::transformer : model->kind();
}

bool Pipeline::can(Method method) const {
  if (params_.steps.empty() || method == Method::partial_fit) return false;
  const auto of_step = [&](const StepModel& step) {
    const auto* model = std::get_if<AnyEstimator>(&step);
    if (model != nullptr) return model->can(method);
    return method == Method::transform || method == Method::inverse_transform;
  };
  if (method != Method::inverse_transform) return of_step(params_.steps.back().second);
  return std::all_of(params_.steps.begin(), params_.steps.end(),
                     [&](const Step& step) { return of_step(step.second); });
}

Pipeline& Pipeline::fit(const Array& x, const Array& y, const Array& sample_weight) {
  if (params_.steps.empty()) throw ValueError("Pipeline: there are no steps to fit");
  const std::int64_t features = feature_count(x, kName);
  if (sample_weight.valid() && !can(Method::sample_weight)) {
    throw TypeError(fmt::format("{}: its last step takes no sample_weight", kName));
  }
  std::vector<StepModel> fitted;
  Array now = x;
  for (std::size_t i = 0; i < params_.steps.size(); ++i) {
    const bool is_last = i + 1 == params_.steps.size();
    fitted.push_back(
        steps::fit(params_.steps[i].second, now, y, is_last ? sample_weight : Array()));
    if (!is_last) now = steps::transform(fitted.back(), now);
  }
  steps_ = std::move(fitted);
  n_features_in_ = features;
  return *this;
}

Array Pipeline::features(const Array& x) const {
  require_fitted();
  Array now = x;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) now = steps::transform(steps_[i], now);
  return now;
}

const AnyEstimator& Pipeline::last(std::string_view method) const {
  require_fitted();
  const auto* model = std::get_if<AnyEstimator>(&steps_.back());
  if (model == nullptr)
    detail::cannot("the last step of a Pipeline, which is passed through,", method);
  return *model;
}

Array Pipeline::predict(const Array& x) const { return last("predict").predict(features(x)); }
Array Pipeline::predict_proba(const Array& x) const {
  return last("predict_proba").predict_proba(features(x));
}
Array Pipeline::decision_function(const Array& x) const {
  return last("decision_function").decision_function(features(x));
}
Array Pipeline::transform(const Array& x) const {
  const Array before = features(x);
  return steps::transform(steps_.back(), before);
}

Array Pipeline::inverse_transform(const Array& x) const {
  require_fitted();
  Array now = x;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (const auto* model = std::get_if<AnyEstimator>(&*step)) now = model->inverse_transform(now);
  }
  return now;
}

double Pipeline::score(const Array& x, const Array& y, const Array& sample_weight) const {
  return last("score").score(features(x), y, sample_weight);
}

const AnyEstimator& Pipeline::step(std::string_view name) const {
  require_fitted();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (params_.steps[i].first != name) continue;
    if (const auto* model = std::get_if<AnyEstimator>(&steps_[i])) return *model;
    throw ValueError(fmt::format("{}: the step '{}' is passed through", kName, name));
  }
  throw ValueError(fmt::format("{}: there is no step '{}'", kName, name));
}

Pipeline make_pipeline(std::vector<AnyEstimator> steps) {
  const auto small_letters = [](std::string_view type) {
    std::string name(type);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return name;
  };
  std::map<std::string, int> count;
  for (const AnyEstimator& step : steps) ++count[small_letters(step.type())];
  std::map<std::string, int> used;
  std::vector<Step> named;
  for (AnyEstimator& step : steps) {
    std::string name = small_letters(step.type());
    if (count[name] > 1) name += fmt::format("-{}", ++used[name]);
    named.emplace_back(std::move(name), std::move(step));
  }
  return Pipeline(std::move(named));
}

void FeatureUnion::check(const FeatureUnionParams& params) {
  const auto names = step_names(params);
  detail::check_step_names(names, detail::own_names<FeatureUnionParams>(), kName);
  for (const auto& [name, step] : params.transformer_list) {
    detail::check_transformer(step, name, kName);
  }
  steps::check_weights(params.transformer_weights, names, kName);
}

FeatureUnion& FeatureUnion::fit(const Array& x, const Array& y, const Array& sample_weight) {
  if (params_.transformer_list.empty()) {
    throw ValueError("FeatureUnion: there are no transformers to fit");
  }
  const std::int64_t features = feature_count(x, kName);
  std::vector<StepModel> fitted;
  fitted.reserve(params_.transformer_list.size());
  for (const auto& [name, step] : params_.transformer_list) {
    fitted.push_back(steps::fit(step, x, y, sample_weight));
  }
  transformers_ = std::move(fitted);
  n_features_in_ = features;
  return *this;
}

Array FeatureUnion::transform(const Array& x) const {
  require_fitted();
  std::vector<Array> parts;
  for (std::size_t i = 0; i < transformers_.size(); ++i) {
    if (steps::drops(transformers_[i])) continue;
    parts.push_back(steps::weighted(steps::transform(transformers_[i], x),
                                    params_.transformer_weights,
                                    params_.transformer_list[i].first));
  }
  return steps::side_by_side(parts, kName);
}

}  // namespace tartan::ml
