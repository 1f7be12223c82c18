#pragma once

// Encoders of categories, which are numbers here. Results are dense. The categories are found in
// one pass; memory follows their number. A category that was not fitted fails the task that meets
// it, when the result is computed, unless the encoder is told what to do with it.

#include <optional>
#include <tartan/ml/any_estimator.hpp>
#include <variant>
#include <vector>

namespace tartan::ml {

enum class FromData : std::uint8_t { automatic };
template <>
struct EnumNames<FromData> {
  static constexpr std::array values{std::pair{FromData::automatic, "auto"}};
};
/// Those in the data, or a list per feature, sorted (NaN may be the last).
using Categories = std::variant<FromData, std::vector<std::vector<double>>>;

enum class DropCategory : std::uint8_t { first, if_binary };
template <>
struct EnumNames<DropCategory> {
  static constexpr std::array values{std::pair{DropCategory::first, "first"},
                                     std::pair{DropCategory::if_binary, "if_binary"}};
};
enum class UnknownToOneHot : std::uint8_t { error, ignore };
template <>
struct EnumNames<UnknownToOneHot> {
  static constexpr std::array values{std::pair{UnknownToOneHot::error, "error"},
                                     std::pair{UnknownToOneHot::ignore, "ignore"}};
};

struct OneHotEncoderParams {
  Categories categories = FromData::automatic;
  /// The first category of every feature, or of those with two, gets no column.
  std::optional<DropCategory> drop = {};
  /// ignore: no column is 1.
  UnknownToOneHot handle_unknown = UnknownToOneHot::error;

  static void each(auto& params, auto&& member) {
    member("categories", params.categories);
    member("drop", params.drop);
    member("handle_unknown", params.handle_unknown);
  }
};

/// A column per category, 1 where the feature has it and 0 elsewhere; float64. NaN is a category.
class OneHotEncoder : public Estimator<OneHotEncoder, OneHotEncoderParams> {
 public:
  static constexpr std::string_view kName = "OneHotEncoder";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit OneHotEncoder(OneHotEncoderParams params = {}) : Estimator(std::move(params)) {}
  static void check(const OneHotEncoderParams& params);

  OneHotEncoder& fit(const Array& x);
  Array transform(const Array& x) const;
  /// NaN where nothing is 1 and no category was dropped.
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// Per feature; throw ValueError before fit.
  const std::vector<xt::xarray<double>>& categories() const;
  /// Which category has no column.
  const std::vector<std::optional<std::int64_t>>& drop_idx() const;

  void fitted(Attributes& io);

 private:
  std::vector<xt::xarray<double>> categories_;
  std::vector<std::optional<std::int64_t>> drop_idx_;
};

enum class UnknownToOrdinal : std::uint8_t { error, use_encoded_value };
template <>
struct EnumNames<UnknownToOrdinal> {
  static constexpr std::array values{
      std::pair{UnknownToOrdinal::error, "error"},
      std::pair{UnknownToOrdinal::use_encoded_value, "use_encoded_value"}};
};

struct OrdinalEncoderParams {
  Categories categories = FromData::automatic;
  UnknownToOrdinal handle_unknown = UnknownToOrdinal::error;
  /// What unknown categories become, with use_encoded_value: NaN or no code of a category.
  std::optional<double> unknown_value = {};
  /// What NaN becomes.
  double encoded_missing_value = std::numeric_limits<double>::quiet_NaN();

  static void each(auto& params, auto&& member) {
    member("categories", params.categories);
    member("handle_unknown", params.handle_unknown);
    member("unknown_value", params.unknown_value);
    member("encoded_missing_value", params.encoded_missing_value);
  }
};

/// Every category by its number in its sorted feature; float64.
class OrdinalEncoder : public Estimator<OrdinalEncoder, OrdinalEncoderParams> {
 public:
  static constexpr std::string_view kName = "OrdinalEncoder";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit OrdinalEncoder(OrdinalEncoderParams params = {}) : Estimator(std::move(params)) {}
  static void check(const OrdinalEncoderParams& params);

  OrdinalEncoder& fit(const Array& x);
  Array transform(const Array& x) const;
  /// NaN for what is unknown.
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  const std::vector<xt::xarray<double>>& categories() const;

  void fitted(Attributes& io);

 private:
  std::vector<xt::xarray<double>> categories_;
};

struct LabelEncoderParams {
  static void each(auto&, auto&&) {}
};

/// Labels (1-D) by their numbers from 0 on, in sorted order; int64.
class LabelEncoder : public Estimator<LabelEncoder, LabelEncoderParams> {
 public:
  static constexpr std::string_view kName = "LabelEncoder";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit LabelEncoder(LabelEncoderParams params = {}) : Estimator(params) {}

  LabelEncoder& fit(const Array& y);
  /// Labels that were not fitted fail the task that meets them.
  Array transform(const Array& y) const;
  Array inverse_transform(const Array& codes) const;
  Array fit_transform(const Array& y) { return fit(y).transform(y); }

  /// Of the labels' dtype. Throws ValueError before fit.
  const Chunk& classes() const;

  void fitted(Attributes& io) { io("classes", classes_); }

 private:
  Chunk classes_;
};

}  // namespace tartan::ml
