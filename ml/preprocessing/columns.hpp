#pragma once

// What transformers learn of each column by itself.

#include <ml/base/partial.hpp>
#include <tartan/array.hpp>
#include <vector>

namespace tartan::ml {

/// Distinct values of every column, sorted, NaN last, and how often each comes.
struct ColumnValues {
  std::vector<std::vector<double>> values;
  std::vector<std::vector<double>> counts;

  static constexpr std::string_view kCodec = "tartan::ml::ColumnValues";
  static void fields(auto& self, auto&& field) { field(self.values, self.counts); }
};

namespace columns {

/// x: floating rows, not cut between columns. One pass.
ColumnValues distinct(const Array& x);

/// quantiles x columns, without NaN; exact. Large arrays stay where they are.
xt::xarray<double> quantiles(const Array& x, const std::vector<double>& q);

/// 1 in place of scales that are no more than rounding: those of constant features.
void handle_zeros(xt::xarray<double>& scale);

/// Values per column as an operand of rows of that dtype.
Array constant(const xt::xarray<double>& values, DType dtype);

}  // namespace columns
}  // namespace tartan::ml
