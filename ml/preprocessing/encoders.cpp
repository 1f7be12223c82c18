#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/pass.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/base/rows.hpp>
#include <ml/preprocessing/category_table.hpp>
#include <tartan/ml/encoders.hpp>

namespace tartan::ml {

/// Where the columns of each feature begin; a category without one counts down those behind it.
struct OneHotLayout {
  CategoryTable table;
  std::vector<std::int64_t> first;    ///< one more: the number of columns
  std::vector<std::int64_t> dropped;  ///< the category without a column, or -1
  bool ignores_unknown = false;

  static constexpr std::string_view kCodec = "tartan::ml::OneHotLayout";
  static void fields(auto& self, auto&& field) {
    field(self.table, self.first, self.dropped, self.ignores_unknown);
  }
};

namespace tasks {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void unknown_category(std::string_view estimator, double value, std::size_t column) {
  throw ValueError(
      fmt::format("{}: found the unknown category {} in column {}; handle_unknown "
                  "tells what to do with those",
                  estimator, value, column));
}

/// f(row, column, value) for every element.
template <class F>
void each_element(const Chunk& x, F&& f) {
  const auto d = static_cast<std::size_t>(x.shape[1]);
  visit_floating(x, [&](auto elements) {
    for (std::size_t at = 0; at < elements.size(); ++at) {
      f(at / d, at % d, static_cast<double>(elements[at]));
    }
  });
}

}  // namespace

Chunk one_hot(const Chunk& x, const OneHotLayout& layout) {
  const auto width = static_cast<std::size_t>(layout.first.back());
  MutableChunk result(DType::float64, {x.shape[0], layout.first.back()});
  auto out = result.view<double>();
  std::ranges::fill(out, 0.0);
  each_element(x, [&](std::size_t row, std::size_t column, double value) {
    const std::int64_t code = layout.table.code(column, value);
    if (code < 0 && !layout.ignores_unknown) unknown_category("OneHotEncoder", value, column);
    const std::int64_t dropped = layout.dropped[column];
    if (code < 0 || code == dropped) return;
    const std::int64_t place =
        layout.first[column] + code - (dropped >= 0 && code > dropped ? 1 : 0);
    out[row * width + static_cast<std::size_t>(place)] = 1;
  });
  return std::move(result).freeze();
}

Chunk one_hot_inverse(const Chunk& x, const OneHotLayout& layout) {
  const std::size_t features = layout.dropped.size();
  MutableChunk result(DType::float64, {x.shape[0], static_cast<std::int64_t>(features)});
  auto out = result.view<double>();
  visit_floating(x, [&](auto elements) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.shape[0]); ++i) {
      const auto row = elements.subspan(i * static_cast<std::size_t>(x.shape[1]));
      for (std::size_t j = 0; j < features; ++j) {
        const auto begin = row.begin() + layout.first[j];
        const auto end = row.begin() + layout.first[j + 1];
        const auto most = std::max_element(begin, end);
        const std::int64_t dropped = layout.dropped[j];
        std::int64_t code = dropped;
        if (most != end && *most > 0) {
          code = most - begin;
          if (dropped >= 0 && code >= dropped) ++code;
        }
        out[i * features + j] =
            code < 0 ? kNaN : layout.table.values[j][static_cast<std::size_t>(code)];
      }
    }
  });
  return std::move(result).freeze();
}

/// unknown: none when it is an error.
Chunk ordinal(const Chunk& x, const CategoryTable& table, const std::vector<double>& unknown,
              double missing) {
  MutableChunk result(DType::float64, x.shape);
  double* out = result.view<double>().data();
  each_element(x, [&](std::size_t, std::size_t column, double value) {
    const std::int64_t code = table.code(column, value);
    if (code < 0 && unknown.empty()) unknown_category("OrdinalEncoder", value, column);
    *out++ = code < 0 ? unknown.front() : std::isnan(value) ? missing : static_cast<double>(code);
  });
  return std::move(result).freeze();
}

Chunk ordinal_inverse(const Chunk& x, const CategoryTable& table, double missing) {
  MutableChunk result(DType::float64, x.shape);
  double* out = result.view<double>().data();
  each_element(x, [&](std::size_t, std::size_t column, double value) {
    const auto& values = table.values[column];
    const bool is_missing =
        table.has_nan(column) && (value == missing || (std::isnan(value) && std::isnan(missing)));
    const bool is_code = !is_missing && value >= 0 && value < static_cast<double>(values.size()) &&
                         value == std::floor(value);
    *out++ = is_code ? values[static_cast<std::size_t>(value)] : kNaN;
  });
  return std::move(result).freeze();
}

/// codes: where each label would be among the classes.
Chunk checked_codes(const Chunk& codes, const Chunk& known) {
  const auto is_known = known.view<bool>();
  const auto stranger = std::find(is_known.begin(), is_known.end(), false);
  if (stranger == is_known.end()) return codes;
  throw ValueError(fmt::format("LabelEncoder: row {} of a block has a label that was not fitted",
                               stranger - is_known.begin()));
}

}  // namespace tasks

namespace {

OneHotLayout layout_of(const std::vector<xt::xarray<double>>& categories,
                       const std::vector<std::optional<std::int64_t>>& dropped,
                       UnknownToOneHot unknown) {
  OneHotLayout layout{
      categories::table_of(categories), {0}, {}, unknown == UnknownToOneHot::ignore};
  for (std::size_t j = 0; j < categories.size(); ++j) {
    layout.dropped.push_back(dropped[j].value_or(-1));
    layout.first.push_back(layout.first.back() + static_cast<std::int64_t>(categories[j].size()) -
                           (dropped[j] ? 1 : 0));
  }
  return layout;
}

}  // namespace

