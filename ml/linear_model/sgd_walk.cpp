#include <algorithm>
#include <cmath>
#include <ml/base/partial.hpp>
#include <ml/base/pass.hpp>
#include <ml/linear_model/sgd_walk.hpp>
#include <numeric>
#include <tartan/base/random.hpp>

namespace tartan::ml::linear {

using kernels::SGDState;

/// What goes from block to block: a state for every output.
struct SGDStates {
  std::vector<SGDState> outputs;
};

/// What tasks are told of the walk.
struct SGDTurn {
  SGDPlan plan;
  std::int64_t block = 0;
  bool all_epochs = false;  ///< the block is all there is
};

}  // namespace tartan::ml::linear

namespace tartan {

template <>
struct Codec<ml::linear::SGDStates> {
  static std::string name() { return "tartan::ml::linear::SGDStates"; }
  static void each(auto& state, auto&& field) {
    field(state.weights, state.average, state.pulled, state.scale, state.intercept,
          state.average_intercept, state.to_pull, state.t, state.eta, state.t0, state.loss,
          state.best_loss, state.idle, state.epochs, state.done);
  }
  static void encode(const ml::linear::SGDStates& states, Writer& writer) {
    writer.put(static_cast<std::int64_t>(states.outputs.size()));
    for (const auto& state : states.outputs) {
      each(state, [&](const auto&... field) { (writer.put(field), ...); });
    }
  }
  static ml::linear::SGDStates decode(Reader& reader) {
    ml::linear::SGDStates states;
    const auto count = reader.get<std::int64_t>();
    for (std::int64_t k = 0; k < count; ++k) {
      each(states.outputs.emplace_back(), [&](auto&... field) {
        ((field = reader.get<std::remove_cvref_t<decltype(field)>>()), ...);
      });
    }
    return states;
  }
};

template <>
struct Codec<ml::linear::SGDTurn> {
  static std::string name() { return "tartan::ml::linear::SGDTurn"; }
  static void each(auto& turn, auto&& field) {
    auto& plan = turn.plan;
    auto& rule = plan.rule;
    field(rule.loss, rule.rate, rule.penalised, rule.alpha, rule.l1_ratio, rule.epsilon, rule.eta0,
          rule.power_t, rule.fit_intercept, rule.average, plan.rows, plan.features, plan.max_epochs,
          plan.tol, plan.patience, plan.shuffle, plan.seed, plan.class_weight, turn.block,
          turn.all_epochs);
  }
  static void encode(const ml::linear::SGDTurn& turn, Writer& writer) {
    each(turn, [&](const auto&... field) { (writer.put(field), ...); });
  }
  static ml::linear::SGDTurn decode(Reader& reader) {
    ml::linear::SGDTurn turn;
    each(turn, [&](auto&... field) {
      ((field = reader.get<std::remove_cvref_t<decltype(field)>>()), ...);
    });
    return turn;
  }
};

}  // namespace tartan

namespace tartan::ml {
namespace linear {
namespace {

/// The order a block's rows are walked in.
std::vector<std::int64_t> order_of(const SGDTurn& turn, std::int64_t rows, std::int64_t epoch,
                                   std::size_t output) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  if (!turn.plan.shuffle) return order;
  Random random(turn.plan.seed);
  for (const auto each : {static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(turn.block),
                          static_cast<std::uint64_t>(output)}) {
    random = Random(random.next() ^ each);
  }
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.below(i)]);
  }
  return order;
}

/// What follows the last row of an epoch: whether it was the last, as scikit-learn decides.
void end_epoch(const SGDPlan& plan, SGDState& state) {
  constexpr double kLeastEta = 1e-6;
  ++state.epochs;
  const double least = plan.tol.value_or(0) * static_cast<double>(plan.rows);
  state.idle = plan.tol && state.loss > state.best_loss - least ? state.idle + 1 : 0;
  state.best_loss = std::min(state.best_loss, state.loss);
  state.loss = 0;
  const bool finite = std::isfinite(state.intercept) &&
                      std::all_of(state.weights.begin(), state.weights.end(),
                                  [](double weight) { return std::isfinite(weight); });
  if (state.idle >= plan.patience) {
    if (plan.rule.rate == LearningRate::adaptive && state.eta > kLeastEta) {
      state.eta /= 5;
      state.idle = 0;
    } else {
      state.done = true;
    }
  }
  if (!finite || state.epochs >= plan.max_epochs) state.done = true;
}

