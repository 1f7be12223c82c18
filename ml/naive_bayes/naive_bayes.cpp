#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/rows.hpp>
#include <ml/base/vectors.hpp>
#include <ml/naive_bayes/class_sums.hpp>
#include <numbers>
#include <numeric>
#include <tartan/array.hpp>
#include <tartan/ml/naive_bayes.hpp>
#include <xtensor/xmath.hpp>

namespace tartan::ml {
namespace {

/// scikit-learn's smallest alpha.
constexpr double kLeastAlpha = 1e-10;

/// Codes of labels among classes that are known already.
Array known_codes(const Chunk& classes, const Array& y, std::string_view estimator) {
  const Classes here = encode_classes(y, estimator, 1);
  const Array strangers = setdiff1d(Array(here.values), Array(classes));
  if (strangers.size() > 0) {
    throw ValueError(fmt::format(
        "{}: y holds {} labels that are not among the classes of the first "
        "partial_fit, the first of them {}",
        estimator, strangers.size(), strangers[0].astype(DType::float64).item<double>()));
  }
  return searchsorted(Array(classes), y).astype(DType::int32);
}

std::vector<double> logs(const std::vector<double>& values) {
  std::vector<double> result(values.size());
  std::ranges::transform(values, result.begin(), [](double value) { return std::log(value); });
  return result;
}

void check_priors(const std::vector<double>& priors, std::size_t classes,
                  std::string_view estimator) {
  if (priors.size() == classes) return;
  throw ValueError(
      fmt::format("{}: there are {} priors and {} classes", estimator, priors.size(), classes));
}

/// rows @ weights' + base, lazily: rows x classes, float64.
Array linear_log_likelihood(const Array& rows, const xt::xarray<double>& weights,
                            const xt::xarray<double>& base) {
  return matmul(rows.astype(DType::float64), from_xtensor(weights).T()) + from_xtensor(base);
}

}  // namespace

// ---- what all have in common --------------------------------------------------------------------

template <class Derived, class Params>
Derived& NaiveBayes<Derived, Params>::fit(const Array& x, const Array& y,
                                          const Array& sample_weight) {
  auto& self = static_cast<Derived&>(*this);
  Derived fresh(this->params_);
  fresh.partial_fit(x, y, {.classes = {}, .sample_weight = sample_weight});
  self = std::move(fresh);
  return self;
}

template <class Derived, class Params>
Derived& NaiveBayes<Derived, Params>::partial_fit(const Array& x, const Array& y,
                                                  const PartialFitOptions& options) {
  auto& self = static_cast<Derived&>(*this);
  if (!y.valid()) throw ValueError(fmt::format("{}: there is no y", Derived::kName));
  const Rows rows = fit_rows(x, y, options.sample_weight, Derived::kName, {.many_passes = false});
  Derived next = self;
  Array codes;
  if (this->is_fitted()) {
    static_cast<void>(as_rows(x, Derived::kName, this->n_features_in_));
    codes = known_codes(classes_, rows.y, Derived::kName);
  } else if (options.classes.valid()) {
    next.classes_ = encode_classes(options.classes, Derived::kName, 1).values;
    codes = known_codes(next.classes_, rows.y, Derived::kName);
  } else {
    Classes classes = encode_classes(rows.y, Derived::kName, 1);
    next.classes_ = classes.values;
    codes = classes.codes;
  }
  next.n_features_in_ = rows.features;
  next.learn(rows.x, codes, rows.weight);
  self = std::move(next);
  return self;
}

template <class Derived, class Params>
Array NaiveBayes<Derived, Params>::predict_log_proba(const Array& x) const {
  this->require_fitted();
  const Array rows = as_rows(x, Derived::kName, this->n_features_in_);
  return naive_bayes::normalize_log(static_cast<const Derived&>(*this).joint_log_likelihood(rows));
}

template <class Derived, class Params>
Array NaiveBayes<Derived, Params>::predict_proba(const Array& x) const {
  return exp(predict_log_proba(x));
}

template <class Derived, class Params>
Array NaiveBayes<Derived, Params>::predict(const Array& x) const {
  this->require_fitted();
  const Array rows = as_rows(x, Derived::kName, this->n_features_in_);
  return decode_classes(classes_,
                        argmax(static_cast<const Derived&>(*this).joint_log_likelihood(rows), 1));
}

// ---- normal features ----------------------------------------------------------------------------

void GaussianNB::check(const GaussianNBParams& params) {
  if (!(params.var_smoothing >= 0)) {
    throw ValueError(fmt::format("GaussianNB: var_smoothing is {}, but must not be negative",
                                 params.var_smoothing));
  }
  if (!params.priors) return;
  const auto& priors = *params.priors;
  const double sum = std::accumulate(priors.begin(), priors.end(), 0.0);
  if (std::abs(sum - 1) > 1e-8) {
    throw ValueError(fmt::format("GaussianNB: the priors add up to {}, but must to 1", sum));
  }
  if (std::ranges::any_of(priors, [](double prior) { return prior < 0; })) {
    throw ValueError("GaussianNB: priors must not be negative");
  }
}

void GaussianNB::learn(const Array& x, const Array& codes, const Array& weight) {
  const auto classes = static_cast<std::size_t>(classes_.shape[0]);
  const auto d = static_cast<std::size_t>(n_features_in_);
  if (params_.priors) check_priors(*params_.priors, classes, kName);
  ClassMoments found =
      naive_bayes::class_moments(x, codes, weight, static_cast<std::int64_t>(classes));
  if (class_count_.size() > 0) {
    for (std::size_t k = 0; k < classes; ++k) {
      Moments before;
      for (std::size_t j = 0; j < d; ++j) {
        before.count.push_back(class_count_(k));
        before.mean.push_back(theta_(k, j));
        before.m2.push_back((var_(k, j) - epsilon_) * class_count_(k));
      }
      if (found.count[k] > 0) merge(before, found.of_class[k]);
      found.of_class[k] = std::move(before);
      found.count[k] += class_count_(k);
    }
  }
  const std::vector<double> variances = found.all.variance();
  epsilon_ = params_.var_smoothing * *std::ranges::max_element(variances);
  class_count_ = as_xarray(found.count);
  theta_ = xt::xarray<double>::from_shape({classes, d});
  var_ = theta_;
  for (std::size_t k = 0; k < classes; ++k) {
    const Moments& moments = found.of_class[k];
    const std::vector<double> of_class = moments.variance();
    for (std::size_t j = 0; j < d; ++j) {
      theta_(k, j) = moments.mean.empty() ? 0.0 : moments.mean[j];
      var_(k, j) = (of_class.empty() ? 0.0 : of_class[j]) + epsilon_;
    }
  }
  class_prior_ = params_.priors ? as_xarray(*params_.priors)
                                : xt::xarray<double>(class_count_ / xt::sum(class_count_)());
}

Array GaussianNB::joint_log_likelihood(const Array& rows) const {
  std::vector<double> base;
  for (std::size_t k = 0; k < class_prior_.size(); ++k) {
    double sum = std::log(class_prior_(k));
    for (std::size_t j = 0; j < var_.shape(1); ++j) {
      sum -= 0.5 * std::log(2 * std::numbers::pi * var_(k, j));
    }
    base.push_back(sum);
  }
  return naive_bayes::normal_log_likelihood(rows, base, as_vector(theta_), as_vector(var_));
}

void GaussianNB::fitted(Attributes& io) {
  io("classes", classes_);
  io("class_count", class_count_);
  io("class_prior", class_prior_);
  io("theta", theta_);
  io("var", var_);
  io("epsilon", epsilon_);
}

// ---- counts -------------------------------------------------------------------------------------

template <class Derived, class Params>
void CountNaiveBayes<Derived, Params>::check(const Params& params) {
  const auto check_alpha = [](double alpha) {
    if (alpha >= 0) return;
    throw ValueError(
        fmt::format("{}: alpha is {}, but must not be negative", Derived::kName, alpha));
  };
  if (const auto* one = std::get_if<double>(&params.alpha)) return check_alpha(*one);
  std::ranges::for_each(std::get<std::vector<double>>(params.alpha), check_alpha);
}

template <class Derived, class Params>
std::vector<double> CountNaiveBayes<Derived, Params>::smoothing(std::int64_t features) const {
  const auto count = static_cast<std::size_t>(features);
  std::vector<double> alpha;
  if (const auto* one = std::get_if<double>(&this->params_.alpha)) {
    alpha.assign(count, *one);
  } else {
    alpha = std::get<std::vector<double>>(this->params_.alpha);
  }
  if (alpha.size() != count) {
    throw ValueError(fmt::format("{}: alpha has {} values, but x has {} features", Derived::kName,
                                 alpha.size(), count));
  }
  if (!this->params_.force_alpha) {
    for (double& each : alpha) each = std::max(each, kLeastAlpha);
  }
  return alpha;
}

template <class Derived, class Params>
void CountNaiveBayes<Derived, Params>::learn(const Array& x, const Array& codes,
                                             const Array& weight) {
  auto& self = static_cast<Derived&>(*this);
  const auto classes = static_cast<std::size_t>(this->classes_.shape[0]);
  const auto d = static_cast<std::size_t>(this->n_features_in_);
  const auto& prior = this->params_.class_prior;
  if (prior) check_priors(*prior, classes, Derived::kName);
  const ClassSums sums =
      naive_bayes::class_sums(self.counted(x), codes, weight, static_cast<std::int64_t>(classes));
  if (sums.least < 0) {
    throw ValueError(
        fmt::format("{}: x holds negative values, the least of them {}; counts are "
                    "not negative",
                    Derived::kName, sums.least));
  }
  const bool goes_on = this->class_count_.size() > 0;
  xt::xarray<double> count = as_xarray(sums.count);
  xt::xarray<double> features = as_xarray(sums.sum, classes, d);
  this->class_count_ = goes_on ? xt::xarray<double>(this->class_count_ + count) : count;
  feature_count_ = goes_on ? xt::xarray<double>(feature_count_ + features) : features;
  if (prior) {
    class_log_prior_ = as_xarray(logs(*prior));
  } else if (this->params_.fit_prior) {
    class_log_prior_ = xt::log(this->class_count_) - std::log(xt::sum(this->class_count_)());
  } else {
    class_log_prior_ =
        as_xarray(std::vector<double>(classes, -std::log(static_cast<double>(classes))));
  }
  self.smooth();
}

template <class Derived, class Params>
void CountNaiveBayes<Derived, Params>::fitted(Attributes& io) {
  io("classes", this->classes_);
  io("class_count", this->class_count_);
  io("feature_count", feature_count_);
  io("feature_log_prob", feature_log_prob_);
  io("class_log_prior", class_log_prior_);
}

Array MultinomialNB::counted(const Array& rows) const { return rows; }

void MultinomialNB::smooth() {
  const std::vector<double> alpha = smoothing(n_features_in_);
  feature_log_prob_ = feature_count_;
  for (std::size_t k = 0; k < feature_count_.shape(0); ++k) {
    double total = 0;
    for (std::size_t j = 0; j < alpha.size(); ++j) total += feature_count_(k, j) + alpha[j];
    for (std::size_t j = 0; j < alpha.size(); ++j) {
      feature_log_prob_(k, j) = std::log(feature_count_(k, j) + alpha[j]) - std::log(total);
    }
  }
}

Array MultinomialNB::joint_log_likelihood(const Array& rows) const {
  return linear_log_likelihood(rows, feature_log_prob_, class_log_prior_);
}

Array BernoulliNB::counted(const Array& rows) const {
  if (!params_.binarize) return rows;
  return (rows > *params_.binarize).astype(rows.dtype());
}

void BernoulliNB::smooth() {
  const std::vector<double> alpha = smoothing(n_features_in_);
  feature_log_prob_ = feature_count_;
  for (std::size_t k = 0; k < feature_count_.shape(0); ++k) {
    for (std::size_t j = 0; j < alpha.size(); ++j) {
      feature_log_prob_(k, j) =
          std::log(feature_count_(k, j) + alpha[j]) - std::log(class_count_(k) + 2 * alpha[j]);
    }
  }
}

Array BernoulliNB::joint_log_likelihood(const Array& rows) const {
  const xt::xarray<double> absent = xt::log(1 - xt::exp(feature_log_prob_));
  const xt::xarray<double> weights = feature_log_prob_ - absent;
  const xt::xarray<double> base = class_log_prior_ + xt::sum(absent, {1});
  return linear_log_likelihood(counted(rows), weights, base);
}

template class NaiveBayes<GaussianNB, GaussianNBParams>;
template class NaiveBayes<MultinomialNB, MultinomialNBParams>;
template class NaiveBayes<BernoulliNB, BernoulliNBParams>;
template class CountNaiveBayes<MultinomialNB, MultinomialNBParams>;
template class CountNaiveBayes<BernoulliNB, BernoulliNBParams>;

}  // namespace tartan::ml
