#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/class_weight.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/rows.hpp>
#include <ml/base/vectors.hpp>
#include <ml/svm/svc_model.hpp>
#include <tartan/ml/svm.hpp>

namespace tartan::ml {
namespace {

kernels::Gram gram_of(SvmKernel kernel) {
  switch (kernel) {
    case SvmKernel::linear:
      return kernels::Gram::linear;
    case SvmKernel::poly:
      return kernels::Gram::poly;
    case SvmKernel::sigmoid:
      return kernels::Gram::sigmoid;
    case SvmKernel::rbf:
      break;
  }
  return kernels::Gram::rbf;
}

kernels::Matrix<double> matrix(const Chunk& chunk) {
  return {chunk.view<double>().data(), chunk.shape[0], chunk.shape[1]};
}

}  // namespace

namespace tasks {

svm::Model svc_fit(const Chunk& x, const Chunk& codes, const svm::Setting& setting) {
  const auto classes = codes.view<std::int32_t>();
  return svm::train(matrix(x), {classes.begin(), classes.end()}, setting);
}

/// There is one block of rows.
svm::Model svc_only(const std::vector<svm::Model>& models) { return models.at(0); }

/// rows x pairs, positive for the first class of the pair.
Chunk svc_pair_values(const Chunk& x, const svm::Setting& setting, const svm::Model& model) {
  const std::int64_t rows = x.shape[0];
  const auto supports = static_cast<std::int64_t>(model.support.size());
  const auto classes = static_cast<std::int64_t>(model.n_support.size());
  std::vector<double> gram(static_cast<std::size_t>(rows * supports));
  kernels::gram_matrix(setting.form(), matrix(x), {model.vectors.data(), supports, x.shape[1]},
                       gram.data());
  std::vector<std::int64_t> begin{0};
  for (const std::int64_t count : model.n_support) begin.push_back(begin.back() + count);
  const std::int64_t pairs = classes * (classes - 1) / 2;
  MutableChunk result(DType::float64, {rows, pairs});
  double* out = result.view<double>().data();
  for (std::int64_t row = 0; row < rows; ++row) {
    const double* values = gram.data() + row * supports;
    std::size_t pair = 0;
    for (std::int64_t i = 0; i < classes; ++i) {
      for (std::int64_t j = i + 1; j < classes; ++j, ++pair) {
        double sum = -model.rho[pair];
        const double* of_i = model.coef.data() + (j - 1) * supports;
        const double* of_j = model.coef.data() + i * supports;
        for (auto s = begin[static_cast<std::size_t>(i)];
             s < begin[static_cast<std::size_t>(i) + 1]; ++s) {
          sum += of_i[s] * values[s];
        }
        for (auto s = begin[static_cast<std::size_t>(j)];
             s < begin[static_cast<std::size_t>(j) + 1]; ++s) {
          sum += of_j[s] * values[s];
        }
        *out++ = sum;
      }
    }
  }
  return std::move(result).freeze();
}

/// The class most pairs vote for, the first of those with equal votes.
Chunk svc_votes(const Chunk& pair_values, std::int64_t classes) {
  const std::int64_t rows = pair_values.shape[0];
  MutableChunk result(DType::int32, {rows});
  const double* value = pair_values.view<double>().data();
  std::vector<int> votes(static_cast<std::size_t>(classes));
  for (std::int32_t& code : result.view<std::int32_t>()) {
    std::fill(votes.begin(), votes.end(), 0);
    for (std::int64_t i = 0; i < classes; ++i) {
      for (std::int64_t j = i + 1; j < classes; ++j) {
        ++votes[static_cast<std::size_t>(*value++ > 0 ? i : j)];
      }
    }
    code = static_cast<std::int32_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
  }
  return std::move(result).freeze();
}

/// One against the rest from one against one: votes, and a part of a vote by confidence.
Chunk svc_one_vs_rest(const Chunk& pair_values, std::int64_t classes) {
  const std::int64_t rows = pair_values.shape[0];
  MutableChunk result(DType::float64, {rows, classes});
  const double* value = pair_values.view<double>().data();
  double* out = result.view<double>().data();
  std::vector<double> sums(static_cast<std::size_t>(classes));
  for (std::int64_t row = 0; row < rows; ++row, out += classes) {
    std::fill_n(out, classes, 0.0);
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::int64_t i = 0; i < classes; ++i) {
      for (std::int64_t j = i + 1; j < classes; ++j, ++value) {
        sums[static_cast<std::size_t>(i)] += *value;
        sums[static_cast<std::size_t>(j)] -= *value;
        out[*value < 0 ? j : i] += 1;
      }
    }
    for (std::int64_t k = 0; k < classes; ++k) {
      const double sum = sums[static_cast<std::size_t>(k)];
      out[k] += sum / (3 * (std::abs(sum) + 1));
    }
  }
  return std::move(result).freeze();
}

Chunk svc_probabilities(const Chunk& pair_values, std::int64_t classes,
                        const std::vector<double>& a, const std::vector<double>& b) {
  constexpr double kLeast = 1e-7;
  const std::int64_t rows = pair_values.shape[0];
  MutableChunk result(DType::float64, {rows, classes});
  const double* value = pair_values.view<double>().data();
  double* out = result.view<double>().data();
  const auto n = static_cast<std::size_t>(classes);
  std::vector<double> pairwise(n * n);
  for (std::int64_t row = 0; row < rows; ++row, out += classes) {
    std::size_t pair = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j, ++pair) {
        const double p = std::clamp(svm::Sigmoid{a[pair], b[pair]}(*value++), kLeast, 1 - kLeast);
        pairwise[i * n + j] = p;
        pairwise[j * n + i] = 1 - p;
      }
    }
    if (n == 2) {
      out[0] = pairwise[1];
      out[1] = pairwise[2];
    } else {
      svm::couple(pairwise.data(), classes, out);
    }
  }
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