/// Targets and weights of a block as output k sees them.
struct Seen {
  std::vector<double> targets;
  std::vector<double> weights;  ///< empty: 1 each
};

Seen seen_by(const Chunk& y, const Chunk& weights, const SGDPlan& plan, std::size_t k,
             std::size_t outputs) {
  Seen seen;
  if (!weights.data.empty()) {
    const auto given = weights.view<double>();
    seen.weights.assign(given.begin(), given.end());
  }
  if (y.dtype != DType::int32) {
    const auto targets = y.view<double>();
    seen.targets.assign(targets.begin(), targets.end());
    return seen;
  }
  const auto codes = y.view<std::int32_t>();
  const std::int32_t positive = outputs == 1 ? 1 : static_cast<std::int32_t>(k);
  if (!plan.class_weight.empty() && seen.weights.empty()) seen.weights.assign(codes.size(), 1.0);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    seen.targets.push_back(codes[i] == positive ? 1.0 : -1.0);
    if (plan.class_weight.empty()) continue;
    // One against the rest: only the one has its weight.
    const bool counts = outputs == 1 || codes[i] == positive;
    if (counts) seen.weights[i] *= plan.class_weight[static_cast<std::size_t>(codes[i])];
  }
  return seen;
}

template <class T>
void walk_block(const T* x, std::int64_t rows, const Seen& seen, const SGDTurn& turn,
                std::size_t output, SGDState& state) {
  const kernels::SGDRows<T> given{x, turn.plan.features, seen.targets.data(),
                                  seen.weights.empty() ? nullptr : seen.weights.data()};
  do {
    kernels::sgd_steps<T>(turn.plan.rule, given, order_of(turn, rows, state.epochs, output), state);
    if (turn.all_epochs) end_epoch(turn.plan, state);
  } while (turn.all_epochs && !state.done);
}

}  // namespace
}  // namespace linear

namespace tasks {

linear::SGDStates sgd_block(const Chunk& x, const Chunk& y, const Chunk& weights,
                            const linear::SGDTurn& turn, const linear::SGDStates& before) {
  linear::SGDStates states = before;
  for (std::size_t k = 0; k < states.outputs.size(); ++k) {
    if (states.outputs[k].done) continue;
    const auto seen = linear::seen_by(y, weights, turn.plan, k, states.outputs.size());
    if (x.dtype == DType::float32) {
      linear::walk_block(x.view<float>().data(), x.shape[0], seen, turn, k, states.outputs[k]);
    } else {
      linear::walk_block(x.view<double>().data(), x.shape[0], seen, turn, k, states.outputs[k]);
    }
  }
  return states;
}

linear::SGDStates only_states(const std::vector<linear::SGDStates>& parts) { return parts.front(); }

}  // namespace tasks

