#include <algorithm>
#include <array/kernels/isa.hpp>
#include <array/kernels/lapack.hpp>
#include <array/kernels/tile.hpp>
#include <cmath>
#include <ml/kernels/gram.hpp>
#include <numeric>
#include <vector>

namespace tartan::ml::kernels {
namespace {

std::vector<double> squared_norms(Matrix<double> x) {
  std::vector<double> norms(static_cast<std::size_t>(x.rows));
  for (std::int64_t i = 0; i < x.rows; ++i) {
    norms[static_cast<std::size_t>(i)] =
        std::inner_product(x.row(i), x.row(i) + x.columns, x.row(i), 0.0);
  }
  return norms;
}

void apply(array::Operation operation, double* values, std::int64_t count) {
  const auto kernel =
      array::find_kernel(operation, DType::float64, DType::float64, array::active_isa());
  constexpr auto kTile = static_cast<std::int64_t>(array::kTileElements);
  double tile[kTile];
  for (std::int64_t first = 0; first < count; first += kTile) {
    const std::int64_t length = std::min(kTile, count - first);
    const std::byte* in[3] = {reinterpret_cast<const std::byte*>(values + first)};
    kernel(reinterpret_cast<std::byte*>(tile), in, static_cast<std::size_t>(length));
    std::copy_n(tile, length, values + first);
  }
}

double power(double base, std::int64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

}  // namespace

void gram_matrix(const GramForm& form, Matrix<double> x, Matrix<double> y, double* out) {
  array::prepare_blas();
  const auto size = [](std::int64_t value) { return array::blas_size(value, "SVC"); };
  const double scale = form.kernel == Gram::linear ? 1 : form.kernel == Gram::rbf ? -2 : form.gamma;
  array::gemm<double>(CblasRowMajor, CblasNoTrans, CblasTrans,
                      {size(x.rows), size(y.rows), size(x.columns)}, scale, x.data, size(x.columns),
                      y.data, size(y.columns), 0.0, out, size(y.rows));
  if (form.kernel == Gram::linear) return;
  const std::vector<double> of_x =
      form.kernel == Gram::rbf ? squared_norms(x) : std::vector<double>();
  const std::vector<double> of_y =
      form.kernel == Gram::rbf ? squared_norms(y) : std::vector<double>();
  for (std::int64_t i = 0; i < x.rows; ++i) {
    double* row = out + i * y.rows;
    switch (form.kernel) {
      case Gram::rbf: {
        const double norm = of_x[static_cast<std::size_t>(i)];
        for (std::int64_t j = 0; j < y.rows; ++j) {
          const double squared = norm + of_y[static_cast<std::size_t>(j)] + row[j];
          row[j] = -form.gamma * std::max(squared, 0.0);
        }
        apply(array::Operation::exp, row, y.rows);
        break;
      }
      case Gram::poly:
        for (std::int64_t j = 0; j < y.rows; ++j) row[j] = power(row[j] + form.coef0, form.degree);
        break;
      case Gram::sigmoid:
        for (std::int64_t j = 0; j < y.rows; ++j) row[j] += form.coef0;
        apply(array::Operation::tanh, row, y.rows);
        break;
      case Gram::linear:
        break;
    }
  }
}

}  // namespace tartan::ml::kernels
