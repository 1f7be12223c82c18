#include <algorithm>
#include <array/kernels/lapack.hpp>
#include <ml/kernels/glm_losses.hpp>
#include <vector>

namespace tartan::ml::kernels {
namespace {

/// Elements of a tile of rows: they and what is made of them stay in the second-level cache.
constexpr std::int64_t kTileElements = 16 << 10;
constexpr std::int64_t kLeastRows = 16;
constexpr std::int64_t kMostRows = 1024;

/// The tiles of a block, one after the other, as float64.
template <class T>
class Tiles {
 public:
  Tiles(const GlmShape& shape, const GlmRows<T>& rows) : shape_(shape), rows_(rows) {
    array::prepare_blas();
    step_ = std::clamp(kTileElements / shape.features, kLeastRows, kMostRows);
    step_ = std::max<std::int64_t>(1, std::min(step_, rows.count));
    const auto cells = static_cast<std::size_t>(step_ * shape.outputs);
    for (auto* each : {&tile_.eta, &tile_.slope, &tile_.bend, &tile_.one, &tile_.two}) {
      each->resize(cells);
    }
    tile_.target.resize(static_cast<std::size_t>(step_));
    tile_.weight.resize(static_cast<std::size_t>(step_));
  }

  bool next() {
    first_ += tile_.rows;
    tile_.rows = std::min(step_, rows_.count - first_);
    if (tile_.rows <= 0) return false;
    const std::int64_t count = tile_.rows * shape_.features;
    const T* x = rows_.x + first_ * shape_.features;
    if constexpr (std::is_same_v<T, double>) {
      x_ = x;
    } else {
      wide_.assign(x, x + count);
      x_ = wide_.data();
    }
    for (std::int64_t i = 0; i < tile_.rows; ++i) load_row(static_cast<std::size_t>(i));
    return true;
  }

  GlmTile& tile() { return tile_; }

  /// out = x coefficients' + intercepts, rows x outputs.
  void predict(const double* params, std::vector<double>& out) const {
    const std::int64_t outputs = shape_.outputs;
    const double* intercepts = params + shape_.coefficients();
    for (std::int64_t i = 0; i < tile_.rows; ++i) {
      for (std::int64_t k = 0; k < outputs; ++k) {
        out[static_cast<std::size_t>(i * outputs + k)] = shape_.intercept ? intercepts[k] : 0.0;
      }
    }
    const int n = static_cast<int>(tile_.rows);
    const int d = static_cast<int>(shape_.features);
    const int m = static_cast<int>(outputs);
    if (m == 1) {
      cblas_dgemv(CblasRowMajor, CblasNoTrans, n, d, 1.0, x_, d, params, 1, 1.0, out.data(), 1);
    } else {
      array::gemm<double>(CblasRowMajor, CblasNoTrans, CblasTrans, {n, m, d}, 1.0, x_, d, params, d,
                          1.0, out.data(), m);
    }
  }

  /// sums += values' x for the coefficients, and the columns' sums for the intercepts.
  void add(const std::vector<double>& values, double* sums) const { add_of(x_, values, sums); }
  /// The same with every element of x squared.
  void add_squares(const std::vector<double>& values, double* sums) {
    const std::int64_t count = tile_.rows * shape_.features;
    squares_.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) squares_[static_cast<std::size_t>(i)] = x_[i] * x_[i];
    add_of(squares_.data(), values, sums);
  }

  void weigh(std::vector<double>& values) const {
    const auto outputs = static_cast<std::size_t>(shape_.outputs);
    for (std::size_t i = 0; i < static_cast<std::size_t>(tile_.rows); ++i) {
      for (std::size_t k = 0; k < outputs; ++k) values[i * outputs + k] *= tile_.weight[i];
    }
  }

 private:
  void load_row(std::size_t i) {
    const auto row = static_cast<std::size_t>(first_) + i;
    double weight = rows_.weight == nullptr ? 1.0 : rows_.weight[row];
    if (rows_.code != nullptr) {
      const std::int32_t code = rows_.code[row];
      tile_.target[i] = code;
      if (rows_.class_weight != nullptr) weight *= rows_.class_weight[code];
    } else {
      tile_.target[i] = rows_.target[row];
    }
    tile_.weight[i] = weight;
  }

