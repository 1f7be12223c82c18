#pragma once

// What every estimator has in common, and AnyEstimator, which holds one of any kind.
//
// An estimator is a plain class, a value that can be copied:
//
//   struct RidgeParams {                                  // hyperparameters, scikit-learn's
//   defaults
//     double alpha = 1.0;
//     bool fit_intercept = true;
//     static void each(auto& params, auto&& member) {     // their names, once
//       member("alpha", params.alpha);
//       member("fit_intercept", params.fit_intercept);
//     }
//   };
//   class Ridge : public Estimator<Ridge, RidgeParams> {
//    public:
//     static constexpr std::string_view kName = "Ridge";
//     static constexpr EstimatorKind kKind = EstimatorKind::regressor;
//     explicit Ridge(RidgeParams params = {}) : Estimator(std::move(params)) {}
//     static void check(const RidgeParams& params);       // throws ValueError naming the parameter
//     Ridge& fit(const Array& x, const Array& y, const Array& sample_weight = {});
//     Array predict(const Array& x) const;
//     void fitted(Attributes& io) { io("coef", coef_); io("intercept", intercept_); }
//   };
//
// Rules
// 1. The constructor checks the parameters, and so does set_params: a model that exists is valid.
// 2. fit() computes and replaces what an earlier fit found; when it throws, the model is as it was.
//    predict(), transform() and their like are lazy: arrays in, arrays out.
// 3. Attributes have scikit-learn's names without the underscore at their end. fitted() hands every
//    one of them to io, which reads or writes them; it is the one place that says what is saved,
//    what travels between processes, and what attributes() tells.
// 4. A sample_weight that is not given is an Array() that is not valid().
// 5. Nothing of an estimator depends on the number of workers or on which of them died.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <tartan/array/array.hpp>
#include <tartan/ml/param_value.hpp>

namespace tartan::ml {

enum class EstimatorKind : std::uint8_t { classifier, regressor, clusterer, transformer, other };

/// Fitted attributes by name, on their way out of an estimator or into it.
class Attributes {
 public:
  Attributes() = default;
  explicit Attributes(ParamMap read) : values_(std::move(read)), reads_(true) {}

  template <HasParamTraits T>
  void operator()(std::string_view name, T& member) {
    if (reads_) {
      member = ParamTraits<T>::from(find(name));
    } else {
      values_.insert_or_assign(std::string(name), ParamTraits<T>::to(member));
    }
  }
  bool reads() const { return reads_; }
  const ParamMap& values() const { return values_; }

 private:
  const ParamValue& find(std::string_view name) const;

  ParamMap values_;
  bool reads_ = false;
};

namespace detail {

/// A copy of params with the changes made. Throws ValueError naming the estimator, the parameter
/// and those there are, or TypeError for a value of the wrong kind.
template <class P>
P changed(P params, const ParamMap& changes, std::string_view estimator);
/// Names the first of the changes that is not known.
[[noreturn]] void unknown_parameter(std::string_view estimator, const ParamMap& changes,
                                    const std::vector<std::string>& known);
[[noreturn]] void bad_parameter(std::string_view estimator, std::string_view name,
                                const Exception& error);
[[noreturn]] void not_fitted(std::string_view estimator);
/// "estimator__C" for every parameter C of an estimator in the map.
void add_nested(ParamMap& map);
/// The changes to what stands under `name`: "C" for "name__C".
ParamMap nested_changes(const ParamMap& changes, std::string_view name);

/// An estimator as a tree of values: {"type", "params", "attributes"}.
void save_model(const std::filesystem::path& path, const ParamMap& model);
ParamMap load_model(const std::filesystem::path& path);
/// Throws ValueError when the model is of another type.
void check_type(const ParamMap& model, std::string_view type);
const ParamMap& part(const ParamMap& model, std::string_view name);

}  // namespace detail

template <class Derived, class P>
class Estimator {
 public:
  using Params = P;

  const P& params() const { return params_; }
  /// By name; with `deep` also those of estimators among them, as "estimator__C".
  ParamMap get_params(bool deep = true) const {
    ParamMap map = ParamTraits<P>::to(params_).template as<ParamMap>();
    if (deep) detail::add_nested(map);
    return map;
  }
  /// Changes some parameters; the others, and what was fitted, stay. Throws ValueError for names
  /// there are not and values out of range, TypeError for values of another kind, and then changes
  /// nothing.
  Derived& set_params(const ParamMap& changes) {
    P next = detail::changed(params_, changes, Derived::kName);
    validate(next);
    params_ = std::move(next);
    return self();
  }
  /// The same parameters, not fitted.
  Derived clone() const { return Derived(params_); }
  bool is_fitted() const { return n_features_in_ > 0; }
  /// Columns of the x it was fitted with.
  std::int64_t n_features_in() const {
    require_fitted();
    return n_features_in_;
  }
  /// What was fitted, by name; empty when nothing was.
  ParamMap attributes() const {
    if (!is_fitted()) return {};
    Derived copy = self();
    Attributes io;
    io("n_features_in", copy.n_features_in_);
    copy.fitted(io);
    return io.values();
  }
  /// The file holds parameters and attributes, has a version and a checksum, and is read by every
  /// build. Throws Exception(io_error).
  void save(const std::filesystem::path& path) const { detail::save_model(path, to_model()); }
  /// Throws Exception(io_error), or ValueError for a file that is damaged or holds something else.
  static Derived load(const std::filesystem::path& path) {
    return from_model(detail::load_model(path));
  }
  ParamMap to_model() const {
    return {{"type", std::string(Derived::kName)},
            {"params", get_params(false)},
            {"attributes", attributes()}};
  }
  static Derived from_model(const ParamMap& model) {
    detail::check_type(model, Derived::kName);
    Derived result(detail::changed(P(), detail::part(model, "params"), Derived::kName));
    const ParamMap& fitted = detail::part(model, "attributes");
    if (!fitted.empty()) {
      Attributes io(fitted);
      io("n_features_in", result.n_features_in_);
      result.fitted(io);
    }
    return result;
  }

 protected:
  explicit Estimator(P params) : params_(std::move(params)) { validate(params_); }

  void require_fitted() const {
    if (!is_fitted()) detail::not_fitted(Derived::kName);
  }

  P params_;
  std::int64_t n_features_in_ = 0;  ///< 0: not fitted

 private:
  static void validate(const P& params) {
    if constexpr (requires { Derived::check(params); }) Derived::check(params);
  }
  Derived& self() { return static_cast<Derived&>(*this); }
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

namespace detail {
template <class P>
P changed(P params, const ParamMap& changes, std::string_view estimator) {
  std::vector<std::string> known;
  std::size_t used = 0;
  P::each(params, [&]<class T>(std::string_view name, T& member) {
    known.emplace_back(name);
    try {
      const auto found = changes.find(name);
      if (found != changes.end()) {
        member = ParamTraits<T>::from(found->second);
        ++used;
      }
      if constexpr (std::is_same_v<T, AnyEstimator>) {
        const ParamMap nested = nested_changes(changes, name);
        if (!nested.empty()) member.set_params(nested);
        used += nested.size();
      }
    } catch (const Exception& error) {
      bad_parameter(estimator, name, error);
    }
  });
  if (used != changes.size()) unknown_parameter(estimator, changes, known);
  return params;
}
}  // namespace detail

}  // namespace tartan::ml
