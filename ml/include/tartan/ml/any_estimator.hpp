#pragma once

// AnyEstimator holds an estimator of any kind: what pipelines, searches and model files work with.
//
//   AnyEstimator model = SVC({.C = 10});
//   model.set_params({{"gamma", 0.01}}).fit(x, y);
//   model.save("digits.model");
//
// It is a value: copying it copies the estimator. What the estimator cannot do throws TypeError
// saying so; can() asks first. Any class with the members of Estimator (estimator.hpp) fits in. An
// estimator of the user's own can be loaded, or be sent to another process, where the program (or
// task module) that defines it is loaded and names it.

#include <memory>
#include <string>
#include <tartan/ml/estimator.hpp>
#include <tartan/ml/metrics.hpp>
#include <utility>
#include <vector>

namespace tartan::ml {

/// What partial_fit may be told besides the rows.
struct PartialFitOptions {
  /// Labels that may come; classifiers need them in the first call, unless y has them all.
  Array classes = {};
  Array sample_weight = {};
};

enum class Method : std::uint8_t {
  partial_fit,
  predict,
  predict_proba,
  decision_function,
  transform,
  inverse_transform,
  score,
  sample_weight,  ///< fit takes weights
};

template <class E>
concept IsEstimator = requires(E estimator, const E& fitted, const ParamMap& map) {
  { E::kName } -> std::convertible_to<std::string_view>;
  { fitted.get_params(true) } -> std::same_as<ParamMap>;
  estimator.set_params(map);
  { fitted.clone() } -> std::same_as<E>;
  { fitted.is_fitted() } -> std::same_as<bool>;
  { fitted.attributes() } -> std::same_as<ParamMap>;
  { fitted.to_model() } -> std::same_as<ParamMap>;
  { E::from_model(map) } -> std::same_as<E>;
};

namespace detail {

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string_view type() const = 0;
  virtual EstimatorKind kind() const = 0;
  virtual bool can(Method method) const = 0;
  virtual std::unique_ptr<Model> copy() const = 0;
  virtual std::unique_ptr<Model> clone() const = 0;
  virtual ParamMap get_params(bool deep) const = 0;
  virtual void set_params(const ParamMap& changes) = 0;
  virtual bool is_fitted() const = 0;
  virtual ParamMap attributes() const = 0;
  virtual ParamMap to_model() const = 0;
  virtual void fit(const Array& x, const Array& y, const Array& weight) = 0;
  virtual void partial_fit(const Array& x, const Array& y, const PartialFitOptions& options) = 0;
  virtual Array predict(const Array& x) const = 0;
  virtual Array predict_proba(const Array& x) const = 0;
  virtual Array decision_function(const Array& x) const = 0;
  virtual Array transform(const Array& x) const = 0;
  virtual Array inverse_transform(const Array& x) const = 0;
  virtual double score(const Array& x, const Array& y, const Array& weight) const = 0;
};

[[noreturn]] void cannot(std::string_view estimator, std::string_view method);
/// Makes the type known to AnyEstimator::load and to other processes' values.
bool register_estimator(std::string_view name, std::unique_ptr<Model> (*from)(const ParamMap&));

/// Whether E is fitted with targets.
template <class E>
constexpr bool kTakesTargets = requires(E& estimator, const Array& array) {
  estimator.fit(array, array, array);
}
|| requires(E& estimator, const Array& array) {
  estimator.fit(array, array);
  requires E::kKind == EstimatorKind::classifier || E::kKind == EstimatorKind::regressor;
};

template <class E>
class ModelOf final : public Model {
 public:
  explicit ModelOf(E estimator) : estimator_(std::move(estimator)) {
    static_cast<void>(kRegistered);
  }
  static std::unique_ptr<Model> from(const ParamMap& model) {
    return std::make_unique<ModelOf>(E::from_model(model));
  }

  const E& estimator() const { return estimator_; }
  E& estimator() { return estimator_; }

  std::string_view type() const override { return E::kName; }
  EstimatorKind kind() const override {
    if constexpr (requires { estimator_.kind(); }) {
      return estimator_.kind();
    } else {
      return E::kKind;
    }
  }
  bool can(Method method) const override;
  std::unique_ptr<Model> copy() const override { return std::make_unique<ModelOf>(estimator_); }
  std::unique_ptr<Model> clone() const override {
    return std::make_unique<ModelOf>(estimator_.clone());
  }
  ParamMap get_params(bool deep) const override { return estimator_.get_params(deep); }
  void set_params(const ParamMap& changes) override { estimator_.set_params(changes); }
  bool is_fitted() const override { return estimator_.is_fitted(); }
  ParamMap attributes() const override { return estimator_.attributes(); }
  ParamMap to_model() const override { return estimator_.to_model(); }
  void fit(const Array& x, const Array& y, const Array& weight) override;
  void partial_fit(const Array& x, const Array& y, const PartialFitOptions& options) override;
  Array predict(const Array& x) const override;
  Array predict_proba(const Array& x) const override;
  Array decision_function(const Array& x) const override;
  Array transform(const Array& x) const override;
  Array inverse_transform(const Array& x) const override;
  double score(const Array& x, const Array& y, const Array& weight) const override;

