#pragma once

// Filling gaps.

#include <limits>
#include <optional>
#include <tartan/ml/any_estimator.hpp>

namespace tartan::ml {

enum class ImputeStrategy : std::uint8_t { mean, median, most_frequent, constant };
template <>
struct EnumNames<ImputeStrategy> {
  static constexpr std::array values{std::pair{ImputeStrategy::mean, "mean"},
                                     std::pair{ImputeStrategy::median, "median"},
                                     std::pair{ImputeStrategy::most_frequent, "most_frequent"},
                                     std::pair{ImputeStrategy::constant, "constant"}};
};

struct SimpleImputerParams {
  /// What stands for a gap: NaN or a number.
  double missing_values = std::numeric_limits<double>::quiet_NaN();
  ImputeStrategy strategy = ImputeStrategy::mean;
  /// Of the strategy constant; none: 0.
  std::optional<double> fill_value = {};
  /// Whether a column per feature with gaps, 1 where they are, follows.
  bool add_indicator = false;
  /// Whether features that are all gaps stay, filled with 0. The strategy constant keeps them.
  bool keep_empty_features = false;

  static void each(auto& params, auto&& member) {
    member("missing_values", params.missing_values);
    member("strategy", params.strategy);
    member("fill_value", params.fill_value);
    member("add_indicator", params.add_indicator);
    member("keep_empty_features", params.keep_empty_features);
  }
};

/// Gaps filled with a statistic of their feature: exact medians, of equally frequent values the
/// smallest. Features that are all gaps are left out.
class SimpleImputer : public Estimator<SimpleImputer, SimpleImputerParams> {
 public:
  static constexpr std::string_view kName = "SimpleImputer";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit SimpleImputer(SimpleImputerParams params = {}) : Estimator(params) {}
  static void check(const SimpleImputerParams& params);

  SimpleImputer& fit(const Array& x);
  Array transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// Per feature, NaN for those that are left out. Throws ValueError before fit, as does the other.
  const xt::xarray<double>& statistics() const;
  /// The features whose gaps have a column, with add_indicator.
  const std::vector<std::int64_t>& indicator_features() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<double> statistics_;
  std::vector<std::int64_t> indicator_features_;
};

}  // namespace tartan::ml
