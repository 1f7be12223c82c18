#pragma once

// Naive Bayes classifiers: features that are independent within a class. One pass over the data
// (and one for the classes); parts of the rows can be fitted one after the other, and the result
// is that of all at once.

#include <optional>
#include <tartan/ml/any_estimator.hpp>
#include <variant>
#include <vector>

namespace tartan::ml {

/// What the three have in common once they are fitted.
template <class Derived, class Params>
class NaiveBayes : public Estimator<Derived, Params> {
 public:
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;

  /// y: 1-D labels; sample_weight: 1-D or not given.
  Derived& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  /// Goes on with further rows, as if all had been fitted at once. The first call takes the classes
  /// from the options, else from y; later labels must be among them.
  Derived& partial_fit(const Array& x, const Array& y, const PartialFitOptions& options = {});

  Array predict(const Array& x) const;
  /// rows x classes, float64.
  Array predict_proba(const Array& x) const;
  Array predict_log_proba(const Array& x) const;

  /// The labels, sorted; of y's dtype. Throws ValueError before fit, as do all.
  const Chunk& classes() const { return known(classes_); }
  /// Rows of each class, or their weights.
  const xt::xarray<double>& class_count() const { return known(class_count_); }

 protected:
  using Estimator<Derived, Params>::Estimator;
  template <class T>
  const T& known(const T& attribute) const {
    this->require_fitted();
    return attribute;
  }

  Chunk classes_;
  xt::xarray<double> class_count_;
};

struct GaussianNBParams {
  /// Of the classes in their order; they add up to 1. None: as in the data.
  std::optional<std::vector<double>> priors = {};
  /// This part of the largest variance of a feature is added to all variances.
  double var_smoothing = 1e-9;

  static void each(auto& params, auto&& member) {
    member("priors", params.priors);
    member("var_smoothing", params.var_smoothing);
  }
};

/// Features have a normal distribution within each class.
class GaussianNB : public NaiveBayes<GaussianNB, GaussianNBParams> {
 public:
  static constexpr std::string_view kName = "GaussianNB";

  explicit GaussianNB(GaussianNBParams params = {}) : NaiveBayes(std::move(params)) {}
  static void check(const GaussianNBParams& params);

  /// classes x features: means and variances, the latter with epsilon.
  const xt::xarray<double>& theta() const { return known(theta_); }
  const xt::xarray<double>& var() const { return known(var_); }
  const xt::xarray<double>& class_prior() const { return known(class_prior_); }
  /// What was added to the variances.
  double epsilon() const { return known(epsilon_); }

  void fitted(Attributes& io);

 private:
  friend NaiveBayes;
  void learn(const Array& x, const Array& codes, const Array& weight);
  Array joint_log_likelihood(const Array& rows) const;

  xt::xarray<double> theta_, var_, class_prior_;
  double epsilon_ = 0;
};

/// One for all features, or one for each.
using Smoothing = std::variant<double, std::vector<double>>;

struct MultinomialNBParams {
  /// Added to the counts of features; below 1e-10 it is taken for that, unless forced.
  Smoothing alpha = 1.0;
  bool force_alpha = false;
  /// Whether classes count as often as they come; else all are alike.
  bool fit_prior = true;
  std::optional<std::vector<double>> class_prior = {};

  static void each(auto& params, auto&& member) {
    member("alpha", params.alpha);
    member("force_alpha", params.force_alpha);
    member("fit_prior", params.fit_prior);
    member("class_prior", params.class_prior);
  }
};

/// What counts have in common.
template <class Derived, class Params>
class CountNaiveBayes : public NaiveBayes<Derived, Params> {
 public:
  static void check(const Params& params);

  /// classes x features: sums over the rows of each class, and the logarithms of the probabilities.
  const xt::xarray<double>& feature_count() const { return this->known(feature_count_); }
  const xt::xarray<double>& feature_log_prob() const { return this->known(feature_log_prob_); }
  const xt::xarray<double>& class_log_prior() const { return this->known(class_log_prior_); }

  void fitted(Attributes& io);

 protected:
  using NaiveBayes<Derived, Params>::NaiveBayes;
  friend NaiveBayes<Derived, Params>;
  void learn(const Array& x, const Array& codes, const Array& weight);
  std::vector<double> smoothing(std::int64_t features) const;

  xt::xarray<double> feature_count_, feature_log_prob_, class_log_prior_;
};

/// Features are counts, or weights like tf-idf: not negative.
class MultinomialNB : public CountNaiveBayes<MultinomialNB, MultinomialNBParams> {
 public:
  static constexpr std::string_view kName = "MultinomialNB";

  explicit MultinomialNB(MultinomialNBParams params = {}) : CountNaiveBayes(std::move(params)) {}

 private:
  friend NaiveBayes;
  friend CountNaiveBayes;
  Array counted(const Array& rows) const;
  void smooth();
  Array joint_log_likelihood(const Array& rows) const;
};

struct BernoulliNBParams {
  Smoothing alpha = 1.0;
  bool force_alpha = false;
  /// Larger values are 1 and others 0; none: they are already.
  std::optional<double> binarize = 0.0;
  bool fit_prior = true;
  std::optional<std::vector<double>> class_prior = {};

  static void each(auto& params, auto&& member) {
    member("alpha", params.alpha);
    member("force_alpha", params.force_alpha);
    member("binarize", params.binarize);
    member("fit_prior", params.fit_prior);
    member("class_prior", params.class_prior);
  }
};

/// Features are there or not, and their absence counts as well.
class BernoulliNB : public CountNaiveBayes<BernoulliNB, BernoulliNBParams> {
 public:
  static constexpr std::string_view kName = "BernoulliNB";

  explicit BernoulliNB(BernoulliNBParams params = {}) : CountNaiveBayes(std::move(params)) {}

 private:
  friend NaiveBayes;
  friend CountNaiveBayes;
  Array counted(const Array& rows) const;
  void smooth();
  Array joint_log_likelihood(const Array& rows) const;
};

}  // namespace tartan::ml
