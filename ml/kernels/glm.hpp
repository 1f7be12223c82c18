#pragma once

// Sums over a block of rows that the fit of a generalised linear model asks for: the loss, its
// gradient, its curvature along the axes, and the product of its Hessian with a vector. The block
// is walked in tiles of rows that stay in the cache from the linear predictor to the gradient, so
// memory is read once. Elements are float32 or float64, all sums are in float64.
//
// Parameters are flat: outputs x features coefficients in C order, then, with an intercept, one per
// output.

#include <cstdint>

namespace tartan::ml::kernels {

enum class GlmLoss : std::uint8_t {
  logistic,  ///< log(1 + exp(-s eta)), s = 1 for code 1 and -1 for code 0
  softmax,   ///< -log of the softmax of the outputs at the code
  squared,   ///< (eta - y)² / 2
  tweedie,   ///< half the deviance of that power under a log link, less what depends on y alone
};

struct GlmShape {
  GlmLoss loss = GlmLoss::squared;
  double power = 0;  ///< of tweedie: 1 Poisson, 2 gamma
  std::int64_t features = 0;
  std::int64_t outputs = 1;
  bool intercept = true;

  std::int64_t coefficients() const { return outputs * features; }
  std::int64_t size() const { return coefficients() + (intercept ? outputs : 0); }
};

template <class T>
struct GlmRows {
  const T* x = nullptr;
  std::int64_t count = 0;
  const double* target = nullptr;        ///< of squared and tweedie
  const std::int32_t* code = nullptr;    ///< of logistic and softmax
  const double* weight = nullptr;        ///< null: 1 each
  const double* class_weight = nullptr;  ///< by code; null: 1 each
};

/// Adds the weighted gradient at the parameters, and, unless it is null, the diagonal of the
/// Hessian. Returns the loss.
template <class T>
double glm_gradient(const GlmShape& shape, const GlmRows<T>& rows, const double* params,
                    double* gradient, double* curvature);
/// Adds the Hessian at the parameters times the direction.
template <class T>
void glm_product(const GlmShape& shape, const GlmRows<T>& rows, const double* params,
                 const double* direction, double* product);

}  // namespace tartan::ml::kernels