svm::Setting setting_of(const SVCParams& params) {
  svm::Setting setting;
  setting.kernel = gram_of(params.kernel);
  if (const auto* gamma = std::get_if<double>(&params.gamma)) {
    setting.gamma = *gamma;
  } else {
    setting.gamma_rule = std::get<SvmGamma>(params.gamma) == SvmGamma::scale ? 1 : 2;
  }
  setting.coef0 = params.coef0;
  setting.degree = params.degree;
  setting.c = params.C;
  setting.tol = params.tol;
  setting.cache_mb = params.cache_size;
  setting.shrinking = params.shrinking;
  setting.probability = params.probability;
  setting.seed = params.random_state;
  return setting;
}

}  // namespace

void SVC::check(const SVCParams& params) {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw ValueError(message);
  };
  require(params.C > 0, fmt::format("SVC: C is {}, but must be positive", params.C));
  require(params.tol > 0, fmt::format("SVC: tol is {}, but must be positive", params.tol));
  require(params.degree >= 0,
          fmt::format("SVC: degree is {}, but must not be negative", params.degree));
  require(params.cache_size > 0,
          fmt::format("SVC: cache_size is {}, but must be positive", params.cache_size));
  if (const auto* gamma = std::get_if<double>(&params.gamma)) {
    require(*gamma >= 0, fmt::format("SVC: gamma is {}, but must not be negative", *gamma));
  }
}

