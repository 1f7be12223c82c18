#include <algorithm>
#include <cmath>
#include <limits>
#include <ml/kernels/clones.hpp>
#include <ml/kernels/sgd.hpp>

namespace tartan::ml::kernels {
namespace {

constexpr double kSteepest = 1e12;
constexpr double kLeastScale = 1e-9;
constexpr std::int64_t kLanes = 8;

struct Slope {
  double loss = 0;
  double slope = 0;
};

Slope margin_loss(SGDLoss loss, double p, double y) {
  const double z = p * y;
  switch (loss) {
    case SGDLoss::hinge:
      return z <= 1 ? Slope{1 - z, -y} : Slope{};
    case SGDLoss::perceptron:
      return z <= 0 ? Slope{-z, -y} : Slope{};
    case SGDLoss::squared_hinge:
      return z < 1 ? Slope{(1 - z) * (1 - z), -2 * y * (1 - z)} : Slope{};
    case SGDLoss::modified_huber:
      if (z >= 1) return {};
      return z >= -1 ? Slope{(1 - z) * (1 - z), 2 * (1 - z) * -y} : Slope{-4 * z, -4 * y};
    default:
      // log_loss: beyond 18 the next term is below the last place.
      if (z > 18) return {std::exp(-z), std::exp(-z) * -y};
      if (z < -18) return {-z, -y};
      return {std::log(1 + std::exp(-z)), -y / (std::exp(z) + 1)};
  }
}

Slope distance_loss(SGDLoss loss, double p, double y, double epsilon) {
  const double away = p - y;
  const double beyond = std::abs(away) - epsilon;
  const double side = away > 0 ? 1.0 : -1.0;
  switch (loss) {
    case SGDLoss::huber:
      if (beyond <= 0) return {0.5 * away * away, away};
      return {epsilon * std::abs(away) - 0.5 * epsilon * epsilon, epsilon * side};
    case SGDLoss::epsilon_insensitive:
      return beyond > 0 ? Slope{beyond, side} : Slope{};
    case SGDLoss::squared_epsilon_insensitive:
      return beyond > 0 ? Slope{beyond * beyond, 2 * beyond * side} : Slope{};
    default:
      return {0.5 * away * away, away};
  }
}

Slope slope_of(const SGDRule& rule, double p, double y) {
  if (rule.loss <= SGDLoss::perceptron) return margin_loss(rule.loss, p, y);
  return distance_loss(rule.loss, p, y, rule.epsilon);
}

template <class T>
[[gnu::always_inline]] inline double product(const T* x, const double* weights, std::int64_t n) {
  double lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += static_cast<double>(x[j + lane]) * weights[j + lane];
    }
  }
  double sum = 0;
  for (; j < n; ++j) sum += static_cast<double>(x[j]) * weights[j];
  for (const double lane : lanes) sum += lane;
  return sum;
}

TARTAN_CLONES double dot_row(const float* x, const double* weights, std::int64_t n) {
  return product(x, weights, n);
}
TARTAN_CLONES double dot_row(const double* x, const double* weights, std::int64_t n) {
  return product(x, weights, n);
}
TARTAN_CLONES void add_row(const float* x, double factor, double* weights, std::int64_t n) {
  for (std::int64_t j = 0; j < n; ++j) weights[j] += factor * static_cast<double>(x[j]);
}
TARTAN_CLONES void add_row(const double* x, double factor, double* weights, std::int64_t n) {
  for (std::int64_t j = 0; j < n; ++j) weights[j] += factor * x[j];
}

void pull_to_zero(SGDState& state) {
  for (std::size_t j = 0; j < state.weights.size(); ++j) {
    double& weight = state.weights[j];
    const double before = weight;
    if (before > 0) {
      weight = std::max(0.0, weight - (state.to_pull + state.pulled[j]) / state.scale);
    } else if (before < 0) {
      weight = std::min(0.0, weight + (state.to_pull - state.pulled[j]) / state.scale);
    }
    state.pulled[j] += state.scale * (weight - before);
  }
}

void add_to_mean(const SGDRule& rule, SGDState& state) {
  const double part = 1 / (state.t - static_cast<double>(rule.average) + 1);
  for (std::size_t j = 0; j < state.weights.size(); ++j) {
    state.average[j] += (state.scale * state.weights[j] - state.average[j]) * part;
  }
  state.average_intercept += (state.intercept - state.average_intercept) * part;
}

double rate_of(const SGDRule& rule, const SGDState& state) {
  switch (rule.rate) {
    case LearningRate::optimal:
      return 1 / (rule.alpha * (state.t0 + state.t - 1));
    case LearningRate::invscaling:
      return rule.eta0 / std::pow(state.t, rule.power_t);
    default:
      return state.eta;
  }
}

}  // namespace

void sgd_start(const SGDRule& rule, SGDState& state) {
  state.average.resize(state.weights.size(), 0.0);
  if (rule.penalised && rule.l1_ratio > 0) state.pulled.assign(state.weights.size(), 0.0);
  state.eta = rule.eta0;
  state.best_loss = std::numeric_limits<double>::infinity();
  if (rule.rate != LearningRate::optimal) return;
  // Bottou's heuristic: the first step is as long as weights are typically large.
  const double typical = std::sqrt(1 / std::sqrt(rule.alpha));
  const double first = typical / std::max(1.0, slope_of(rule, -typical, 1).slope);
  state.t0 = 1 / (first * rule.alpha);
}

void sgd_settle(SGDState& state) {
  for (double& weight : state.weights) weight *= state.scale;
  state.scale = 1;
}

template <class T>
void sgd_steps(const SGDRule& rule, const SGDRows<T>& rows, std::span<const std::int64_t> order,
               SGDState& state) {
  const std::int64_t n = rows.features;
  double* weights = state.weights.data();
  for (const std::int64_t i : order) {
    const T* x = rows.x + i * n;
    state.eta = rate_of(rule, state);
    const double p = state.scale * dot_row(x, weights, n) + state.intercept;
    const Slope slope = slope_of(rule, p, rows.target[i]);
    state.loss += slope.loss;
    double update = -state.eta * std::clamp(slope.slope, -kSteepest, kSteepest);
    if (rows.weight != nullptr) update *= rows.weight[i];
    if (rule.penalised) {
      state.scale *= std::max(0.0, 1 - (1 - rule.l1_ratio) * state.eta * rule.alpha);
      if (state.scale < kLeastScale) sgd_settle(state);
    }
    if (update != 0) add_row(x, update / state.scale, weights, n);
    if (rule.fit_intercept) state.intercept += update;
    if (rule.average > 0 && static_cast<double>(rule.average) <= state.t) add_to_mean(rule, state);
    if (rule.penalised && rule.l1_ratio > 0) {
      state.to_pull += rule.l1_ratio * state.eta * rule.alpha;
      pull_to_zero(state);
    }
    state.t += 1;
  }
}

template void sgd_steps(const SGDRule&, const SGDRows<float>&, std::span<const std::int64_t>,
                        SGDState&);
template void sgd_steps(const SGDRule&, const SGDRows<double>&, std::span<const std::int64_t>,
                        SGDState&);

}  // namespace tartan::ml::kernels
