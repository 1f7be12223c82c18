#include <cmath>
#include <ml/datasets/generate.hpp>
#include <numbers>

namespace tartan::ml {

struct ShapePlan {
  std::uint64_t seed = 0;
  double noise = 0;
  double factor = 0;  ///< of circles
  bool moons = false;

  static constexpr std::string_view kCodec = "tartan::ml::ShapePlan";
  static void fields(auto& self, auto&& field) {
    field(self.seed, self.noise, self.factor, self.moons);
  }
};

namespace tasks {

Chunk shape_rows(const ShapePlan& plan, std::int64_t first, std::int64_t rows) {
  MutableChunk result(DType::float64, {rows, 2});
  double* out = result.view<double>().data();
  const Chunk noise = normal_rows(plan.seed, Stream::noise, first, rows, 2);
  const double* off = noise.view<double>().data();
  for (std::int64_t row = first; row < first + rows; ++row) {
    const bool inner = row % 2 == 1;
    const double turn = row_random(plan.seed, row).uniform() * (plan.moons ? 1.0 : 2.0);
    const double angle = turn * std::numbers::pi;
    double x = std::cos(angle);
    double y = std::sin(angle);
    if (plan.moons && inner) {
      x = 1 - x;
      y = 0.5 - y;
    } else if (inner) {
      x *= plan.factor;
      y *= plan.factor;
    }
    *out++ = x + plan.noise * *off++;
    *out++ = y + plan.noise * *off++;
  }
  return std::move(result).freeze();
}

Chunk shape_labels(const ShapePlan& plan, std::int64_t first, std::int64_t rows) {
  static_cast<void>(plan);
  MutableChunk result(DType::int64, {rows});
  const auto out = result.view<std::int64_t>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = (first + static_cast<std::int64_t>(i)) % 2;
  }
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

Dataset make_shape(const ShapeParams& params, bool moons, std::string_view maker) {
  check_counts(maker, params.n_samples, params.chunk_rows, params.noise);
  const ShapePlan plan{params.random_state, params.noise, params.factor, moons};
  return in_chunks<&tasks::shape_rows, &tasks::shape_labels>(plan, params.n_samples,
                                                             params.chunk_rows, 2, 1, DType::int64);
}

}  // namespace

Dataset make_moons(const ShapeParams& params) { return make_shape(params, true, "make_moons"); }

Dataset make_circles(const ShapeParams& params) {
  if (!(params.factor >= 0 && params.factor < 1)) {
    throw ValueError(
        fmt::format("make_circles: factor is {}, but must be in [0, 1)", params.factor));
  }
  return make_shape(params, false, "make_circles");
}

}  // namespace tartan::ml
