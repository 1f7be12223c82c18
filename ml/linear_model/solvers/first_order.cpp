#include <cmath>
#include <ml/linear_model/solvers/line_search.hpp>
#include <ml/linear_model/solvers/solve.hpp>

namespace tartan::ml::linear {
namespace {

constexpr double kShorter = 0.5;
constexpr double kLonger = 1.25;
constexpr int kTrials = 60;
constexpr int kPatience = 10;

/// The step from a point along the scaled gradient that its quadratic bound allows: `step` shrinks
/// until it does. Returns the point itself when rounding is all that is left.
Point proximal_step(Objective& objective, const Point& from, const Vector& l1,
                    const Vector& curvature, double& step) {
  for (int trial = 0; trial < kTrials; ++trial, step *= kShorter) {
    Point next{from.params, {}};
    double bound = from.sums.loss + rounding_of(from.sums.loss);
    for (std::size_t i = 0; i < next.params.size(); ++i) {
      const double pace = step / curvature[i];
      const double free = from.params[i] - pace * from.sums.gradient[i];
      next.params[i] = l1.empty() ? free : soft_threshold(free, pace * l1[i]);
      const double moved = next.params[i] - from.params[i];
      bound += from.sums.gradient[i] * moved + 0.5 * moved * moved / pace;
    }
    next.sums = objective.at(next.params);
    if (next.sums.loss <= bound) return next;
  }
  return from;
}

}  // namespace

Fit first_order(Objective& objective, const Vector& l1, Vector start, const Settings& settings,
                bool accelerated) {
  Point here{std::move(start), {}};
  here.sums = objective.at(here.params, true);
  const Vector curvature = positive(here.sums.curvature);
  Point from = here;  // where the step starts: ahead of `here` by what the last steps gained
  double step = 1;
  double inertia = 1;
  int idle = 0;
  Fit fit;
  while (fit.n_iter < settings.max_iter) {
    if (largest(pseudo_gradient(here.params, here.sums.gradient, l1)) <= settings.tol) break;
    step *= kLonger;
    Point next = proximal_step(objective, from, l1, curvature, step);
    ++fit.n_iter;
    double overshoot = 0;
    for (std::size_t i = 0; i < next.params.size(); ++i) {
      overshoot +=
          curvature[i] * (from.params[i] - next.params[i]) * (next.params[i] - here.params[i]);
    }
    const double value = penalised(here.sums, here.params, l1);
    const double decrease = value - penalised(next.sums, next.params, l1);
    idle = std::abs(decrease) <= rounding_of(value) ? idle + 1 : 0;
    if (idle == kPatience) break;
    if (!accelerated || overshoot > 0) {
      inertia = 1;
      here = std::move(next);
      from = here;
      continue;
    }
    const double more = 0.5 * (1 + std::sqrt(1 + 4 * inertia * inertia));
    const double momentum = (inertia - 1) / more;
    inertia = more;
    if (momentum > 0) {
      from.params = next.params;
      for (std::size_t i = 0; i < from.params.size(); ++i) {
        from.params[i] += momentum * (next.params[i] - here.params[i]);
      }
      from.sums = objective.at(from.params);
    } else {
      from = next;
    }
    here = std::move(next);
  }
  fit.params = std::move(here.params);
  return fit;
}

}  // namespace tartan::ml::linear
