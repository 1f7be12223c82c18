#pragma once

// What a task is told to fit a support vector classifier, and what it gives back.

#include <cstdint>
#include <ml/base/partial.hpp>
#include <ml/kernels/gram.hpp>
#include <tartan/array/chunk.hpp>
#include <vector>

namespace tartan::ml::svm {

struct Setting {
  kernels::Gram kernel = kernels::Gram::rbf;
  double gamma = 0;            ///< as a number; see gamma_rule
  std::int8_t gamma_rule = 0;  ///< 0: gamma, 1: "scale", 2: "auto"
  double coef0 = 0;
  std::int64_t degree = 3;
  double c = 1;
  double tol = 1e-3;
  double cache_mb = 200;
  bool shrinking = true;
  bool probability = false;
  std::uint64_t seed = 0;
  std::vector<double> class_weight;  ///< one per class

  static constexpr std::string_view kCodec = "tartan::ml::svm::Setting";
  static void fields(auto& self, auto&& field) {
    field(self.kernel, self.gamma, self.gamma_rule, self.coef0, self.degree, self.c, self.tol,
          self.cache_mb, self.shrinking, self.probability, self.seed, self.class_weight);
  }
  kernels::GramForm form() const { return {kernel, gamma, coef0, degree}; }
};

/// Signs are LIBSVM's: the decision value of a pair is positive for its first class.
struct Model {
  double gamma = 0;
  std::vector<std::int64_t> support;    ///< rows, by class
  std::vector<std::int64_t> n_support;  ///< per class
  std::vector<double> vectors;          ///< support x features
  std::vector<double> coef;             ///< (classes - 1) x support
  std::vector<double> rho;              ///< per pair
  std::vector<double> prob_a, prob_b;   ///< per pair, when wanted

  static constexpr std::string_view kCodec = "tartan::ml::svm::Model";
  static void fields(auto& self, auto&& field) {
    field(self.gamma, self.support, self.n_support, self.vectors, self.coef, self.rho, self.prob_a,
          self.prob_b);
  }
};

/// x: rows x features as double, row-major; codes: classes as 0, 1, ... Deterministic.
Model train(kernels::Matrix<double> x, const std::vector<std::int32_t>& codes, Setting setting);
/// A bound on the temporary memory of train().
std::int64_t train_bytes(std::int64_t rows, std::int64_t features, const Setting& setting);

/// A and B of P(first class) = 1 / (1 + exp(A value + B)): Platt's sigmoid by the stable iteration
/// of Lin, Lin and Weng, A note on Platt's probabilistic outputs, Machine Learning 2007.
struct Sigmoid {
  double a = 0;
  double b = 0;
  double operator()(double value) const;
};
Sigmoid fit_sigmoid(const std::vector<double>& values, const std::vector<bool>& is_first);

/// Probabilities of the classes from those of the pairs, pair[i * classes + j] = P(i | i or j): the
/// second method of Wu, Lin and Weng, JMLR 2004. out has `classes` entries.
void couple(const double* pair, std::int64_t classes, double* out);

}  // namespace tartan::ml::svm
