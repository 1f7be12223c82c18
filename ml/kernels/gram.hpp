#pragma once

// Kernels in the sense of support vector machines.

#include <cstdint>
#include <ml/kernels/lloyd.hpp>

namespace tartan::ml::kernels {

enum class Gram : std::uint8_t { linear, poly, rbf, sigmoid };

struct GramForm {
  Gram kernel = Gram::rbf;
  double gamma = 1;
  double coef0 = 0;
  std::int64_t degree = 3;
};

/// out[i, j] = k(x_i, y_j): x.rows x y.rows, row-major. One product of matrices, then the function.
void gram_matrix(const GramForm& form, Matrix<double> x, Matrix<double> y, double* out);

}  // namespace tartan::ml::kernels
