#pragma once

// Solvers for a smooth objective with an l1 penalty beside it. All of them keep vectors of the size
// of the parameters here and see the data in passes; where there is one block of rows the whole
// fit is one task. They stop when the largest element of the gradient (where parameters are 0 under
// an l1 penalty: of what the penalty leaves of it) is at most tol, after max_iter iterations, or
// when the objective does not decrease any more in float64.
//
// Variables are scaled by the curvature at the start, so that features in different units do not
// cost iterations.

#include <ml/linear_model/solvers/objective.hpp>
#include <tartan/ml/linear_model/solver.hpp>

namespace tartan::ml::linear {

/// sum of losses * scale + l2 |coef|² / 2 + l1 |coef|_1; intercepts are free.
struct Settings {
  LinearSolver solver = LinearSolver::lbfgs;
  double scale = 1;
  double l1 = 0;
  double l2 = 0;
  double tol = 1e-4;
  std::int64_t max_iter = 100;

  static constexpr std::string_view kCodec = "tartan::ml::linear::Settings";
  static void fields(auto& self, auto&& field) {
    field(self.solver, self.scale, self.l1, self.l2, self.tol, self.max_iter);
  }
};

struct Fit {
  Vector params;
  std::int64_t n_iter = 0;

  static constexpr std::string_view kCodec = "tartan::ml::linear::Fit";
  static void fields(auto& self, auto&& field) { field(self.params, self.n_iter); }
};

/// Fits the rows from these parameters. Computes. rows.y holds codes (int32) or targets (float64).
Fit fit_losses(const Rows& rows, const Losses& losses, const Settings& settings,
               const Vector& start);

// The solvers. l1 has an entry per parameter, or none when there is no such penalty.

/// L-BFGS with a strong Wolfe line search (Nocedal, Wright, Numerical Optimization, 7.2 and 3.5);
/// with l1 OWL-QN (Andrew, Gao, ICML 2007).
Fit lbfgs(Objective& objective, const Vector& l1, Vector start, const Settings& settings);
/// Newton's method, every step by conjugate gradients on products with the Hessian, as
/// scikit-learn's newton-cg.
Fit newton_cg(Objective& objective, Vector start, const Settings& settings);
/// Steps along the (proximal) gradient with backtracking; accelerated, FISTA (Beck, Teboulle 2009)
/// that starts anew when it overshoots (O'Donoghue, Candès 2015).
Fit first_order(Objective& objective, const Vector& l1, Vector start, const Settings& settings,
                bool accelerated);
/// Consensus ADMM (Boyd et al. 2011, 7.1): every block fits its own rows near what all agree on.
Fit admm(const Rows& rows, const Losses& losses, const Vector& l1, Vector start,
         const Settings& settings);

/// What the solvers share.

/// The gradient of objective + l1 |w| where it exists, else the subgradient nearest to 0.
Vector pseudo_gradient(const Vector& params, const Vector& gradient, const Vector& l1);
/// The value with the l1 penalty.
double penalised(const Sums& sums, const Vector& params, const Vector& l1);
/// Curvatures fit to divide by: features that are constant 0 have none.
Vector positive(Vector curvature);
/// x moved towards 0 by at most `by`.
double soft_threshold(double x, double by);
/// The pull of the l2 penalty on every parameter.
Vector ridge_pull(const Losses& losses, double l2);

/// What rounding leaves uncertain of an objective of this size.
double rounding_of(double value);

}  // namespace tartan::ml::linear
