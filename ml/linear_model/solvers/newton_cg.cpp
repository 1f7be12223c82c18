#include <cmath>
#include <ml/linear_model/solvers/line_search.hpp>
#include <ml/linear_model/solvers/solve.hpp>

namespace tartan::ml::linear {
namespace {

constexpr int kMostProducts = 200;

/// About -H^-1 gradient: conjugate gradients, scaled by the diagonal, until the residual is small
/// enough for the outer iteration to converge faster than linearly.
Vector newton_direction(Objective& objective, const Point& here, const Vector& curvature) {
  const Vector& gradient = here.sums.gradient;
  double norm = 0;
  for (const double each : gradient) norm += std::abs(each);
  const double enough = std::min(0.5, std::sqrt(norm)) * norm;
  const std::size_t size = gradient.size();
  Vector direction(size, 0.0);
  Vector residual = gradient;
  Vector search(size);
  for (std::size_t i = 0; i < size; ++i) search[i] = -residual[i] / curvature[i];
  double inner = -dot(residual, search);
  for (int i = 0; i < kMostProducts && inner > 0; ++i) {
    double left = 0;
    for (const double each : residual) left += std::abs(each);
    if (left <= enough) break;
    const Vector product = objective.product(here.params, search);
    const double bend = dot(search, product);
    if (!(bend > 0)) break;
    const double step = inner / bend;
    double next = 0;
    for (std::size_t j = 0; j < size; ++j) {
      direction[j] += step * search[j];
      residual[j] += step * product[j];
      next += residual[j] * residual[j] / curvature[j];
    }
    for (std::size_t j = 0; j < size; ++j) {
      search[j] = -residual[j] / curvature[j] + next / inner * search[j];
    }
    inner = next;
  }
  return direction;
}

}  // namespace

Fit newton_cg(Objective& objective, Vector start, const Settings& settings) {
  Point here{std::move(start), {}};
  here.sums = objective.at(here.params, true);
  const Vector curvature = positive(here.sums.curvature);
  Fit fit;
  while (fit.n_iter < settings.max_iter && largest(here.sums.gradient) > settings.tol) {
    const Vector direction = newton_direction(objective, here, curvature);
    Point next = line_search(objective, here, direction, 1.0);
    if (next.params == here.params) break;
    ++fit.n_iter;
    const bool idle = here.sums.loss - next.sums.loss <= rounding_of(here.sums.loss) &&
                      largest(next.sums.gradient) >= largest(here.sums.gradient);
    here = std::move(next);
    if (idle) break;
  }
  fit.params = std::move(here.params);
  return fit;
}

}  // namespace tartan::ml::linear