void OneHotEncoder::check(const OneHotEncoderParams& params) {
  categories::check(params.categories, kName);
}

OneHotEncoder& OneHotEncoder::fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = false, .allow_nan = true});
  auto found = categories::learn(rows.x, params_.categories,
                                 params_.handle_unknown == UnknownToOneHot::error, kName);
  std::vector<std::optional<std::int64_t>> dropped;
  for (const auto& of_feature : found) {
    const bool drops = params_.drop == DropCategory::first ||
                       (params_.drop == DropCategory::if_binary && of_feature.size() == 2);
    dropped.push_back(drops ? std::optional<std::int64_t>(0) : std::nullopt);
  }
  categories_ = std::move(found);
  drop_idx_ = std::move(dropped);
  n_features_in_ = rows.features;
  return *this;
}

Array OneHotEncoder::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  const OneHotLayout layout = layout_of(categories_, drop_idx_, params_.handle_unknown);
  return map_rows<&tasks::one_hot>("one-hot", rows, layout.first.back(), DType::float64, layout);
}

Array OneHotEncoder::inverse_transform(const Array& x) const {
  require_fitted();
  const OneHotLayout layout = layout_of(categories_, drop_idx_, params_.handle_unknown);
  const Array rows = as_rows(x, kName, layout.first.back());
  return map_rows<&tasks::one_hot_inverse>("one-hot-inverse", rows, n_features_in_, DType::float64,
                                           layout);
}

const std::vector<xt::xarray<double>>& OneHotEncoder::categories() const {
  require_fitted();
  return categories_;
}
const std::vector<std::optional<std::int64_t>>& OneHotEncoder::drop_idx() const {
  require_fitted();
  return drop_idx_;
}

void OneHotEncoder::fitted(Attributes& io) {
  io("categories", categories_);
  io("drop_idx", drop_idx_);
}

void OrdinalEncoder::check(const OrdinalEncoderParams& params) {
  categories::check(params.categories, kName);
  const bool uses = params.handle_unknown == UnknownToOrdinal::use_encoded_value;
  if (uses == params.unknown_value.has_value()) return;
  throw TypeError(uses ? "OrdinalEncoder: use_encoded_value needs an unknown_value, a number or NaN"
                       : "OrdinalEncoder: unknown_value is for handle_unknown='use_encoded_value' "
                         "only");
}

OrdinalEncoder& OrdinalEncoder::fit(const Array& x) {
  const Rows rows = fit_rows(x, {}, {}, kName, {.many_passes = false, .allow_nan = true});
  auto found = categories::learn(rows.x, params_.categories,
                                 params_.handle_unknown == UnknownToOrdinal::error, kName);
  const CategoryTable table = categories::table_of(found);
  const auto refuse_code = [&](std::string_view name, double value, std::size_t column) {
    const auto codes = static_cast<double>(found[column].size() - (table.has_nan(column) ? 1 : 0));
    if (!(value >= 0 && value < codes && value == std::floor(value))) return;
    throw ValueError(
        fmt::format("{}: {} is {}, which is already the code of a category of column "
                    "{}",
                    kName, name, value, column));
  };
  for (std::size_t j = 0; j < found.size(); ++j) {
    if (params_.unknown_value) refuse_code("unknown_value", *params_.unknown_value, j);
    if (table.has_nan(j)) refuse_code("encoded_missing_value", params_.encoded_missing_value, j);
  }
  categories_ = std::move(found);
  n_features_in_ = rows.features;
  return *this;
}

Array OrdinalEncoder::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  std::vector<double> unknown;
  if (params_.unknown_value) unknown.push_back(*params_.unknown_value);
  return map_rows<&tasks::ordinal>("ordinal", rows, n_features_in_, DType::float64,
                                   categories::table_of(categories_), unknown,
                                   params_.encoded_missing_value);
}

Array OrdinalEncoder::inverse_transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return map_rows<&tasks::ordinal_inverse>("ordinal-inverse", rows, n_features_in_, DType::float64,
                                           categories::table_of(categories_),
                                           params_.encoded_missing_value);
}

const std::vector<xt::xarray<double>>& OrdinalEncoder::categories() const {
  require_fitted();
  return categories_;
}

void OrdinalEncoder::fitted(Attributes& io) { io("categories", categories_); }

LabelEncoder& LabelEncoder::fit(const Array& y) {
  classes_ = encode_classes(y, kName, 1).values;
  n_features_in_ = 1;
  return *this;
}

Array LabelEncoder::transform(const Array& y) const {
  require_fitted();
  if (y.ndim() != 1) throw ValueError(fmt::format("{}: labels must be 1-D", kName));
  const Array classes(classes_);
  return map_blocks<&tasks::checked_codes>(
      MapBlocksOptions{.name = "label-codes", .dtype = DType::int64, .chunks = y.chunks()},
      searchsorted(classes, y), isin(y, classes));
}

Array LabelEncoder::inverse_transform(const Array& codes) const {
  require_fitted();
  return decode_classes(classes_, codes);
}

const Chunk& LabelEncoder::classes() const {
  require_fitted();
  return classes_;
}

}  // namespace tartan::ml
