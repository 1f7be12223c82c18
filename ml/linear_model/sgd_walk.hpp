#pragma once

// The walk of stochastic gradient descent over the blocks: one task after the other, each with the
// coefficients the one before it left. A single block is walked in one task for all epochs.

#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/kernels/sgd.hpp>
#include <string_view>

namespace tartan::ml::linear {

struct SGDPlan {
  kernels::SGDRule rule;
  std::int64_t rows = 0;  ///< of an epoch
  std::int64_t features = 0;
  std::int64_t max_epochs = 0;
  std::optional<double> tol;
  std::int64_t patience = 5;  ///< epochs without improvement
  bool shuffle = true;
  std::uint64_t seed = 0;
  /// Weights by code; empty: 1 each. Empty codes: regression.
  std::vector<double> class_weight;
};

/// Walks from where the walk stands and moves it on. rows.y: codes (int32) of `classes` classes, or
/// targets (float64) when that is 0. Returns the epochs; throws ValueError when numbers overflow.
std::int64_t sgd_walk(const Rows& rows, const SGDPlan& plan, std::int64_t classes,
                      detail::SGDWalk& walk, std::string_view estimator);

void check_sgd(std::string_view estimator, const SGDPlan& plan, bool l1_ratio_fits);

template <class Params>
SGDPlan plan_of(const Params& params) {
  SGDPlan plan;
  kernels::SGDRule& rule = plan.rule;
  rule.loss = params.loss;
  rule.rate = params.learning_rate;
  rule.penalised = params.penalty.has_value();
  rule.alpha = params.alpha;
  if (params.penalty == Penalty::l1) rule.l1_ratio = 1;
  if (params.penalty == Penalty::elasticnet) rule.l1_ratio = params.l1_ratio;
  rule.epsilon = params.epsilon;
  rule.eta0 = params.eta0;
  rule.power_t = params.power_t;
  rule.fit_intercept = params.fit_intercept;
  rule.average =
      std::visit([](auto value) { return static_cast<std::int64_t>(value); }, params.average);
  plan.max_epochs = params.max_iter;
  plan.tol = params.tol;
  plan.patience = params.n_iter_no_change;
  plan.shuffle = params.shuffle;
  plan.seed = params.random_state;
  return plan;
}

template <class Params>
void check_sgd(std::string_view estimator, const Params& params) {
  check_sgd(estimator, plan_of(params), params.l1_ratio >= 0 && params.l1_ratio <= 1);
}

}  // namespace tartan::ml::linear
