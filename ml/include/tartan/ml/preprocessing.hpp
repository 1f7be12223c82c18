#pragma once

// Transformers of features. Each learns from x in one pass or none and is applied lazily: arrays
// in, arrays out, in the chunks of x's rows. float32 stays float32, other dtypes become float64.

#include <optional>
#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/encoders.hpp>
#include <variant>
#include <vector>

namespace tartan::ml {

struct StandardScalerParams {
  bool with_mean = true;
  bool with_std = true;

  static void each(auto& params, auto&& member) {
    member("with_mean", params.with_mean);
    member("with_std", params.with_std);
  }
};

/// (x - mean) / standard deviation of every feature, the population's (divisor n). Features that
/// are constant are divided by 1. NaN stays NaN and counts for nothing.
class StandardScaler : public Estimator<StandardScaler, StandardScalerParams> {
 public:
  static constexpr std::string_view kName = "StandardScaler";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit StandardScaler(StandardScalerParams params = {}) : Estimator(params) {}

  /// x: rows x features; sample_weight: 1-D or not given. Computes, in one pass.
  StandardScaler& fit(const Array& x, const Array& sample_weight = {});
  /// Goes on with further rows, as if all had been fitted at once.
  StandardScaler& partial_fit(const Array& x, const Array& sample_weight = {});
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// Per feature; throw ValueError before fit.
  const xt::xarray<double>& mean() const;
  const xt::xarray<double>& var() const;
  /// What x is divided by: sqrt(var), or 1 for constant features.
  const xt::xarray<double>& scale() const;
  /// Rows (or their weights) that were not NaN.
  const xt::xarray<double>& n_samples_seen() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<double> mean_, var_, scale_, n_samples_seen_;
};

struct MinMaxScalerParams {
  std::pair<double, double> feature_range = {0.0, 1.0};
  /// Whether values outside what was fitted are cut to the range.
  bool clip = false;

  static void each(auto& params, auto&& member) {
    member("feature_range", params.feature_range);
    member("clip", params.clip);
  }
};

/// Every feature moved and stretched so that what was fitted fills the range. NaN stays NaN and
/// counts for nothing.
class MinMaxScaler : public Estimator<MinMaxScaler, MinMaxScalerParams> {
 public:
  static constexpr std::string_view kName = "MinMaxScaler";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit MinMaxScaler(MinMaxScalerParams params = {}) : Estimator(std::move(params)) {}
  static void check(const MinMaxScalerParams& params);

  MinMaxScaler& fit(const Array& x);
  /// Goes on with further rows, as if all had been fitted at once.
  MinMaxScaler& partial_fit(const Array& x);
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// Per feature; throw ValueError before fit. x * scale + min is the transformed x.
  const xt::xarray<double>& min() const { return known(min_); }
  const xt::xarray<double>& scale() const { return known(scale_); }
  const xt::xarray<double>& data_min() const { return known(data_min_); }
  const xt::xarray<double>& data_max() const { return known(data_max_); }
  const xt::xarray<double>& data_range() const { return known(data_range_); }
  std::int64_t n_samples_seen() const { return known(n_samples_seen_); }

  void fitted(Attributes& io);

 private:
  template <class T>
  const T& known(const T& attribute) const {
    require_fitted();
    return attribute;
  }

  xt::xarray<double> min_, scale_, data_min_, data_max_, data_range_;
  std::int64_t n_samples_seen_ = 0;
};

struct MaxAbsScalerParams {
  static void each(auto&, auto&&) {}
};

/// Every feature divided by the largest size of its values. NaN stays NaN and counts for nothing.
class MaxAbsScaler : public Estimator<MaxAbsScaler, MaxAbsScalerParams> {
 public:
  static constexpr std::string_view kName = "MaxAbsScaler";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit MaxAbsScaler(MaxAbsScalerParams params = {}) : Estimator(params) {}

  MaxAbsScaler& fit(const Array& x);
  MaxAbsScaler& partial_fit(const Array& x);
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  const xt::xarray<double>& max_abs() const;
  /// The same, or 1 where that is 0.
  const xt::xarray<double>& scale() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<double> max_abs_, scale_;
  std::int64_t n_samples_seen_ = 0;
};

struct RobustScalerParams {
  bool with_centering = true;
  bool with_scaling = true;
  /// In percent.
  std::pair<double, double> quantile_range = {25.0, 75.0};
  /// Whether the range is taken for that of a normal distribution, whose variance becomes 1.
  bool unit_variance = false;

  static void each(auto& params, auto&& member) {
    member("with_centering", params.with_centering);
    member("with_scaling", params.with_scaling);
    member("quantile_range", params.quantile_range);
    member("unit_variance", params.unit_variance);
  }
};

/// (x - median) / range between two quantiles of every feature; exact quantiles, found where the
/// data lies. NaN stays NaN and counts for nothing.
class RobustScaler : public Estimator<RobustScaler, RobustScalerParams> {
 public:
  static constexpr std::string_view kName = "RobustScaler";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit RobustScaler(RobustScalerParams params = {}) : Estimator(std::move(params)) {}
  static void check(const RobustScalerParams& params);

