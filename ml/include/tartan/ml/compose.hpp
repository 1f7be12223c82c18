#pragma once

// ColumnTransformer: each transformer for some of the columns.
//
//   ColumnTransformer prepare({{"numbers", StandardScaler(), ColumnSlice{0, 3}},  // 0, 1, 2
//                              {"kinds", OneHotEncoder(), std::vector<std::int64_t>{5, -1}}},
//                             Omit::passthrough);

#include <initializer_list>
#include <optional>
#include <tartan/ml/pipeline.hpp>

namespace tartan::ml {

/// Columns from start to before stop, as in Python; negative ones count from the end.
struct ColumnSlice {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;

  static void each(auto& slice, auto&& member) {
    member("start", slice.start);
    member("stop", slice.stop);
    member("step", slice.step);
  }
};
using Columns = std::variant<std::vector<std::int64_t>, ColumnSlice>;

struct ColumnStep {
  std::string name;
  StepModel transformer;
  Columns columns;

  static void each(auto& step, auto&& member) {
    member("name", step.name);
    member("transformer", step.transformer);
    member("columns", step.columns);
  }
};

struct ColumnTransformerParams {
  std::vector<ColumnStep> transformers;
  /// What becomes of the columns that no transformer names; they come last.
  StepModel remainder = Omit::drop;
  /// By transformer, what its features are multiplied with; those not named count 1.
  ParamMap transformer_weights = {};

  static void each(auto& params, auto&& member) {
    member("transformers", params.transformers);
    member("remainder", params.remainder);
    member("transformer_weights", params.transformer_weights);
  }
  static void each_step(auto& params, auto&& step) {
    for (auto& each : params.transformers) step(each.name, each.transformer);
    step("remainder", params.remainder);
  }
};

/// The results stand beside each other in the order of the transformers. Column numbers are checked
/// by fit().
class ColumnTransformer : public Composition<ColumnTransformer, ColumnTransformerParams> {
 public:
  static constexpr std::string_view kName = "ColumnTransformer";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit ColumnTransformer(ColumnTransformerParams params = {})
      : Composition(std::move(params)) {}
  explicit ColumnTransformer(std::vector<ColumnStep> transformers, StepModel remainder = Omit::drop)
      : ColumnTransformer(
            ColumnTransformerParams{std::move(transformers), std::move(remainder), {}}) {}
  static void check(const ColumnTransformerParams& params);

  /// Weights go to the transformers that take them.
  ColumnTransformer& fit(const Array& x, const Array& y = {}, const Array& sample_weight = {});
  Array transform(const Array& x) const;
  Array fit_transform(const Array& x, const Array& y = {}) { return fit(x, y).transform(x); }

  void fitted(Attributes& io) {
    io("transformers", transformers_);
    io("columns", columns_);
  }

 private:
  /// One each per transformer, then that of the remainder.
  std::vector<StepModel> transformers_;
  std::vector<std::vector<std::int64_t>> columns_;
};

}  // namespace tartan::ml
