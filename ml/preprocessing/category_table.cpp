#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/vectors.hpp>
#include <ml/preprocessing/category_table.hpp>
#include <ml/preprocessing/columns.hpp>

namespace tartan::ml {

std::int64_t CategoryTable::code(std::size_t feature, double value) const {
  const auto& sorted = values[feature];
  const auto numbers = sorted.end() - (has_nan(feature) ? 1 : 0);
  if (std::isnan(value)) return numbers == sorted.end() ? -1 : numbers - sorted.begin();
  const auto found = std::lower_bound(sorted.begin(), numbers, value);
  return found != numbers && *found == value ? found - sorted.begin() : -1;
}

bool CategoryTable::has_nan(std::size_t feature) const {
  return !values[feature].empty() && std::isnan(values[feature].back());
}

namespace categories {

CategoryTable table_of(const std::vector<xt::xarray<double>>& categories) {
  CategoryTable table;
  for (const auto& each : categories) table.values.push_back(as_vector(each));
  return table;
}

void check(const Categories& wanted, std::string_view estimator) {
  const auto* lists = std::get_if<std::vector<std::vector<double>>>(&wanted);
  if (lists == nullptr) return;
  for (std::size_t j = 0; j < lists->size(); ++j) {
    const auto& list = (*lists)[j];
    const bool ascends = std::adjacent_find(list.begin(), list.end(), [](double a, double b) {
                           return !(a < b) && !(std::isnan(b) && !std::isnan(a));
                         }) == list.end();
    if (list.empty() || !ascends) {
      throw ValueError(
          fmt::format("{}: the categories of column {} must be at least one, sorted "
                      "and different, NaN last",
                      estimator, j));
    }
  }
}

std::vector<xt::xarray<double>> learn(const Array& x, const Categories& wanted, bool known_only,
                                      std::string_view estimator) {
  const auto* lists = std::get_if<std::vector<std::vector<double>>>(&wanted);
  const auto features = static_cast<std::size_t>(x.shape(1));
  if (lists != nullptr && lists->size() != features) {
    throw ValueError(fmt::format("{}: there are categories for {} columns, but x has {}", estimator,
                                 lists->size(), features));
  }
  std::vector<xt::xarray<double>> result;
  ColumnValues found;
  if (lists == nullptr || known_only) found = columns::distinct(x);
  for (std::size_t j = 0; j < features; ++j) {
    result.push_back(as_xarray(lists == nullptr ? found.values[j] : (*lists)[j]));
  }
  if (lists == nullptr || !known_only) return result;
  const CategoryTable table = table_of(result);
  for (std::size_t j = 0; j < features; ++j) {
    for (const double value : found.values[j]) {
      if (table.code(j, value) >= 0) continue;
      throw ValueError(
          fmt::format("{}: column {} of x holds {}, which is not among the categories "
                      "given for it",
                      estimator, j, value));
    }
  }
  return result;
}

}  // namespace categories
}  // namespace tartan::ml
