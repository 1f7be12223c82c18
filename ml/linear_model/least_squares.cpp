#include <algorithm>
#include <array/kernels/linalg.hpp>
#include <cmath>
#include <limits>
#include <ml/base/pass.hpp>
#include <ml/base/triangles.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/linear_model/least_squares.hpp>

namespace tartan::ml {
namespace tasks {

/// R of [1, x, y], each row times the root of its weight; the ones are left out without intercept.
Chunk least_squares_triangle(const Chunk& x, const Chunk& y, const Chunk& weights,
                             bool fit_intercept) {
  const std::int64_t rows = x.shape[0];
  const std::int64_t features = x.shape[1];
  const std::int64_t targets = y.shape.size() == 1 ? 1 : y.shape[1];
  const std::int64_t ones = fit_intercept ? 1 : 0;
  MutableChunk joined(DType::float64, {rows, ones + features + targets});
  double* out = joined.view<double>().data();
  for (std::int64_t i = 0; i < rows; ++i) {
    const double weight = weights.data.empty() ? 1.0 : std::sqrt(element(weights, i));
    if (fit_intercept) *out++ = weight;
    for (std::int64_t j = 0; j < features; ++j) *out++ = weight * element(x, i * features + j);
    for (std::int64_t t = 0; t < targets; ++t) *out++ = weight * element(y, i * targets + t);
  }
  const Chunk all = std::move(joined).freeze();
  return rows > all.shape[1] ? array::qr_r(all) : all;
}

}  // namespace tasks

namespace linear {
namespace {

/// Rows [first, first + rows) and columns [column, column + columns) of a matrix, with zeros where
/// it has no such row.
Chunk part_of(const Chunk& matrix, std::int64_t first, std::int64_t rows, std::int64_t column,
              std::int64_t columns) {
  MutableChunk part(DType::float64, {rows, columns});
  auto out = part.view<double>();
  std::fill(out.begin(), out.end(), 0.0);
  const auto from = matrix.view<double>();
  for (std::int64_t i = 0; i < rows && first + i < matrix.shape[0]; ++i) {
    const auto row = from.begin() + (first + i) * matrix.shape[1] + column;
    std::copy(row, row + columns, out.begin() + i * columns);
  }
  return std::move(part).freeze();
}

}  // namespace

Solution least_squares(const Rows& rows, bool fit_intercept, double alpha) {
  const Array y = rows.y.astype(DType::float64);
  Chunk triangle = reduce_rows<&tasks::least_squares_triangle, &tasks::stack_triangles>(
      "least-squares", rows.x, y, rows.weight, fit_intercept);
  const std::int64_t features = rows.features;
  const std::int64_t targets = y.ndim() == 1 ? 1 : y.shape(1);
  const std::int64_t ones = fit_intercept ? 1 : 0;
  triangle = array::qr_r(triangle);  // few rows have not been factorised yet
  // Below the row of the ones stand x and y less their means.
  const auto factors = array::svd(part_of(triangle, ones, features, ones, features), false);
  const auto u = factors[0].view<double>();
  const auto s = factors[1].view<double>();
  const auto vt = factors[2].view<double>();
  const Chunk right = part_of(triangle, ones, features, ones + features, targets);
  const auto c = right.view<double>();
  const double smallest = s[0] * std::numeric_limits<double>::epsilon() *
                          static_cast<double>(std::max(rows.count, features));

  std::vector<double> coef(static_cast<std::size_t>(targets * features), 0.0);
  for (std::int64_t k = 0; k < features; ++k) {
    const double value = s[static_cast<std::size_t>(k)];
    if (alpha == 0 && value <= smallest) continue;
    const double factor = value / (value * value + alpha);
    for (std::int64_t t = 0; t < targets; ++t) {
      double dot = 0;
      for (std::int64_t i = 0; i < features; ++i) {
        dot += u[static_cast<std::size_t>(i * features + k)] *
               c[static_cast<std::size_t>(i * targets + t)];
      }
      for (std::int64_t j = 0; j < features; ++j) {
        coef[static_cast<std::size_t>(t * features + j)] +=
            factor * dot * vt[static_cast<std::size_t>(k * features + j)];
      }
    }
  }

  std::vector<double> intercept(static_cast<std::size_t>(targets), 0.0);
  if (fit_intercept) {
    const auto top = triangle.view<double>();
    for (std::int64_t t = 0; t < targets; ++t) {
      double value = top[static_cast<std::size_t>(1 + features + t)];
      for (std::int64_t j = 0; j < features; ++j) {
        value -=
            top[static_cast<std::size_t>(1 + j)] * coef[static_cast<std::size_t>(t * features + j)];
      }
      intercept[static_cast<std::size_t>(t)] = value / top[0];
    }
  }

  Solution solution;
  const auto d = static_cast<std::size_t>(features);
  const auto n = static_cast<std::size_t>(targets);
  const bool flat = rows.y.ndim() == 1;
  solution.coef = xt::xarray<double>::from_shape(flat ? std::vector{d} : std::vector{n, d});
  std::copy(coef.begin(), coef.end(), solution.coef.begin());
  solution.intercept =
      xt::xarray<double>::from_shape(flat ? std::vector<std::size_t>{} : std::vector{n});
  std::copy(intercept.begin(), intercept.end(), solution.intercept.begin());
  return solution;
}

Array linear_predictor(const Array& rows, const xt::xarray<double>& coef,
                       const xt::xarray<double>& intercept) {
  const Array weights = from_xtensor(coef).astype(rows.dtype());
  const Array product = matmul(rows, coef.dimension() == 1 ? weights : weights.T());
  return product + from_xtensor(intercept).astype(rows.dtype());
}

}  // namespace linear
}  // namespace tartan::ml
