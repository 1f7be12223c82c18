#pragma once

// Linear least squares from the triangle of a QR factorisation, which is all that one pass over the
// rows has to bring home.

#include <ml/base/rows.hpp>
#include <tartan/array/chunk.hpp>
#include <tartan/ml/linear_model.hpp>

namespace tartan::ml::linear {

struct Solution {
  xt::xarray<double> coef;       ///< features, or targets x features
  xt::xarray<double> intercept;  ///< 0-d, or targets
};

/// Minimises |y - x coef - intercept|² + alpha |coef|², rows weighted. With alpha 0 and columns
/// that depend on each other: the least |coef|. Computes, in one pass.
Solution least_squares(const Rows& rows, bool fit_intercept, double alpha);

/// x @ coef + intercept, lazily: 1-D for one target, else rows x targets; of x's dtype.
Array linear_predictor(const Array& rows, const xt::xarray<double>& coef,
                       const xt::xarray<double>& intercept);

}  // namespace tartan::ml::linear