 private:
  inline static const bool kRegistered = register_estimator(E::kName, &ModelOf::from);
  E estimator_;
};

}  // namespace detail

class AnyEstimator {
 public:
  template <IsEstimator E>
  AnyEstimator(E estimator) : model_(std::make_unique<detail::ModelOf<E>>(std::move(estimator))) {}
  explicit AnyEstimator(std::unique_ptr<detail::Model> model) : model_(std::move(model)) {}
  AnyEstimator(const AnyEstimator& other) : model_(other.model_->copy()) {}
  AnyEstimator& operator=(const AnyEstimator& other) { return *this = AnyEstimator(other); }
  AnyEstimator(AnyEstimator&&) noexcept = default;
  AnyEstimator& operator=(AnyEstimator&&) noexcept = default;
  ~AnyEstimator() = default;

  /// The class's name: "Ridge".
  std::string_view type() const { return model_->type(); }
  EstimatorKind kind() const { return model_->kind(); }
  bool can(Method method) const { return model_->can(method); }
  /// Null when it holds another type.
  template <IsEstimator E>
  const E* get_if() const {
    const auto* model = dynamic_cast<const detail::ModelOf<E>*>(model_.get());
    return model == nullptr ? nullptr : &model->estimator();
  }
  template <IsEstimator E>
  const E& as() const {
    if (const E* estimator = get_if<E>()) return *estimator;
    throw TypeError("this is a " + std::string(type()) + ", not a " + std::string(E::kName));
  }

  ParamMap get_params(bool deep = true) const { return model_->get_params(deep); }
  AnyEstimator& set_params(const ParamMap& changes) {
    model_->set_params(changes);
    return *this;
  }
  AnyEstimator clone() const { return AnyEstimator(model_->clone()); }
  bool is_fitted() const { return model_->is_fitted(); }
  ParamMap attributes() const { return model_->attributes(); }
  /// "Ridge(alpha=0.5)": the parameters that are not their defaults where there are defaults.
  std::string to_string() const;

  /// y is needed by classifiers and regressors and ignored by the others.
  AnyEstimator& fit(const Array& x, const Array& y = {}, const Array& sample_weight = {}) {
    model_->fit(x, y, sample_weight);
    return *this;
  }
  AnyEstimator& partial_fit(const Array& x, const Array& y = {},
                            const PartialFitOptions& options = {}) {
    model_->partial_fit(x, y, options);
    return *this;
  }
  Array predict(const Array& x) const { return model_->predict(x); }
  Array predict_proba(const Array& x) const { return model_->predict_proba(x); }
  Array decision_function(const Array& x) const { return model_->decision_function(x); }
  Array transform(const Array& x) const { return model_->transform(x); }
  Array inverse_transform(const Array& x) const { return model_->inverse_transform(x); }
  /// The estimator's own score, else accuracy of a classifier and R² of a regressor.
  double score(const Array& x, const Array& y = {}, const Array& sample_weight = {}) const {
    return model_->score(x, y, sample_weight);
  }

  void save(const std::filesystem::path& path) const { detail::save_model(path, to_model()); }
  static AnyEstimator load(const std::filesystem::path& path) {
    return from_model(detail::load_model(path));
  }
  ParamMap to_model() const { return model_->to_model(); }
  /// Throws ValueError for a type nobody has named in this process.
  static AnyEstimator from_model(const ParamMap& model);

 private:
  std::unique_ptr<detail::Model> model_;
};

/// The estimators tartan brings that can be made from parameters alone, by name.
std::vector<std::string> estimator_names();
/// Throws ValueError naming those there are.
AnyEstimator make_estimator(std::string_view name, const ParamMap& params = {});

template <>
struct ParamTraits<AnyEstimator> {
  static ParamValue to(const AnyEstimator& value) {
    return ParamValue::Variant(std::make_shared<const AnyEstimator>(value));
  }
  static AnyEstimator from(const ParamValue& value);
};

/// So that an estimator can stand where a ParamValue is wanted.
template <IsEstimator E>
struct ParamTraits<E> {
  static ParamValue to(const E& value) {
    return ParamTraits<AnyEstimator>::to(AnyEstimator(value));
  }
  static E from(const ParamValue& value) {
    return ParamTraits<AnyEstimator>::from(value).template as<E>();
  }
};