SVC& SVC::fit(const Array& x, const Array& y) {
  const Rows rows = fit_rows(x, y, {}, kName);
  const Classes classes = encode_classes(rows.y, kName);
  svm::Setting setting = setting_of(params_);
  setting.class_weight = class_weights(params_.class_weight, classes, kName);
  setting.class_weight.resize(static_cast<std::size_t>(classes.count()), 1.0);
  const Array whole = rows.x.astype(DType::float64).rechunk({-1, -1});
  auto model = reduce_rows<&tasks::svc_fit, &tasks::svc_only>(
      PassOptions("svc-fit", rows.count * rows.features * 8 + kSmallResult,
                  svm::train_bytes(rows.count, rows.features, setting)),
      whole, classes.codes.rechunk({-1}), setting);
  const auto supports = model.support.size();
  classes_ = classes.values;
  gamma_ = model.gamma;
  support_ = xt::xarray<std::int64_t>::from_shape({supports});
  std::copy(model.support.begin(), model.support.end(), support_.begin());
  n_support_ = xt::xarray<std::int64_t>::from_shape({model.n_support.size()});
  std::copy(model.n_support.begin(), model.n_support.end(), n_support_.begin());
  support_vectors_ = as_xarray(model.vectors, supports, static_cast<std::size_t>(rows.features));
  // scikit-learn turns the signs of two classes, so that positive means the second one.
  const double sign = classes.count() == 2 ? -1 : 1;
  dual_coef_ = sign * as_xarray(model.coef, model.n_support.size() - 1, supports);
  intercept_ = as_xarray(model.rho) * -sign;
  prob_a_ = std::move(model.prob_a);
  prob_b_ = std::move(model.prob_b);
  n_features_in_ = rows.features;
  return *this;
}

Array SVC::pair_values(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_).astype(DType::float64);
  const double sign = classes_.size() == 2 ? -1 : 1;
  svm::Setting setting = setting_of(params_);
  setting.gamma = gamma_;
  svm::Model model;
  model.support.assign(support_.begin(), support_.end());
  model.n_support.assign(n_support_.begin(), n_support_.end());
  model.vectors = as_vector(support_vectors_);
  model.coef = as_vector(dual_coef_);
  for (double& each : model.coef) each *= sign;
  model.rho = as_vector(intercept_);
  for (double& each : model.rho) each *= -sign;
  const std::int64_t pairs = classes_.size() * (classes_.size() - 1) / 2;
  return map_rows<&tasks::svc_pair_values>("svc-decide", rows, pairs, DType::float64, setting,
                                           model);
}

Array SVC::predict(const Array& x) const {
  const Array codes = map_rows<&tasks::svc_votes>("svc-vote", pair_values(x), std::nullopt,
                                                  DType::int32, classes_.size());
  return decode_classes(classes_, codes);
}

Array SVC::decision_function(const Array& x) const {
  const Array values = pair_values(x);
  if (classes_.size() == 2) return negative(squeeze(values, 1));
  if (params_.decision_function_shape == DecisionShape::ovo) return values;
  return map_rows<&tasks::svc_one_vs_rest>("svc-one-vs-rest", values, classes_.size(),
                                           DType::float64, classes_.size());
}

Array SVC::predict_proba(const Array& x) const {
  require_fitted();
  if (prob_a_.empty()) {
    throw ValueError("SVC: predict_proba needs a model that was fitted with probability = true");
  }
  return map_rows<&tasks::svc_probabilities>("svc-probability", pair_values(x), classes_.size(),
                                             DType::float64, classes_.size(), prob_a_, prob_b_);
}

const Chunk& SVC::classes() const {
  require_fitted();
  return classes_;
}
const xt::xarray<std::int64_t>& SVC::support() const {
  require_fitted();
  return support_;
}
const xt::xarray<double>& SVC::support_vectors() const {
  require_fitted();
  return support_vectors_;
}
const xt::xarray<std::int64_t>& SVC::n_support() const {
  require_fitted();
  return n_support_;
}
const xt::xarray<double>& SVC::dual_coef() const {
  require_fitted();
  return dual_coef_;
}
const xt::xarray<double>& SVC::intercept() const {
  require_fitted();
  return intercept_;
}

void SVC::fitted(Attributes& io) {
  io("classes", classes_);
  io("support", support_);
  io("n_support", n_support_);
  io("support_vectors", support_vectors_);
  io("dual_coef", dual_coef_);
  io("intercept", intercept_);
  io("gamma", gamma_);
  io("probA", prob_a_);
  io("probB", prob_b_);
}

}  // namespace tartan::ml
