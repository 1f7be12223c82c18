#pragma once

// The losses of generalised linear models, over the rows of a tile.

#include <ml/kernels/glm.hpp>
#include <vector>

namespace tartan::ml::kernels {

/// What the linear predictor becomes.
struct GlmTile {
  std::int64_t rows = 0;
  std::vector<double> eta;     ///< rows x outputs
  std::vector<double> slope;   ///< d loss / d eta
  std::vector<double> bend;    ///< d² loss / d eta², of softmax the diagonal
  std::vector<double> target;  ///< of a code: the code
  std::vector<double> weight;
  std::vector<double> one, two;  ///< room for exponentials
};

/// Fills slope and bend from eta and target, without the weights. Returns the weighted loss.
double glm_losses(const GlmShape& shape, GlmTile& tile);

}  // namespace tartan::ml::kernels
