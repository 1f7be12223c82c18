#include <cmath>
#include <ml/base/pass.hpp>
#include <ml/linear_model/solvers/objective.hpp>

namespace tartan::ml {
namespace tasks {

using linear::Losses;
using linear::Sums;
using linear::Vector;

Sums glm_sums(const Chunk& x, const Chunk& y, const Chunk& weights, const Losses& losses,
              const Vector& params, bool curvature) {
  return linear::BlockLoss(x, y, weights, losses).at(params, curvature);
}

Sums combine_glm_sums(const std::vector<Sums>& parts) {
  Sums total = parts.front();
  for (std::size_t part = 1; part < parts.size(); ++part) {
    const Sums& each = parts[part];
    total.loss += each.loss;
    for (std::size_t i = 0; i < total.gradient.size(); ++i) total.gradient[i] += each.gradient[i];
    for (std::size_t i = 0; i < total.curvature.size(); ++i) {
      total.curvature[i] += each.curvature[i];
    }
  }
  return total;
}

Vector glm_product(const Chunk& x, const Chunk& y, const Chunk& weights, const Losses& losses,
                   const Vector& params, const Vector& direction) {
  return linear::BlockLoss(x, y, weights, losses).product(params, direction);
}

Vector combine_glm_products(const std::vector<Vector>& parts) {
  Vector total = parts.front();
  for (std::size_t part = 1; part < parts.size(); ++part) {
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += parts[part][i];
  }
  return total;
}

}  // namespace tasks

namespace linear {

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const Vector& a) {
  double most = 0;
  for (const double each : a) most = std::max(most, std::abs(each));
  return most;
}

template <class F>
void BlockLoss::with_rows(F&& f) const {
  const auto go = [&]<class T>(const T* x) {
    kernels::GlmRows<T> rows{.x = x, .count = x_.shape[0]};
    if (y_.dtype == DType::int32) {
      rows.code = y_.view<std::int32_t>().data();
    } else {
      rows.target = y_.view<double>().data();
    }
    if (!weights_.data.empty()) rows.weight = weights_.view<double>().data();
    if (!losses_.class_weight.empty()) rows.class_weight = losses_.class_weight.data();
    f(rows);
  };
  if (x_.dtype == DType::float32) {
    go(x_.view<float>().data());
  } else {
    go(x_.view<double>().data());
  }
}

Sums BlockLoss::at(const Vector& params, bool curvature) {
  Sums sums;
  sums.gradient.assign(params.size(), 0.0);
  if (curvature) sums.curvature.assign(params.size(), 0.0);
  with_rows([&](const auto& rows) {
    sums.loss = kernels::glm_gradient(losses_.shape, rows, params.data(), sums.gradient.data(),
                                      curvature ? sums.curvature.data() : nullptr);
  });
  return sums;
}

Vector BlockLoss::product(const Vector& params, const Vector& direction) {
  Vector product(params.size(), 0.0);
  with_rows([&](const auto& rows) {
    kernels::glm_product(losses_.shape, rows, params.data(), direction.data(), product.data());
  });
  return product;
}

Sums PassLoss::at(const Vector& params, bool curvature) {
  return reduce_rows<&tasks::glm_sums, &tasks::combine_glm_sums>(
      "glm-gradient", rows_.x, rows_.y, rows_.weight, losses_, params, curvature);
}

Vector PassLoss::product(const Vector& params, const Vector& direction) {
  return reduce_rows<&tasks::glm_product, &tasks::combine_glm_products>(
      "glm-product", rows_.x, rows_.y, rows_.weight, losses_, params, direction);
}

Sums Objective::at(const Vector& params, bool curvature) {
  Sums sums = losses_.at(params, curvature);
  sums.loss *= scale_;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const double away = params[i] - centre_[i];
    sums.loss += 0.5 * pull_[i] * away * away;
    sums.gradient[i] = scale_ * sums.gradient[i] + pull_[i] * away;
    if (curvature) sums.curvature[i] = scale_ * sums.curvature[i] + pull_[i];
  }
  return sums;
}

Vector Objective::product(const Vector& params, const Vector& direction) {
  Vector product = losses_.product(params, direction);
  for (std::size_t i = 0; i < params.size(); ++i) {
    product[i] = scale_ * product[i] + pull_[i] * direction[i];
  }
  return product;
}

}  // namespace linear
}  // namespace tartan::ml
