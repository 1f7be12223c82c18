#include <algorithm>
#include <cmath>
#include <ml/svm/svc_model.hpp>

namespace tartan::ml::svm {

double Sigmoid::operator()(double value) const {
  const double z = a * value + b;
  return z >= 0 ? std::exp(-z) / (1 + std::exp(-z)) : 1 / (1 + std::exp(z));
}

namespace {

/// The negative log likelihood of targets t under 1 / (1 + exp(a f + b)), without overflow.
double objective(const std::vector<double>& values, const std::vector<double>& targets, double a,
                 double b) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double z = a * values[i] + b;
    sum += z >= 0 ? targets[i] * z + std::log1p(std::exp(-z))
                  : (targets[i] - 1) * z + std::log1p(std::exp(z));
  }
  return sum;
}

}  // namespace

Sigmoid fit_sigmoid(const std::vector<double>& values, const std::vector<bool>& is_first) {
  constexpr int kMaxIterations = 100;
  constexpr double kRidge = 1e-12;
  constexpr double kGradient = 1e-5;
  constexpr double kSmallestStep = 1e-10;
  const auto positive = static_cast<double>(std::count(is_first.begin(), is_first.end(), true));
  const double negative = static_cast<double>(values.size()) - positive;
  std::vector<double> targets(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    targets[i] = is_first[i] ? (positive + 1) / (positive + 2) : 1 / (negative + 2);
  }
  Sigmoid sigmoid{0, std::log((negative + 1) / (positive + 1))};
  double loss = objective(values, targets, sigmoid.a, sigmoid.b);
  for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
    double h11 = kRidge, h22 = kRidge, h21 = 0, g1 = 0, g2 = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double p = sigmoid(values[i]);
      const double weight = p * (1 - p);
      h11 += values[i] * values[i] * weight;
      h22 += weight;
      h21 += values[i] * weight;
      g1 += values[i] * (targets[i] - p);
      g2 += targets[i] - p;
    }
    if (std::abs(g1) < kGradient && std::abs(g2) < kGradient) break;
    const double determinant = h11 * h22 - h21 * h21;
    const double da = -(h22 * g1 - h21 * g2) / determinant;
    const double db = -(h11 * g2 - h21 * g1) / determinant;
    const double slope = g1 * da + g2 * db;
    double step = 1;
    for (; step >= kSmallestStep; step /= 2) {
      const Sigmoid next{sigmoid.a + step * da, sigmoid.b + step * db};
      const double next_loss = objective(values, targets, next.a, next.b);
      if (next_loss < loss + 1e-4 * step * slope) {
        sigmoid = next;
        loss = next_loss;
        break;
      }
    }
    if (step < kSmallestStep) break;
  }
  return sigmoid;
}

void couple(const double* pair, std::int64_t classes, double* out) {
  const auto n = static_cast<std::size_t>(classes);
  std::vector<double> q(n * n, 0.0);
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t j = 0; j < n; ++j) {
      if (j == t) continue;
      q[t * n + t] += pair[j * n + t] * pair[j * n + t];
      q[t * n + j] = -pair[j * n + t] * pair[t * n + j];
    }
  }
  std::fill_n(out, n, 1.0 / static_cast<double>(n));
  const double enough = 0.005 / static_cast<double>(n);
  std::vector<double> qp(n);
  for (std::size_t round = 0; round < std::max<std::size_t>(100, n); ++round) {
    double pqp = 0;
    for (std::size_t t = 0; t < n; ++t) {
      qp[t] = 0;
      for (std::size_t j = 0; j < n; ++j) qp[t] += q[t * n + j] * out[j];
      pqp += out[t] * qp[t];
    }
    double error = 0;
    for (std::size_t t = 0; t < n; ++t) error = std::max(error, std::abs(qp[t] - pqp));
    if (error < enough) break;
    for (std::size_t t = 0; t < n; ++t) {
      const double change = (pqp - qp[t]) / q[t * n + t];
      out[t] += change;
      pqp = (pqp + change * (change * q[t * n + t] + 2 * qp[t])) / (1 + change) / (1 + change);
      for (std::size_t j = 0; j < n; ++j) {
        qp[j] = (qp[j] + change * q[t * n + j]) / (1 + change);
        out[j] /= 1 + change;
      }
    }
  }
}

}  // namespace tartan::ml::svm
