#pragma once

// Steps of stochastic gradient descent over rows, as scikit-learn's _plain_sgd takes them (Bottou:
// Stochastic gradient descent tricks, 2012; the l1 penalty is Tsuruoka, Tsujii, Ananiadou, 2009).

#include <cstdint>
#include <span>
#include <tartan/ml/linear_model/sgd.hpp>
#include <vector>

namespace tartan::ml::kernels {

struct SGDRule {
  SGDLoss loss = SGDLoss::hinge;
  LearningRate rate = LearningRate::optimal;
  bool penalised = true;
  double alpha = 1e-4;
  double l1_ratio = 0;
  double epsilon = 0.1;
  double eta0 = 0;
  double power_t = 0.5;
  bool fit_intercept = true;
  std::int64_t average = 0;  ///< the step the mean begins at; 0: no mean
};

/// One model on its way.
struct SGDState {
  std::vector<double> weights;
  std::vector<double> average;
  std::vector<double> pulled;  ///< what l1 has taken from every weight so far
  double scale = 1;            ///< of the weights: shrinking them all is one multiplication
  double intercept = 0;
  double average_intercept = 0;
  double to_pull = 0;  ///< what l1 may have taken
  double t = 1;
  double eta = 0;
  double t0 = 0;    ///< of the optimal rate
  double loss = 0;  ///< of this epoch so far
  double best_loss = 0;
  std::int64_t idle = 0;  ///< epochs in a row without improvement
  std::int64_t epochs = 0;
  bool done = false;
};

template <class T>
struct SGDRows {
  const T* x = nullptr;
  std::int64_t features = 0;
  const double* target = nullptr;  ///< 1 and -1 in classification
  const double* weight = nullptr;  ///< null: 1 each
};

/// The state before the first step, the weights being set.
void sgd_start(const SGDRule& rule, SGDState& state);
/// Steps along the rows in that order.
template <class T>
void sgd_steps(const SGDRule& rule, const SGDRows<T>& rows, std::span<const std::int64_t> order,
               SGDState& state);
/// Makes scale 1.
void sgd_settle(SGDState& state);

}  // namespace tartan::ml::kernels
