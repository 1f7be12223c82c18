// make_regression and make_counts: a normal x, and a y that follows from x coef.

#include <cmath>
#include <ml/datasets/generate.hpp>
#include <numeric>

namespace tartan::ml {

struct LinearPlan {
  std::uint64_t seed = 0;
  std::vector<double> coef;  ///< features x targets
  std::int64_t targets = 1;
  double bias = 0;
  double noise = 0;

  static constexpr std::string_view kCodec = "tartan::ml::LinearPlan";
  static void fields(auto& self, auto&& field) {
    field(self.seed, self.coef, self.targets, self.bias, self.noise);
  }
  std::int64_t features() const { return static_cast<std::int64_t>(coef.size()) / targets; }
};

namespace tasks {

Chunk linear_rows(const LinearPlan& plan, std::int64_t first, std::int64_t rows) {
  return normal_rows(plan.seed, Stream::features, first, rows, plan.features());
}

/// Row by row, so that sums do not depend on how many rows are made together.
Chunk linear_targets(const LinearPlan& plan, std::int64_t first, std::int64_t rows) {
  const Chunk x = linear_rows(plan, first, rows);
  const Chunk noise = normal_rows(plan.seed, Stream::noise, first, rows, plan.targets);
  const double* row = x.view<double>().data();
  const double* off = noise.view<double>().data();
  MutableChunk result(DType::float64, plan.targets == 1 ? Shape{rows} : Shape{rows, plan.targets});
  double* out = result.view<double>().data();
  const std::int64_t features = plan.features();
  for (std::int64_t i = 0; i < rows; ++i, row += features) {
    for (std::int64_t t = 0; t < plan.targets; ++t) {
      double sum = plan.bias;
      for (std::int64_t j = 0; j < features; ++j) {
        sum += row[j] * plan.coef[static_cast<std::size_t>(j * plan.targets + t)];
      }
      *out++ = sum + plan.noise * *off++;
    }
  }
  return std::move(result).freeze();
}

Chunk count_targets(const LinearPlan& plan, std::int64_t first, std::int64_t rows) {
  const Chunk logs = linear_targets(plan, first, rows);
  const auto log_rates = logs.view<double>();
  MutableChunk result(DType::int64, {rows});
  const auto out = result.view<std::int64_t>();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Scalar rate(std::exp(log_rates[i]));
    const std::int64_t row = first + static_cast<std::int64_t>(i);
    const Chunk drawn =
        array::random_chunk(array::Distribution::poisson,
                            {{kMost}, {row}, plan.seed, static_cast<std::uint64_t>(Stream::rows)},
                            {1}, std::span(&rate, 1), DType::int64);
    out[i] = drawn.view<std::int64_t>()[0];
  }
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

/// Which features are informative: the first ones, or some.
std::vector<std::size_t> chosen(std::int64_t features, std::int64_t count, bool shuffle,
                                Random& random) {
  std::vector<std::size_t> order(static_cast<std::size_t>(features));
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (shuffle) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  }
  order.resize(static_cast<std::size_t>(std::min(features, count)));
  return order;
}

LinearPlan plan_of(const RegressionParams& params) {
  check_counts("make_regression", params.n_samples, params.chunk_rows, params.noise);
  if (params.n_features < 1 || params.n_targets < 1 || params.n_informative < 0) {
    throw ValueError(
        fmt::format("make_regression: n_features is {}, n_targets {} and "
                    "n_informative {}; at least 1, 1 and 0 are needed",
                    params.n_features, params.n_targets, params.n_informative));
  }
  Random random(params.random_state);
  LinearPlan plan{params.random_state, {}, params.n_targets, params.bias, params.noise};
  plan.coef.assign(static_cast<std::size_t>(params.n_features * params.n_targets), 0.0);
  for (const std::size_t feature :
       chosen(params.n_features, params.n_informative, params.shuffle, random)) {
    for (std::int64_t t = 0; t < params.n_targets; ++t) {
      plan.coef[feature * static_cast<std::size_t>(params.n_targets) +
                static_cast<std::size_t>(t)] = 100 * random.uniform();
    }
  }
  return plan;
}

}  // namespace

xt::xarray<double> regression_coef(const RegressionParams& params) {
  const LinearPlan plan = plan_of(params);
  const auto features = static_cast<std::size_t>(params.n_features);
  const auto targets = static_cast<std::size_t>(params.n_targets);
  auto result = xt::xarray<double>::from_shape(targets == 1 ? std::vector{features}
                                                            : std::vector{features, targets});
  std::copy(plan.coef.begin(), plan.coef.end(), result.begin());
  return result;
}

Dataset make_regression(const RegressionParams& params) {
  return in_chunks<&tasks::linear_rows, &tasks::linear_targets>(
      plan_of(params), params.n_samples, params.chunk_rows, params.n_features, params.n_targets,
      DType::float64);
}

Dataset make_counts(const CountsParams& params) {
  check_counts("make_counts", params.n_samples, params.chunk_rows, 0);
  if (params.n_features < 1 || params.n_informative < 0) {
    throw ValueError(
        fmt::format("make_counts: n_features is {} and n_informative {}; at least 1 "
                    "and 0 are needed",
                    params.n_features, params.n_informative));
  }
  Random random(params.random_state);
  LinearPlan plan{params.random_state, {}, 1, 0, 0};
  plan.coef.assign(static_cast<std::size_t>(params.n_features), 0.0);
  for (const std::size_t feature : chosen(params.n_features, params.n_informative, true, random)) {
    plan.coef[feature] = params.scale * normal_number(random);
  }
  return in_chunks<&tasks::linear_rows, &tasks::count_targets>(
      plan, params.n_samples, params.chunk_rows, params.n_features, 1, DType::int64);
}

}  // namespace tartan::ml
