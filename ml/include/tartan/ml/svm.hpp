#pragma once

// Support vector machines.

#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/class_weight.hpp>
#include <variant>

namespace tartan::ml {

enum class SvmKernel : std::uint8_t {
  linear,   ///< a.b
  poly,     ///< (gamma a.b + coef0)^degree
  rbf,      ///< exp(-gamma |a - b|²)
  sigmoid,  ///< tanh(gamma a.b + coef0)
};
template <>
struct EnumNames<SvmKernel> {
  static constexpr std::array values{
      std::pair{SvmKernel::linear, "linear"}, std::pair{SvmKernel::poly, "poly"},
      std::pair{SvmKernel::rbf, "rbf"}, std::pair{SvmKernel::sigmoid, "sigmoid"}};
};

enum class SvmGamma : std::uint8_t {
  scale,      ///< 1 / (features x variance of all elements of x)
  automatic,  ///< 1 / features; named "auto"
};
template <>
struct EnumNames<SvmGamma> {
  static constexpr std::array values{std::pair{SvmGamma::scale, "scale"},
                                     std::pair{SvmGamma::automatic, "auto"}};
};

enum class DecisionShape : std::uint8_t { ovr, ovo };
template <>
struct EnumNames<DecisionShape> {
  static constexpr std::array values{std::pair{DecisionShape::ovr, "ovr"},
                                     std::pair{DecisionShape::ovo, "ovo"}};
};

struct SVCParams {
  double C = 1.0;  ///< of the slack, per row; positive
  SvmKernel kernel = SvmKernel::rbf;
  std::int64_t degree = 3;
  std::variant<SvmGamma, double> gamma = SvmGamma::scale;
  double coef0 = 0.0;
  bool shrinking = true;
  /// Whether predict_proba is wanted: five more fits per pair of classes.
  bool probability = false;
  double tol = 1e-3;
  double cache_size = 200;  ///< MB of kernel values
  ClassWeight class_weight = {};
  DecisionShape decision_function_shape = DecisionShape::ovr;
  /// Deals the rows into folds when probability is set.
  std::uint64_t random_state = 0;

  static void each(auto& params, auto&& member) {
    member("C", params.C);
    member("kernel", params.kernel);
    member("degree", params.degree);
    member("gamma", params.gamma);
    member("coef0", params.coef0);
    member("shrinking", params.shrinking);
    member("probability", params.probability);
    member("tol", params.tol);
    member("cache_size", params.cache_size);
    member("class_weight", params.class_weight);
    member("decision_function_shape", params.decision_function_shape);
    member("random_state", params.random_state);
  }
};

/// C-support vector classification by LIBSVM (Chang and Lin, ACM TIST 2011), several classes one
/// against one. fit() brings the rows together in one task: its time grows with the square of their
/// number at least. Predictions run block by block, as products of matrices.
class SVC : public Estimator<SVC, SVCParams> {
 public:
  static constexpr std::string_view kName = "SVC";
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;

  explicit SVC(SVCParams params = {}) : Estimator(std::move(params)) {}
  static void check(const SVCParams& params);

  /// x: rows x features; y: 1-D labels of two classes at least.
  SVC& fit(const Array& x, const Array& y);
  /// Labels, of y's dtype.
  Array predict(const Array& x) const;
  /// Two classes: 1-D, positive for the second one. More: rows x classes ("ovr"), or rows x pairs
  /// ("ovo"). float64.
  Array decision_function(const Array& x) const;
  /// rows x classes, float64: Platt's sigmoids on five-fold decision values, coupled by Wu, Lin,
  /// Weng 2004. Throws ValueError unless fitted with probability.
  Array predict_proba(const Array& x) const;

  const Chunk& classes() const;
  /// Rows that are support vectors, by class; int64.
  const xt::xarray<std::int64_t>& support() const;
  const xt::xarray<double>& support_vectors() const;
  const xt::xarray<std::int64_t>& n_support() const;
  /// (classes - 1) x support vectors.
  const xt::xarray<double>& dual_coef() const;
  /// One per pair of classes.
  const xt::xarray<double>& intercept() const;

  void fitted(Attributes& io);

 private:
  /// Decision values of the pairs as LIBSVM counts them: positive for the first of the two.
  Array pair_values(const Array& x) const;

  Chunk classes_;
  xt::xarray<std::int64_t> support_, n_support_;
  xt::xarray<double> support_vectors_, dual_coef_, intercept_;
  double gamma_ = 0;
  std::vector<double> prob_a_, prob_b_;
};

}  // namespace tartan::ml
