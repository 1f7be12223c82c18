#pragma once

// Linear models fitted by stochastic gradient descent: one step per row, in scikit-learn's order of
// operations. The blocks of rows are walked one after the other, in their order, in every epoch;
// the coefficients travel and the rows stay. With shuffle the rows of a block are walked in an
// order that depends on random_state, the epoch and the block alone; without, in theirs, and then
// the coefficients are scikit-learn's. Rows that are sorted by their label want shuffling across
// blocks before the fit. Elements are worked on in float64.

#include <tartan/ml/linear_model/least_squares.hpp>
#include <tartan/ml/linear_model/logistic.hpp>
#include <variant>

namespace tartan::ml {

enum class SGDLoss : std::uint8_t {
  hinge,
  log_loss,
  modified_huber,
  squared_hinge,
  perceptron,
  squared_error,
  huber,
  epsilon_insensitive,
  squared_epsilon_insensitive,
};
template <>
struct EnumNames<SGDLoss> {
  static constexpr std::array values{
      std::pair{SGDLoss::hinge, "hinge"},
      std::pair{SGDLoss::log_loss, "log_loss"},
      std::pair{SGDLoss::modified_huber, "modified_huber"},
      std::pair{SGDLoss::squared_hinge, "squared_hinge"},
      std::pair{SGDLoss::perceptron, "perceptron"},
      std::pair{SGDLoss::squared_error, "squared_error"},
      std::pair{SGDLoss::huber, "huber"},
      std::pair{SGDLoss::epsilon_insensitive, "epsilon_insensitive"},
      std::pair{SGDLoss::squared_epsilon_insensitive, "squared_epsilon_insensitive"}};
};

/// The length of step t: optimal 1 / (alpha (t0 + t)), constant eta0, invscaling eta0 / t^power_t,
/// adaptive eta0, a fifth of it whenever the loss stops falling.
enum class LearningRate : std::uint8_t { optimal, constant, invscaling, adaptive };
template <>
struct EnumNames<LearningRate> {
  static constexpr std::array values{std::pair{LearningRate::optimal, "optimal"},
                                     std::pair{LearningRate::constant, "constant"},
                                     std::pair{LearningRate::invscaling, "invscaling"},
                                     std::pair{LearningRate::adaptive, "adaptive"}};
};

/// Of both models; Loss is the loss they have by default.
template <SGDLoss Loss, LearningRate Rate>
struct SGDParams {
  static constexpr bool kClassifies = Rate == LearningRate::optimal;

  SGDLoss loss = Loss;
  /// None: no penalty.
  std::optional<Penalty> penalty = Penalty::l2;
  double alpha = 1e-4;
  double l1_ratio = 0.15;
  bool fit_intercept = true;
  /// Epochs at most.
  std::int64_t max_iter = 1000;
  /// The fit ends when the mean loss of an epoch has not been less by tol than the best one
  /// n_iter_no_change times in a row; None: after max_iter epochs.
  std::optional<double> tol = 1e-3;
  bool shuffle = true;
  /// Of huber and the epsilon-insensitive losses.
  double epsilon = 0.1;
  std::uint64_t random_state = 0;
  LearningRate learning_rate = Rate;
  double eta0 = kClassifies ? 0.0 : 0.01;
  double power_t = kClassifies ? 0.5 : 0.25;
  std::int64_t n_iter_no_change = 5;
  /// Of classifiers alone.
  ClassWeight class_weight = {};
  bool warm_start = false;
  /// Give the mean of the coefficients over all steps; a number: from that step on.
  std::variant<bool, std::int64_t> average = false;

  static void each(auto& params, auto&& member) {
    member("loss", params.loss);
    member("penalty", params.penalty);
    member("alpha", params.alpha);
    member("l1_ratio", params.l1_ratio);
    member("fit_intercept", params.fit_intercept);
    member("max_iter", params.max_iter);
    member("tol", params.tol);
    member("shuffle", params.shuffle);
    member("epsilon", params.epsilon);
    member("random_state", params.random_state);
    member("learning_rate", params.learning_rate);
    member("eta0", params.eta0);
    member("power_t", params.power_t);
    member("n_iter_no_change", params.n_iter_no_change);
    if constexpr (kClassifies) member("class_weight", params.class_weight);
    member("warm_start", params.warm_start);
    member("average", params.average);
  }
};
using SGDClassifierParams = SGDParams<SGDLoss::hinge, LearningRate::optimal>;
using SGDRegressorParams = SGDParams<SGDLoss::squared_error, LearningRate::invscaling>;

namespace detail {
/// Where the walk stands: what partial_fit goes on from. The coefficients of the walk and their
/// mean are apart.
struct SGDWalk {
  xt::xarray<double> coef, intercept, average_coef, average_intercept;
  double t = 1;

  static void each(auto& walk, auto&& member) {
    member("coef", walk.coef);
    member("intercept", walk.intercept);
    member("average_coef", walk.average_coef);
    member("average_intercept", walk.average_intercept);
    member("t", walk.t);
  }
};
}  // namespace detail

/// Two classes: one model of the second; more: one against the rest each.
class SGDClassifier : public LinearClassifier<SGDClassifier, SGDClassifierParams> {
 public:
  static constexpr std::string_view kName = "SGDClassifier";
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;

  explicit SGDClassifier(SGDClassifierParams params = {}) : LinearClassifier(std::move(params)) {}
  static void check(const SGDClassifierParams& params);

  SGDClassifier& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  /// One epoch over further rows.
  SGDClassifier& partial_fit(const Array& x, const Array& y, const PartialFitOptions& options = {});
  Array decision_function(const Array& x) const;
  Array predict(const Array& x) const;
  /// Throws ValueError for losses other than log_loss and modified_huber.
  Array predict_proba(const Array& x) const;
  /// Steps so far, and one.
  double t() const {
    require_fitted();
    return walk_.t;
  }

  void fitted(Attributes& io) {
    LinearClassifier::fitted(io);
    io("walk", walk_);
  }

 private:
  SGDClassifier& go_on(const Array& x, const Array& y, const Array& sample_weight,
                       const Array& classes, bool once);

  detail::SGDWalk walk_;
};

class SGDRegressor : public LinearModel<SGDRegressor, SGDRegressorParams> {
 public:
  static constexpr std::string_view kName = "SGDRegressor";
  static constexpr EstimatorKind kKind = EstimatorKind::regressor;

  explicit SGDRegressor(SGDRegressorParams params = {}) : LinearModel(std::move(params)) {}
  static void check(const SGDRegressorParams& params);

  SGDRegressor& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  /// One epoch over further rows.
  SGDRegressor& partial_fit(const Array& x, const Array& y, const PartialFitOptions& options = {});
  Array predict(const Array& x) const;
  /// Epochs of the last fit.
  std::int64_t n_iter() const {
    require_fitted();
    return n_iter_;
  }
  /// Steps so far, and one.
  double t() const {
    require_fitted();
    return walk_.t;
  }

  void fitted(Attributes& io) {
    LinearModel::fitted(io);
    io("n_iter", n_iter_);
    io("walk", walk_);
  }

 private:
  SGDRegressor& go_on(const Array& x, const Array& y, const Array& sample_weight, bool once);

  detail::SGDWalk walk_;
  std::int64_t n_iter_ = 0;
};

}  // namespace tartan::ml