namespace detail {

template <class E>
bool ModelOf<E>::can(Method method) const {
  // What is made of other estimators knows better than its members' names tell.
  if constexpr (requires { estimator_.can(method); }) return estimator_.can(method);
  switch (method) {
    case Method::partial_fit:
      return requires(E & e, const Array& a) { e.partial_fit(a); }
      || requires(E & e, const Array& a, const PartialFitOptions& o) { e.partial_fit(a, a, o); };
    case Method::predict:
      return requires(const E& e, const Array& a) { e.predict(a); };
    case Method::predict_proba:
      return requires(const E& e, const Array& a) { e.predict_proba(a); };
    case Method::decision_function:
      return requires(const E& e, const Array& a) { e.decision_function(a); };
    case Method::transform:
      return requires(const E& e, const Array& a) { e.transform(a); };
    case Method::inverse_transform:
      return requires(const E& e, const Array& a) { e.inverse_transform(a); };
    case Method::score:
      return kind() == EstimatorKind::classifier || kind() == EstimatorKind::regressor ||
             requires(const E& e, const Array& a) {
        e.score(a);
      };
    case Method::sample_weight:
      return requires(E & e, const Array& a) { e.fit(a, a, a); }
      || (!kTakesTargets<E> && requires(E & e, const Array& a) { e.fit(a, a); });
  }
  return false;
}

template <class E>
void ModelOf<E>::fit(const Array& x, const Array& y, const Array& weight) {
  if constexpr (requires { estimator_.fit(x, y, weight); }) {
    estimator_.fit(x, y, weight);
  } else if constexpr (kTakesTargets<E>) {
    if (weight.valid()) cannot(E::kName, "fit with sample_weight");
    estimator_.fit(x, y);
  } else if constexpr (requires { estimator_.fit(x, weight); }) {
    estimator_.fit(x, weight);
  } else {
    if (weight.valid()) cannot(E::kName, "fit with sample_weight");
    estimator_.fit(x);
  }
}

template <class E>
void ModelOf<E>::partial_fit(const Array& x, const Array& y, const PartialFitOptions& options) {
  if constexpr (requires { estimator_.partial_fit(x, y, options); }) {
    estimator_.partial_fit(x, y, options);
  } else if constexpr (!kTakesTargets<E> &&
                       requires { estimator_.partial_fit(x, options.sample_weight); }) {
    estimator_.partial_fit(x, options.sample_weight);
  } else if constexpr (requires { estimator_.partial_fit(x); }) {
    if (options.sample_weight.valid()) cannot(E::kName, "partial_fit with sample_weight");
    estimator_.partial_fit(x);
  } else {
    cannot(E::kName, "partial_fit");
  }
}

#define TARTAN_ML_FORWARD(method)                       \
  template <class E>                                    \
  Array ModelOf<E>::method(const Array& x) const {      \
    if constexpr (requires { estimator_.method(x); }) { \
      return estimator_.method(x);                      \
    } else {                                            \
      cannot(E::kName, #method);                        \
    }                                                   \
  }
TARTAN_ML_FORWARD(predict)
TARTAN_ML_FORWARD(predict_proba)
TARTAN_ML_FORWARD(decision_function)
TARTAN_ML_FORWARD(transform)
TARTAN_ML_FORWARD(inverse_transform)
#undef TARTAN_ML_FORWARD

template <class E>
double ModelOf<E>::score(const Array& x, const Array& y, const Array& weight) const {
  if constexpr (requires { estimator_.score(x, y, weight); }) {
    return estimator_.score(x, y, weight);
  } else if constexpr (requires { estimator_.score(x); }) {
    return estimator_.score(x);
  } else if constexpr (requires { estimator_.predict(x); }) {
    switch (kind()) {
      case EstimatorKind::classifier:
        return accuracy_score(y, estimator_.predict(x), {.sample_weight = weight});
      case EstimatorKind::regressor:
        return r2_score(y, estimator_.predict(x), {.sample_weight = weight});
      default:
        break;
    }
  }
  cannot(E::kName, "score");
}

}  // namespace detail
}  // namespace tartan::ml

namespace tartan {
template <>
struct Codec<ml::AnyEstimator> {
  static std::string name() { return "tartan::ml::AnyEstimator"; }
  static void encode(const ml::AnyEstimator& estimator, Writer& writer);
  static ml::AnyEstimator decode(Reader& reader);
  static std::size_t nbytes(const ml::AnyEstimator& estimator);
};
}  // namespace tartan
