#pragma once

// Between the vectors that tasks exchange and the arrays that users see.

#include <cstdint>
#include <vector>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>

namespace tartan::ml {

inline xt::xarray<double> as_xarray(const std::vector<double>& values) {
  auto result = xt::xarray<double>::from_shape({values.size()});
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

/// In C order.
inline xt::xarray<double> as_xarray(const std::vector<double>& values, std::size_t rows,
                                    std::size_t columns) {
  auto result = xt::xarray<double>::from_shape({rows, columns});
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

template <class E>
std::vector<double> as_vector(const xt::xexpression<E>& expression) {
  const auto& values = expression.derived_cast();
  return {values.begin(), values.end()};
}

}  // namespace tartan::ml
