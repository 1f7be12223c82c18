#include <algorithm>
#include <array/kernels/tile.hpp>
#include <cmath>
#include <ml/kernels/glm_losses.hpp>

namespace tartan::ml::kernels {
namespace {

/// out[i] = f(in[i]), in the vector code of arrays.
void apply(array::Operation operation, double* out, const double* in, std::size_t n) {
  const array::TileKernel kernel =
      array::math_kernel(operation, DType::float64, array::active_isa());
  const auto* bytes = reinterpret_cast<const std::byte*>(in);
  kernel(reinterpret_cast<std::byte*>(out), &bytes, n);
}

double logistic(GlmTile& tile) {
  const auto n = static_cast<std::size_t>(tile.rows);
  for (std::size_t i = 0; i < n; ++i) tile.one[i] = -std::abs(tile.eta[i]);
  // exp of a negative number: nothing overflows, and log1p keeps what is small.
  apply(array::Operation::exp, tile.two.data(), tile.one.data(), n);
  apply(array::Operation::log1p, tile.one.data(), tile.two.data(), n);
  double loss = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double eta = tile.eta[i];
    const double small = tile.two[i];
    const double part = 1 / (1 + small);
    const double probability = eta >= 0 ? part : small * part;
    tile.slope[i] = probability - tile.target[i];
    tile.bend[i] = small * part * part;
    loss += tile.weight[i] * (tile.one[i] + std::max(eta, 0.0) - tile.target[i] * eta);
  }
  return loss;
}

double softmax(GlmTile& tile, std::size_t outputs) {
  const auto n = static_cast<std::size_t>(tile.rows);
  double loss = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double* eta = tile.eta.data() + i * outputs;
    double* shifted = tile.one.data() + i * outputs;
    const double most = *std::max_element(eta, eta + outputs);
    for (std::size_t k = 0; k < outputs; ++k) shifted[k] = eta[k] - most;
    loss -= tile.weight[i] * shifted[static_cast<std::size_t>(tile.target[i])];
  }
  apply(array::Operation::exp, tile.two.data(), tile.one.data(), n * outputs);
  for (std::size_t i = 0; i < n; ++i) {
    const double* powers = tile.two.data() + i * outputs;
    double* slope = tile.slope.data() + i * outputs;
    double* bend = tile.bend.data() + i * outputs;
    double sum = 0;
    for (std::size_t k = 0; k < outputs; ++k) sum += powers[k];
    for (std::size_t k = 0; k < outputs; ++k) {
      slope[k] = powers[k] / sum;
      bend[k] = slope[k] * (1 - slope[k]);
    }
    slope[static_cast<std::size_t>(tile.target[i])] -= 1;
    loss += tile.weight[i] * std::log(sum);
  }
  return loss;
}

double squared(GlmTile& tile) {
  double loss = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tile.rows); ++i) {
    const double residual = tile.eta[i] - tile.target[i];
    tile.slope[i] = residual;
    tile.bend[i] = 1;
    loss += tile.weight[i] * 0.5 * residual * residual;
  }
  return loss;
}

double tweedie(GlmTile& tile, double power) {
  const auto n = static_cast<std::size_t>(tile.rows);
  for (std::size_t i = 0; i < n; ++i) tile.slope[i] = (2 - power) * tile.eta[i];
  apply(array::Operation::exp, tile.one.data(), tile.slope.data(), n);
  for (std::size_t i = 0; i < n; ++i) tile.slope[i] = (1 - power) * tile.eta[i];
  apply(array::Operation::exp, tile.two.data(), tile.slope.data(), n);
  double loss = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double mean_part = tile.one[i];
    const double target_part = tile.target[i] * tile.two[i];
    tile.slope[i] = mean_part - target_part;
    tile.bend[i] = (2 - power) * mean_part - (1 - power) * target_part;
    // The two powers where an integral of a power is the logarithm.
    const double mean_loss = power == 2 ? tile.eta[i] : mean_part / (2 - power);
    const double target_loss =
        power == 1 ? tile.target[i] * tile.eta[i] : target_part / (1 - power);
    loss += tile.weight[i] * (mean_loss - target_loss);
  }
  return loss;
}

}  // namespace

double glm_losses(const GlmShape& shape, GlmTile& tile) {
  switch (shape.loss) {
    case GlmLoss::logistic:
      return logistic(tile);
    case GlmLoss::softmax:
      return softmax(tile, static_cast<std::size_t>(shape.outputs));
    case GlmLoss::squared:
      return squared(tile);
    case GlmLoss::tweedie:
      return tweedie(tile, shape.power);
  }
  return 0;
}

}  // namespace tartan::ml::kernels
