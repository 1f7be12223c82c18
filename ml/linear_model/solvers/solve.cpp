#include <algorithm>
#include <cmath>
#include <limits>
#include <ml/base/pass.hpp>
#include <ml/linear_model/solvers/solve.hpp>

namespace tartan::ml {
namespace linear {
namespace {

/// l1 for every parameter, or nothing.
Vector l1_of(const Losses& losses, double l1) {
  if (l1 == 0) return {};
  Vector result(static_cast<std::size_t>(losses.shape.size()), 0.0);
  std::fill_n(result.begin(), losses.shape.coefficients(), l1);
  return result;
}

Fit solve(LossSum& losses_of_rows, const Losses& losses, const Settings& settings,
          const Vector& start) {
  Objective objective(losses_of_rows, settings.scale, ridge_pull(losses, settings.l2),
                      Vector(start.size(), 0.0));
  const Vector l1 = l1_of(losses, settings.l1);
  switch (settings.solver) {
    case LinearSolver::newton_cg:
      return newton_cg(objective, start, settings);
    case LinearSolver::gradient_descent:
      return first_order(objective, l1, start, settings, false);
    case LinearSolver::proximal_grad:
      return first_order(objective, l1, start, settings, true);
    default:
      // With one block there is nothing to agree on: admm is that block's own fit.
      return lbfgs(objective, l1, start, settings);
  }
}

}  // namespace
}  // namespace linear

namespace tasks {

linear::Fit glm_fit(const Chunk& x, const Chunk& y, const Chunk& weights,
                    const linear::Losses& losses, const linear::Settings& settings,
                    const linear::Vector& start) {
  linear::BlockLoss block(x, y, weights, losses);
  return linear::solve(block, losses, settings, start);
}

linear::Fit only_fit(const std::vector<linear::Fit>& parts) { return parts.front(); }

}  // namespace tasks

namespace linear {

Fit fit_losses(const Rows& rows, const Losses& losses, const Settings& settings,
               const Vector& start) {
  if (rows.x.num_chunks() == 1) {
    return reduce_rows<&tasks::glm_fit, &tasks::only_fit>("glm-fit", rows.x, rows.y, rows.weight,
                                                          losses, settings, start);
  }
  if (settings.solver == LinearSolver::admm) {
    return admm(rows, losses, l1_of(losses, settings.l1), start, settings);
  }
  PassLoss passes(rows, losses);
  return solve(passes, losses, settings, start);
}

Vector pseudo_gradient(const Vector& params, const Vector& gradient, const Vector& l1) {
  if (l1.empty()) return gradient;
  Vector result(gradient.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (params[i] != 0) {
      result[i] = gradient[i] + std::copysign(l1[i], params[i]);
    } else {
      result[i] = soft_threshold(gradient[i], l1[i]);
    }
  }
  return result;
}

double penalised(const Sums& sums, const Vector& params, const Vector& l1) {
  double value = sums.loss;
  for (std::size_t i = 0; i < l1.size(); ++i) value += l1[i] * std::abs(params[i]);
  return value;
}

Vector positive(Vector curvature) {
  const double most = largest(curvature);
  const double least = most > 0 ? 1e-12 * most : 1;
  for (double& each : curvature) each = std::isfinite(each) ? std::max(each, least) : 1;
  return curvature;
}

double soft_threshold(double x, double by) {
  return std::copysign(std::max(std::abs(x) - by, 0.0), x);
}

Vector ridge_pull(const Losses& losses, double l2) {
  Vector result(static_cast<std::size_t>(losses.shape.size()), 0.0);
  std::fill_n(result.begin(), losses.shape.coefficients(), l2);
  return result;
}

double rounding_of(double value) {
  return 64 * std::numeric_limits<double>::epsilon() * std::max(std::abs(value), 1e-300);
}

}  // namespace linear
}  // namespace tartan::ml
