#include <cmath>
#include <deque>
#include <ml/linear_model/solvers/line_search.hpp>
#include <ml/linear_model/solvers/solve.hpp>

namespace tartan::ml::linear {
namespace {

/// Steps that are remembered.
constexpr std::size_t kMemory = 10;
/// Steps in a row that may decrease the objective by next to nothing: by less than rounding makes
/// uncertain, or the last digits of coefficients that matter little are lost.
constexpr int kPatience = 3;
constexpr double kNothing = 1.0 / 16;

/// The inverse of the Hessian as the last steps tell it (Nocedal, Wright, algorithm 7.4).
class Memory {
 public:
  explicit Memory(Vector curvature) : curvature_(std::move(curvature)) {}

  bool empty() const { return steps_.empty(); }
  void clear() { steps_.clear(); }

  void add(const Point& before, const Point& after) {
    Step step{after.params, after.sums.gradient, 0};
    for (std::size_t i = 0; i < step.moved.size(); ++i) {
      step.moved[i] -= before.params[i];
      step.turned[i] -= before.sums.gradient[i];
    }
    const double product = dot(step.moved, step.turned);
    if (!(product >
          1e-16 * std::sqrt(dot(step.moved, step.moved) * dot(step.turned, step.turned)))) {
      return;
    }
    step.inverse = 1 / product;
    steps_.push_back(std::move(step));
    if (steps_.size() > kMemory) steps_.pop_front();
  }

  /// Minus the inverse times the gradient.
  Vector direction(const Vector& gradient) const {
    Vector result = gradient;
    Vector alphas(steps_.size());
    for (std::size_t s = steps_.size(); s-- > 0;) {
      const Step& step = steps_[s];
      alphas[s] = step.inverse * dot(step.moved, result);
      subtract(result, alphas[s], step.turned);
    }
    const double scale = newest_scale();
    for (std::size_t i = 0; i < result.size(); ++i) result[i] *= scale / curvature_[i];
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      const Step& step = steps_[s];
      subtract(result, step.inverse * dot(step.turned, result) - alphas[s], step.moved);
    }
    for (double& each : result) each = -each;
    return result;
  }

 private:
  struct Step {
    Vector moved;   ///< of the parameters
    Vector turned;  ///< of the gradient
    double inverse = 0;
  };

  static void subtract(Vector& from, double factor, const Vector& what) {
    for (std::size_t i = 0; i < from.size(); ++i) from[i] -= factor * what[i];
  }

  /// What the curvature at the start is to be divided by now.
  double newest_scale() const {
    if (steps_.empty()) return 1;
    const Step& newest = steps_.back();
    double scaled = 0;
    for (std::size_t i = 0; i < newest.turned.size(); ++i) {
      scaled += newest.turned[i] * newest.turned[i] / curvature_[i];
    }
    return 1 / (newest.inverse * scaled);
  }

  Vector curvature_;
  std::deque<Step> steps_;
};

/// Sets to 0 what points against the steepest descent.
void keep_descending(Vector& direction, const Vector& gradient) {
  for (std::size_t i = 0; i < direction.size(); ++i) {
    if (direction[i] * gradient[i] >= 0) direction[i] = 0;
  }
}

/// Backtracking within the orthant of the point, or of the steepest descent where it is 0.
Point orthant_search(Objective& objective, const Point& from, const Vector& l1,
                     const Vector& gradient, const Vector& direction) {
  constexpr double kDecrease = 1e-4;
  constexpr int kTrials = 40;
  const double value = penalised(from.sums, from.params, l1);
  double step = 1;
  for (int trial = 0; trial < kTrials; ++trial, step *= 0.5) {
    Point point{along(from.params, direction, step), {}};
    double slope = 0;
    for (std::size_t i = 0; i < point.params.size(); ++i) {
      const double side = from.params[i] != 0 ? from.params[i] : -gradient[i];
      if (l1[i] > 0 && point.params[i] * side <= 0) point.params[i] = 0;
      slope += gradient[i] * (point.params[i] - from.params[i]);
    }
    point.sums = objective.at(point.params);
    const double reached = penalised(point.sums, point.params, l1);
    if (slope < 0 && reached <= value + kDecrease * slope + rounding_of(value)) return point;
  }
  return from;
}

}  // namespace

Fit lbfgs(Objective& objective, const Vector& l1, Vector start, const Settings& settings) {
  Point here{std::move(start), {}};
  here.sums = objective.at(here.params, true);
  Memory memory(positive(here.sums.curvature));
  Fit fit;
  int idle = 0;
  while (fit.n_iter < settings.max_iter) {
    const Vector gradient = pseudo_gradient(here.params, here.sums.gradient, l1);
    if (largest(gradient) <= settings.tol) break;
    Vector direction = memory.direction(gradient);
    if (!l1.empty()) keep_descending(direction, gradient);
    Point next = l1.empty() ? line_search(objective, here, direction, 1.0)
                            : orthant_search(objective, here, l1, gradient, direction);
    if (next.params == here.params) {
      // Once more along the gradient: what is remembered may mislead after rounding.
      if (memory.empty()) break;
      memory.clear();
      continue;
    }
    ++fit.n_iter;
    memory.add(here, next);
    const double value = penalised(here.sums, here.params, l1);
    const double decrease = value - penalised(next.sums, next.params, l1);
    here = std::move(next);
    idle = decrease <= kNothing * rounding_of(value) ? idle + 1 : 0;
    if (idle == kPatience) break;
  }
  fit.params = std::move(here.params);
  return fit;
}

}  // namespace tartan::ml::linear
