#pragma once

// Estimators made of estimators, one after the other (Pipeline) or beside each other (FeatureUnion;
// ColumnTransformer is in compose.hpp).
//
//   Pipeline model({{"scale", StandardScaler()}, {"fit", Ridge()}});
//   model.set_params({{"fit__alpha", 0.1}, {"scale", Omit::passthrough}});
//   model.fit(x, y).predict(x_new);
//
// The steps among the parameters stay as they were given; fit() fits copies of them. Parameters of
// a step are "step__name", and "step" is the step itself.

#include <tartan/ml/any_estimator.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace tartan::ml {

/// What can stand in a transformer's place.
enum class Omit : std::uint8_t {
  passthrough,  ///< the features as they are
  drop,         ///< no features
};
template <>
struct EnumNames<Omit> {
  static constexpr std::array values{std::pair{Omit::passthrough, "passthrough"},
                                     std::pair{Omit::drop, "drop"}};
};

using StepModel = std::variant<Omit, AnyEstimator>;
using Step = std::pair<std::string, StepModel>;

namespace detail {

/// The changes to what P::each names, and all others.
std::pair<ParamMap, ParamMap> split_changes(const ParamMap& changes,
                                            const std::vector<std::string>& own);
void add_step_params(ParamMap& map, const std::string& name, const StepModel& step);
/// Makes the changes to this step and takes them out of the map.
void change_step(ParamMap& changes, const std::string& name, StepModel& step,
                 std::string_view estimator);
/// Names are unique, not empty, without two underscores, and none of the estimator's own.
void check_step_names(const std::vector<std::string>& names, const std::vector<std::string>& own,
                      std::string_view estimator);
void check_transformer(const StepModel& step, const std::string& name, std::string_view estimator);

template <class P>
std::vector<std::string> own_names() {
  std::vector<std::string> names;
  P params;
  P::each(params, [&](std::string_view name, auto&) { names.emplace_back(name); });
  return names;
}

}  // namespace detail

/// What has named steps among its parameters: P::each_step(params, f) calls f(name, step).
template <class Derived, class P>
class Composition : public Estimator<Derived, P> {
  using Base = Estimator<Derived, P>;

 public:
  /// With `deep` also the steps by their names, and their parameters.
  ParamMap get_params(bool deep = true) const {
    ParamMap map = Base::get_params(deep);
    if (deep) {
      P::each_step(this->params_, [&](const std::string& name, const StepModel& step) {
        detail::add_step_params(map, name, step);
      });
    }
    return map;
  }
  Derived& set_params(const ParamMap& changes) {
    std::vector<std::string> known = detail::own_names<P>();
    auto parts = detail::split_changes(changes, known);
    ParamMap& of_steps = parts.second;
    P next = detail::changed(this->params_, parts.first, Derived::kName);
    P::each_step(next, [&](const std::string& name, StepModel& step) {
      known.push_back(name);
      detail::change_step(of_steps, name, step, Derived::kName);
    });
    if (!of_steps.empty()) detail::unknown_parameter(Derived::kName, of_steps, known);
    Derived::check(next);
    this->params_ = std::move(next);
    return static_cast<Derived&>(*this);
  }

 protected:
  using Base::Base;
};

struct PipelineParams {
  /// Every step but the last is a transformer.
  std::vector<Step> steps;

  static void each(auto& params, auto&& member) { member("steps", params.steps); }
  static void each_step(auto& params, auto&& step) {
    for (auto& [name, model] : params.steps) step(name, model);
  }
};

/// Transformers one after the other, and an estimator of any kind at the end: fit() fits each on
/// what those before it make of x; predict() and its like are those of the last step. Weights go to
/// the last step, as does what can() says. Intermediate features are computed on the way and not
/// kept, unless an estimator keeps its x for many passes.
class Pipeline : public Composition<Pipeline, PipelineParams> {
 public:
  static constexpr std::string_view kName = "Pipeline";
  static constexpr EstimatorKind kKind = EstimatorKind::other;

  explicit Pipeline(PipelineParams params = {}) : Composition(std::move(params)) {}
  explicit Pipeline(std::vector<Step> steps) : Pipeline(PipelineParams{std::move(steps)}) {}
  /// Throws ValueError for names that are taken or empty or contain "__", TypeError for a step
  /// before the last that cannot transform.
  static void check(const PipelineParams& params);

  /// The last step's.
  EstimatorKind kind() const;
  bool can(Method method) const;

  Pipeline& fit(const Array& x, const Array& y = {}, const Array& sample_weight = {});
  Array predict(const Array& x) const;
  Array predict_proba(const Array& x) const;
  Array decision_function(const Array& x) const;
  Array transform(const Array& x) const;
  /// The steps' inverses, the last first.
  Array inverse_transform(const Array& x) const;
  double score(const Array& x, const Array& y = {}, const Array& sample_weight = {}) const;
  Array fit_transform(const Array& x, const Array& y = {}) { return fit(x, y).transform(x); }

  /// A step by its name, fitted. Throws ValueError for names there are not, before fit, and for a
  /// step that is passed through.
  const AnyEstimator& step(std::string_view name) const;

  void fitted(Attributes& io) { io("steps", steps_); }

 private:
  /// What the steps before the last make of x.
  Array features(const Array& x) const;
  const AnyEstimator& last(std::string_view method) const;

  std::vector<StepModel> steps_;
};

/// Steps named by their types in small letters, "ridge"; those of one type are numbered, "ridge-1".
Pipeline make_pipeline(std::vector<AnyEstimator> steps);
template <IsEstimator... E>
Pipeline make_pipeline(E... steps) {
  return make_pipeline(std::vector<AnyEstimator>{AnyEstimator(std::move(steps))...});
}

struct FeatureUnionParams {
  std::vector<Step> transformer_list;
  /// By transformer, what its features are multiplied with; those not named count 1.
  ParamMap transformer_weights = {};

  static void each(auto& params, auto&& member) {
    member("transformer_list", params.transformer_list);
    member("transformer_weights", params.transformer_weights);
  }
  static void each_step(auto& params, auto&& step) {
    for (auto& [name, model] : params.transformer_list) step(name, model);
  }
};

/// The features that several transformers make of the same x, beside each other.
class FeatureUnion : public Composition<FeatureUnion, FeatureUnionParams> {
 public:
  static constexpr std::string_view kName = "FeatureUnion";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit FeatureUnion(FeatureUnionParams params = {}) : Composition(std::move(params)) {}
  explicit FeatureUnion(std::vector<Step> transformers)
      : FeatureUnion(FeatureUnionParams{std::move(transformers)}) {}
  static void check(const FeatureUnionParams& params);

  /// Weights go to the transformers that take them.
  FeatureUnion& fit(const Array& x, const Array& y = {}, const Array& sample_weight = {});
  Array transform(const Array& x) const;
  Array fit_transform(const Array& x, const Array& y = {}) { return fit(x, y).transform(x); }

  void fitted(Attributes& io) { io("transformers", transformers_); }

 private:
  std::vector<StepModel> transformers_;
};

}  // namespace tartan::ml
