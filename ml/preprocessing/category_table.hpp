#pragma once

// The categories of every feature, as the tasks of encoders need them.

#include <ml/base/partial.hpp>
#include <string_view>
#include <tartan/array/array.hpp>
#include <tartan/ml/encoders.hpp>
#include <vector>

namespace tartan::ml {

struct CategoryTable {
  std::vector<std::vector<double>> values;  ///< sorted; NaN may be the last

  static constexpr std::string_view kCodec = "tartan::ml::CategoryTable";
  static void fields(auto& self, auto&& field) { field(self.values); }

  /// The number of the value in its feature; -1 when it is not there.
  std::int64_t code(std::size_t feature, double value) const;
  bool has_nan(std::size_t feature) const;
};

namespace categories {

CategoryTable table_of(const std::vector<xt::xarray<double>>& categories);

/// Those given, checked, or those in x. With `known_only` all of x must be among those given.
std::vector<xt::xarray<double>> learn(const Array& x, const Categories& wanted, bool known_only,
                                      std::string_view estimator);

/// Throws ValueError for a list that is not sorted.
void check(const Categories& wanted, std::string_view estimator);

}  // namespace categories
}  // namespace tartan::ml