namespace linear {
namespace {

bool all_done(const SGDStates& states) {
  return std::all_of(states.outputs.begin(), states.outputs.end(),
                     [](const SGDState& state) { return state.done; });
}

SGDStates first_states(const detail::SGDWalk& walk, const SGDPlan& plan, std::size_t outputs) {
  SGDStates states;
  const auto features = static_cast<std::ptrdiff_t>(plan.features);
  for (std::size_t k = 0; k < outputs; ++k) {
    SGDState state;
    const auto at = static_cast<std::ptrdiff_t>(k) * features;
    state.weights.assign(walk.coef.begin() + at, walk.coef.begin() + at + features);
    state.average.assign(walk.average_coef.begin() + at, walk.average_coef.begin() + at + features);
    state.intercept = walk.intercept(k);
    state.average_intercept = walk.average_intercept(k);
    state.t = walk.t;
    kernels::sgd_start(plan.rule, state);
    states.outputs.push_back(std::move(state));
  }
  return states;
}

void require_finite(const SGDStates& states, std::string_view estimator) {
  for (const SGDState& state : states.outputs) {
    double sum = state.intercept;
    for (const double weight : state.weights) sum += weight;
    if (std::isfinite(sum)) continue;
    throw ValueError(
        fmt::format("{}: the coefficients overflowed in epoch {}; scale x with StandardScaler or "
                    "take a smaller "
                    "eta0",
                    estimator, state.epochs));
  }
}

}  // namespace

void check_sgd(std::string_view estimator, const SGDPlan& plan, bool l1_ratio_fits) {
  const auto require = [&](bool good, std::string_view what) {
    if (!good) throw ValueError(fmt::format("{}: {}", estimator, what));
  };
  const kernels::SGDRule& rule = plan.rule;
  require(rule.alpha >= 0, "alpha must be 0 or more");
  require(l1_ratio_fits, "l1_ratio must be from 0 to 1");
  require(rule.epsilon >= 0, "epsilon must be 0 or more");
  require(plan.max_epochs >= 1, "max_iter must be 1 or more");
  require(plan.patience >= 1, "n_iter_no_change must be 1 or more");
  require(rule.average >= 0, "average must be true, false or a number of steps");
  require(rule.rate != LearningRate::optimal || rule.alpha > 0,
          "alpha must be above 0, since the learning rate 'optimal' divides by it");
  require(rule.rate == LearningRate::optimal || rule.eta0 > 0,
          "eta0 must be above 0 with this learning rate");
}

std::int64_t sgd_walk(const Rows& rows, const SGDPlan& plan, std::int64_t classes,
                      detail::SGDWalk& walk, std::string_view estimator) {
  const std::size_t outputs = classes <= 2 ? 1 : static_cast<std::size_t>(classes);
  if (walk.coef.size() != outputs * static_cast<std::size_t>(plan.features)) {
    const std::vector<std::size_t> shape{outputs, static_cast<std::size_t>(plan.features)};
    walk.coef = walk.average_coef = xt::xarray<double>(shape, 0.0);
    walk.intercept = walk.average_intercept = xt::xarray<double>({outputs}, 0.0);
    walk.t = 1;
  }
  SGDTurn turn{plan, 0, rows.x.num_chunks() == 1};
  SGDStates states = first_states(walk, plan, outputs);
  const std::vector<std::int64_t> lengths = rows.x.chunks()[0];
  while (!all_done(states)) {
    std::int64_t first = 0;
    for (std::size_t b = 0; b < lengths.size(); ++b) {
      const auto part = [&](const Array& array) {
        return array.valid() ? array.slice({{first, first + lengths[b]}}) : array;
      };
      turn.block = static_cast<std::int64_t>(b);
      states = reduce_rows<&tasks::sgd_block, &tasks::only_states>(
          "sgd", part(rows.x), part(rows.y), part(rows.weight), turn, states);
      first += lengths[b];
    }
    if (turn.all_epochs) continue;
    for (SGDState& state : states.outputs) {
      if (!state.done) end_epoch(plan, state);
    }
  }
  require_finite(states, estimator);
  std::int64_t epochs = 0;
  for (std::size_t k = 0; k < outputs; ++k) {
    SGDState& state = states.outputs[k];
    kernels::sgd_settle(state);
    const auto at = static_cast<std::ptrdiff_t>(k) * static_cast<std::ptrdiff_t>(plan.features);
    std::copy(state.weights.begin(), state.weights.end(), walk.coef.begin() + at);
    std::copy(state.average.begin(), state.average.end(), walk.average_coef.begin() + at);
    walk.intercept(k) = state.intercept;
    walk.average_intercept(k) = state.average_intercept;
    epochs = std::max(epochs, state.epochs);
  }
  walk.t += static_cast<double>(epochs * plan.rows);
  return epochs;
}

}  // namespace linear
}  // namespace tartan::ml
