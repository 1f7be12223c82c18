#include <cmath>
#include <limits>
#include <ml/linear_model/solvers/line_search.hpp>
#include <ml/linear_model/solvers/solve.hpp>
#include <optional>

namespace tartan::ml::linear {
namespace {

constexpr double kDecrease = 1e-4;
constexpr double kFlatter = 0.9;
constexpr int kTrials = 30;

/// A step that was tried: the objective and its slope along the direction.
struct Trial {
  double step = 0;
  double value = 0;
  double slope = 0;
};

/// The least point of the cubic through two trials, kept off the ends of what lies between them.
double between(const Trial& a, const Trial& b) {
  const double width = b.step - a.step;
  const double halfway = a.step + 0.5 * width;
  if (!std::isfinite(b.value) || !std::isfinite(b.slope)) return a.step + 0.2 * width;
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return halfway;
  const double d2 = std::copysign(std::sqrt(square), width);
  const double step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const double part = (step - a.step) / width;
  if (!std::isfinite(part)) return halfway;
  return a.step + width * std::min(std::max(part, 0.1), 0.9);
}

}  // namespace

Vector along(const Vector& params, const Vector& direction, double step) {
  Vector result = params;
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += step * direction[i];
  return result;
}

Point line_search(Objective& objective, const Point& from, const Vector& direction, double first) {
  const Trial start{0, from.sums.loss, dot(from.sums.gradient, direction)};
  if (!(start.slope < 0)) return from;
  const double slack = rounding_of(start.value);
  Trial low = start;
  std::optional<Trial> high;
  Point best = from;
  double step = first;
  for (int trial = 0; trial < kTrials; ++trial) {
    Point point{along(from.params, direction, step), {}};
    point.sums = objective.at(point.params);
    const Trial here{step, point.sums.loss, dot(point.sums.gradient, direction)};
    const bool decreases = std::isfinite(here.value) && std::isfinite(here.slope) &&
                           here.value <= start.value + kDecrease * step * start.slope + slack &&
                           here.value <= low.value + slack;
    if (!decreases) {
      high = here;
    } else {
      best = std::move(point);
      if (std::abs(here.slope) <= -kFlatter * start.slope) return best;
      // The minimum lies on the side the slope points away from.
      if (here.slope * (high ? high->step - low.step : 1.0) >= 0) high = low;
      low = here;
    }
    step = high ? between(low, *high) : 4 * step;
    if (high && std::abs(high->step - low.step) <=
                    std::numeric_limits<double>::epsilon() * std::abs(high->step)) {
      break;
    }
  }
  return best;
}

}  // namespace tartan::ml::linear
