#pragma once

// What the solvers minimise: scale * (sum of the rows' losses) + sum of pull_i (w_i - centre_i)² /
// 2
// + sum of l1_i |w_i|. The first two terms are smooth and make an Objective; the sum of the losses
// comes from a LossSum, which reads one block here (BlockLoss) or all blocks in a pass (PassLoss).

#include <cstdint>
#include <ml/base/partial.hpp>
#include <ml/base/rows.hpp>
#include <ml/kernels/glm.hpp>
#include <vector>

namespace tartan::ml::linear {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b);
/// The largest absolute value.
double largest(const Vector& a);

/// A model's losses as tasks get them.
struct Losses {
  kernels::GlmShape shape;
  Vector class_weight;  ///< empty: 1 each

  static constexpr std::string_view kCodec = "tartan::ml::linear::Losses";
  static void fields(auto& self, auto&& field) {
    field(self.shape.loss, self.shape.power, self.shape.features, self.shape.outputs,
          self.shape.intercept, self.class_weight);
  }
};

struct Sums {
  double loss = 0;
  Vector gradient;
  Vector curvature;  ///< the diagonal of the Hessian, when it was asked for

  static constexpr std::string_view kCodec = "tartan::ml::linear::Sums";
  static void fields(auto& self, auto&& field) { field(self.loss, self.gradient, self.curvature); }
};

class LossSum {
 public:
  virtual ~LossSum() = default;
  virtual Sums at(const Vector& params, bool curvature) = 0;
  /// The Hessian at the parameters times the direction.
  virtual Vector product(const Vector& params, const Vector& direction) = 0;
};

/// Over a block that is here. The chunks must outlive it.
class BlockLoss final : public LossSum {
 public:
  BlockLoss(const Chunk& x, const Chunk& y, const Chunk& weights, const Losses& losses)
      : x_(x), y_(y), weights_(weights), losses_(losses) {}
  Sums at(const Vector& params, bool curvature) override;
  Vector product(const Vector& params, const Vector& direction) override;

 private:
  template <class F>
  void with_rows(F&& f) const;

  const Chunk& x_;
  const Chunk& y_;
  const Chunk& weights_;
  const Losses& losses_;
};

/// Over all rows, in a pass for every call. rows.y holds codes (int32) or targets (float64).
class PassLoss final : public LossSum {
 public:
  PassLoss(const Rows& rows, const Losses& losses) : rows_(rows), losses_(losses) {}
  Sums at(const Vector& params, bool curvature) override;
  Vector product(const Vector& params, const Vector& direction) override;

 private:
  const Rows& rows_;
  const Losses& losses_;
};

class Objective {
 public:
  Objective(LossSum& losses, double scale, Vector pull, Vector centre)
      : losses_(losses), scale_(scale), pull_(std::move(pull)), centre_(std::move(centre)) {}

  Sums at(const Vector& params, bool curvature = false);
  Vector product(const Vector& params, const Vector& direction);

 private:
  LossSum& losses_;
  double scale_;
  Vector pull_, centre_;
};

}  // namespace tartan::ml::linear
