#include <fmt/format.h>
#include <ml/linear_model/least_squares.hpp>
#include <tartan/ml/linear_model.hpp>

namespace tartan::ml {

LinearRegression& LinearRegression::fit(const Array& x, const Array& y,
                                        const Array& sample_weight) {
  const Rows rows = fit_rows(x, y, sample_weight, kName, {.many_passes = false});
  auto [coef, intercept] = linear::least_squares(rows, params_.fit_intercept, 0);
  coef_ = std::move(coef);
  intercept_ = std::move(intercept);
  n_features_in_ = rows.features;
  return *this;
}

Array LinearRegression::predict(const Array& x) const {
  require_fitted();
  return linear::linear_predictor(as_rows(x, kName, n_features_in_), coef_, intercept_);
}

void Ridge::check(const RidgeParams& params) {
  if (params.alpha >= 0) return;
  throw ValueError(fmt::format("Ridge: alpha is {}, but must not be negative", params.alpha));
}

Ridge& Ridge::fit(const Array& x, const Array& y, const Array& sample_weight) {
  const Rows rows = fit_rows(x, y, sample_weight, kName, {.many_passes = false});
  auto [coef, intercept] = linear::least_squares(rows, params_.fit_intercept, params_.alpha);
  coef_ = std::move(coef);
  intercept_ = std::move(intercept);
  n_features_in_ = rows.features;
  return *this;
}

Array Ridge::predict(const Array& x) const {
  require_fitted();
  return linear::linear_predictor(as_rows(x, kName, n_features_in_), coef_, intercept_);
}

}  // namespace tartan::ml