  void add_of(const double* x, const std::vector<double>& values, double* sums) const {
    const int n = static_cast<int>(tile_.rows);
    const int d = static_cast<int>(shape_.features);
    const int m = static_cast<int>(shape_.outputs);
    if (m == 1) {
      cblas_dgemv(CblasRowMajor, CblasTrans, n, d, 1.0, x, d, values.data(), 1, 1.0, sums, 1);
    } else {
      array::gemm<double>(CblasRowMajor, CblasTrans, CblasNoTrans, {m, d, n}, 1.0, values.data(), m,
                          x, d, 1.0, sums, d);
    }
    if (!shape_.intercept) return;
    double* intercepts = sums + shape_.coefficients();
    for (std::int64_t i = 0; i < tile_.rows; ++i) {
      for (std::int64_t k = 0; k < shape_.outputs; ++k) {
        intercepts[k] += values[static_cast<std::size_t>(i * shape_.outputs + k)];
      }
    }
  }

  const GlmShape& shape_;
  const GlmRows<T>& rows_;
  std::int64_t step_ = 0;
  std::int64_t first_ = 0;
  const double* x_ = nullptr;
  std::vector<double> wide_, squares_;
  GlmTile tile_;
};

/// In place of `along`, the change of eta: what the Hessian of each row makes of it.
void bend_along(const GlmShape& shape, const GlmTile& tile, std::vector<double>& along) {
  const auto outputs = static_cast<std::size_t>(shape.outputs);
  for (std::size_t i = 0; i < static_cast<std::size_t>(tile.rows); ++i) {
    double* change = along.data() + i * outputs;
    if (shape.loss != GlmLoss::softmax) {
      change[0] *= tile.bend[i];
      continue;
    }
    const auto probability = [&](std::size_t k) {
      return tile.slope[i * outputs + k] + (static_cast<double>(k) == tile.target[i] ? 1.0 : 0.0);
    };
    double mean = 0;
    for (std::size_t k = 0; k < outputs; ++k) mean += probability(k) * change[k];
    for (std::size_t k = 0; k < outputs; ++k) change[k] = probability(k) * (change[k] - mean);
  }
}

}  // namespace

template <class T>
double glm_gradient(const GlmShape& shape, const GlmRows<T>& rows, const double* params,
                    double* gradient, double* curvature) {
  Tiles<T> tiles(shape, rows);
  double loss = 0;
  while (tiles.next()) {
    GlmTile& tile = tiles.tile();
    tiles.predict(params, tile.eta);
    loss += glm_losses(shape, tile);
    tiles.weigh(tile.slope);
    tiles.add(tile.slope, gradient);
    if (curvature == nullptr) continue;
    tiles.weigh(tile.bend);
    tiles.add_squares(tile.bend, curvature);
  }
  return loss;
}

template <class T>
void glm_product(const GlmShape& shape, const GlmRows<T>& rows, const double* params,
                 const double* direction, double* product) {
  Tiles<T> tiles(shape, rows);
  std::vector<double> along;
  while (tiles.next()) {
    GlmTile& tile = tiles.tile();
    along.resize(tile.eta.size());
    tiles.predict(params, tile.eta);
    static_cast<void>(glm_losses(shape, tile));
    tiles.predict(direction, along);
    bend_along(shape, tile, along);
    tiles.weigh(along);
    tiles.add(along, product);
  }
}

#define TARTAN_GLM(T)                                                                         \
  template double glm_gradient(const GlmShape&, const GlmRows<T>&, const double*, double*,    \
                               double*);                                                      \
  template void glm_product(const GlmShape&, const GlmRows<T>&, const double*, const double*, \
                            double*);
TARTAN_GLM(float)
TARTAN_GLM(double)
#undef TARTAN_GLM

}  // namespace tartan::ml::kernels