  RobustScaler& fit(const Array& x);
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// None without centering or scaling; throw ValueError before fit.
  const std::optional<xt::xarray<double>>& center() const;
  const std::optional<xt::xarray<double>>& scale() const;

  void fitted(Attributes& io);

 private:
  std::optional<xt::xarray<double>> center_, scale_;
};

enum class OutputDistribution : std::uint8_t { uniform, normal };
template <>
struct EnumNames<OutputDistribution> {
  static constexpr std::array values{std::pair{OutputDistribution::uniform, "uniform"},
                                     std::pair{OutputDistribution::normal, "normal"}};
};

struct QuantileTransformerParams {
  /// At most as many as there are rows are used.
  std::int64_t n_quantiles = 1000;
  OutputDistribution output_distribution = OutputDistribution::uniform;

  static void each(auto& params, auto&& member) {
    member("n_quantiles", params.n_quantiles);
    member("output_distribution", params.output_distribution);
  }
};

/// Every feature by its rank, between quantiles linearly, so that it has the wanted distribution.
/// The quantiles are those of all rows, exactly, not of a sample. NaN stays NaN.
class QuantileTransformer : public Estimator<QuantileTransformer, QuantileTransformerParams> {
 public:
  static constexpr std::string_view kName = "QuantileTransformer";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit QuantileTransformer(QuantileTransformerParams params = {}) : Estimator(params) {}
  static void check(const QuantileTransformerParams& params);

  QuantileTransformer& fit(const Array& x);
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// quantiles x features, and where between 0 and 1 each is; throw ValueError before fit.
  const xt::xarray<double>& quantiles() const;
  const xt::xarray<double>& references() const;

  void fitted(Attributes& io);

 private:
  Array apply(const Array& x, bool inverse) const;

  xt::xarray<double> quantiles_, references_;
};

enum class RowNorm : std::uint8_t { l1, l2, max };
template <>
struct EnumNames<RowNorm> {
  static constexpr std::array values{std::pair{RowNorm::l1, "l1"}, std::pair{RowNorm::l2, "l2"},
                                     std::pair{RowNorm::max, "max"}};
};

struct NormalizerParams {
  RowNorm norm = RowNorm::l2;

  static void each(auto& params, auto&& member) { member("norm", params.norm); }
};

/// Every row divided by its norm; rows of zeros stay. Learns nothing: transform() needs no fit.
class Normalizer : public Estimator<Normalizer, NormalizerParams> {
 public:
  static constexpr std::string_view kName = "Normalizer";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit Normalizer(NormalizerParams params = {}) : Estimator(params) {}

  /// Looks at the shape only.
  Normalizer& fit(const Array& x);
  Array transform(const Array& x) const;
  void fitted(Attributes&) {}
};

struct BinarizerParams {
  double threshold = 0.0;

  static void each(auto& params, auto&& member) { member("threshold", params.threshold); }
};

/// 1 where x is larger than the threshold, else 0. Learns nothing: transform() needs no fit.
class Binarizer : public Estimator<Binarizer, BinarizerParams> {
 public:
  static constexpr std::string_view kName = "Binarizer";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit Binarizer(BinarizerParams params = {}) : Estimator(params) {}

  Binarizer& fit(const Array& x);
  Array transform(const Array& x) const;
  void fitted(Attributes&) {}
};

struct PolynomialFeaturesParams {
  /// The largest degree, or the smallest and the largest.
  std::variant<std::int64_t, std::pair<std::int64_t, std::int64_t>> degree = std::int64_t{2};
  /// Products of different features only.
  bool interaction_only = false;
  /// A first column of ones.
  bool include_bias = true;

  static void each(auto& params, auto&& member) {
    member("degree", params.degree);
    member("interaction_only", params.interaction_only);
    member("include_bias", params.include_bias);
  }
};

/// All products of features up to a degree: 1, a, b, a², ab, b² for two features and degree 2.
class PolynomialFeatures : public Estimator<PolynomialFeatures, PolynomialFeaturesParams> {
 public:
  static constexpr std::string_view kName = "PolynomialFeatures";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit PolynomialFeatures(PolynomialFeaturesParams params = {})
      : Estimator(std::move(params)) {}
  static void check(const PolynomialFeaturesParams& params);

  /// Looks at the shape only.
  PolynomialFeatures& fit(const Array& x);
  Array transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  std::int64_t n_output_features() const;
  /// outputs x features: the exponents.
  const xt::xarray<std::int64_t>& powers() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<std::int64_t> powers_;
};

}  // namespace tartan::ml
