#pragma once

// Generalised linear models: targets that are counts, or positive, or both.

#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/linear_model/solver.hpp>

namespace tartan::ml {

enum class GlmLink : std::uint8_t { automatic, identity, log };
template <>
struct EnumNames<GlmLink> {
  static constexpr std::array values{std::pair{GlmLink::automatic, "auto"},
                                     std::pair{GlmLink::identity, "identity"},
                                     std::pair{GlmLink::log, "log"}};
};

/// Of PoissonRegressor and GammaRegressor.
struct GlmParams {
  /// Weight of the penalty alpha |coef|² / 2 beside the mean of the half deviances; not negative.
  double alpha = 1.0;
  bool fit_intercept = true;
  /// One without l1.
  LinearSolver solver = LinearSolver::lbfgs;
  std::int64_t max_iter = 100;
  /// The largest element of the gradient at which the fit is done.
  double tol = 1e-4;
  /// Start at the coefficients of the last fit, when they are as many.
  bool warm_start = false;

  static void each(auto& params, auto&& member) {
    member("alpha", params.alpha);
    member("fit_intercept", params.fit_intercept);
    member("solver", params.solver);
    member("max_iter", params.max_iter);
    member("tol", params.tol);
    member("warm_start", params.warm_start);
  }
};

struct TweedieRegressorParams {
  /// Of the variance in the mean: 0 normal, 1 Poisson, between 1 and 2 compound Poisson-gamma, 2
  /// gamma, 3 inverse Gaussian. Not between 0 and 1.
  double power = 0;
  /// auto: identity for a power of 0 or less, else log. Identity is for power 0 only.
  GlmLink link = GlmLink::automatic;
  // As in GlmParams.
  double alpha = 1.0;
  bool fit_intercept = true;
  LinearSolver solver = LinearSolver::lbfgs;
  std::int64_t max_iter = 100;
  double tol = 1e-4;
  bool warm_start = false;

  static void each(auto& params, auto&& member) {
    member("power", params.power);
    member("link", params.link);
    GlmParams::each(params, member);
  }
};

namespace detail {

/// The distribution and the link of a model.
struct GlmFamily {
  double power = 0;
  bool log_link = true;
};

struct GlmFitted {
  xt::xarray<double> coef;  ///< features
  double intercept = 0;
  std::int64_t n_iter = 0;
};

/// What the models' parameters have in common.
template <class Params>
GlmParams glm_params(const Params& params) {
  return {params.alpha,    params.fit_intercept, params.solver,
          params.max_iter, params.tol,           params.warm_start};
}

void check_glm(const GlmParams& params, std::string_view estimator);
/// Replaces `fitted` and returns the number of features.
std::int64_t fit_glm(GlmFitted& fitted, bool warm, const GlmFamily& family, const GlmParams& params,
                     std::string_view estimator, const Array& x, const Array& y,
                     const Array& sample_weight);
Array predict_glm(const GlmFitted& fitted, const GlmFamily& family, const Array& rows);
double score_glm(const GlmFamily& family, const Array& y, const Array& mean, const Array& weight,
                 std::string_view estimator);
Array glm_rows(const Array& x, std::string_view estimator, std::int64_t features);

}  // namespace detail

/// Derived has family(), a GlmFamily.
template <class Derived, class Params>
class GlmRegressor : public Estimator<Derived, Params> {
 public:
  static constexpr EstimatorKind kKind = EstimatorKind::regressor;

  static void check(const Params& params) {
    detail::check_glm(detail::glm_params(params), Derived::kName);
  }

  /// y: one target per row. Throws ValueError for targets the distribution does not have.
  Derived& fit(const Array& x, const Array& y, const Array& sample_weight = {}) {
    auto& self = static_cast<Derived&>(*this);
    this->n_features_in_ =
        detail::fit_glm(fitted_, this->params_.warm_start && this->is_fitted(), self.family(),
                        detail::glm_params(this->params_), Derived::kName, x, y, sample_weight);
    return self;
  }
  /// The mean of the target.
  Array predict(const Array& x) const {
    this->require_fitted();
    const auto& self = static_cast<const Derived&>(*this);
    return detail::predict_glm(fitted_, self.family(),
                               detail::glm_rows(x, Derived::kName, this->n_features_in_));
  }
  /// D²: 1 - the deviance by that of the constant mean. Computes.
  double score(const Array& x, const Array& y, const Array& sample_weight = {}) const {
    const auto& self = static_cast<const Derived&>(*this);
    return detail::score_glm(self.family(), y, predict(x), sample_weight, Derived::kName);
  }

  /// features. Throws ValueError before fit, as do all.
  const xt::xarray<double>& coef() const {
    this->require_fitted();
    return fitted_.coef;
  }
  double intercept() const {
    this->require_fitted();
    return fitted_.intercept;
  }
  std::int64_t n_iter() const {
    this->require_fitted();
    return fitted_.n_iter;
  }
  void fitted(Attributes& io) {
    io("coef", fitted_.coef);
    io("intercept", fitted_.intercept);
    io("n_iter", fitted_.n_iter);
  }

 protected:
  using Estimator<Derived, Params>::Estimator;

 private:
  detail::GlmFitted fitted_;
};

/// Counts: log link, Poisson deviance; targets are not negative.
class PoissonRegressor : public GlmRegressor<PoissonRegressor, GlmParams> {
 public:
  static constexpr std::string_view kName = "PoissonRegressor";
  explicit PoissonRegressor(GlmParams params = {}) : GlmRegressor(params) {}
  detail::GlmFamily family() const { return {.power = 1}; }
};

/// Positive targets: log link, gamma deviance.
class GammaRegressor : public GlmRegressor<GammaRegressor, GlmParams> {
 public:
  static constexpr std::string_view kName = "GammaRegressor";
  explicit GammaRegressor(GlmParams params = {}) : GlmRegressor(params) {}
  detail::GlmFamily family() const { return {.power = 2}; }
};

/// Any power of Tweedie's family.
class TweedieRegressor : public GlmRegressor<TweedieRegressor, TweedieRegressorParams> {
 public:
  static constexpr std::string_view kName = "TweedieRegressor";
  explicit TweedieRegressor(TweedieRegressorParams params = {}) : GlmRegressor(params) {}
  static void check(const TweedieRegressorParams& params);
  detail::GlmFamily family() const {
    return {params_.power, params_.link == GlmLink::log ||
                               (params_.link == GlmLink::automatic && params_.power > 0)};
  }
};

}  // namespace tartan::ml
