#pragma once

// How linear models with losses other than least squares are fitted, and what they are penalised
// with: names that several of them share.

#include <cstdint>
#include <tartan/ml/param_value.hpp>

namespace tartan::ml {

enum class LinearSolver : std::uint8_t {
  lbfgs,             ///< any penalty; the one to use
  newton_cg,         ///< few steps of many passes; no l1
  gradient_descent,  ///< no l1
  proximal_grad,     ///< accelerated, any penalty
  admm,              ///< few passes that do much work each, any penalty
};
template <>
struct EnumNames<LinearSolver> {
  static constexpr std::array values{std::pair{LinearSolver::lbfgs, "lbfgs"},
                                     std::pair{LinearSolver::newton_cg, "newton-cg"},
                                     std::pair{LinearSolver::gradient_descent, "gradient_descent"},
                                     std::pair{LinearSolver::proximal_grad, "proximal_grad"},
                                     std::pair{LinearSolver::admm, "admm"}};
};

enum class Penalty : std::uint8_t { l1, l2, elasticnet };
template <>
struct EnumNames<Penalty> {
  static constexpr std::array values{std::pair{Penalty::l1, "l1"}, std::pair{Penalty::l2, "l2"},
                                     std::pair{Penalty::elasticnet, "elasticnet"}};
};

}  // namespace tartan::ml
