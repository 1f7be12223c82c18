#pragma once

// Fitted models at work on blocks of rows.

#include <ml/base/partial.hpp>
#include <tartan/array/map_blocks.hpp>
#include <tartan/ml/any_estimator.hpp>
#include <vector>

namespace tartan::ml {

/// Models on their way to tasks.
struct Models {
  std::vector<AnyEstimator> list;

  static constexpr std::string_view kCodec = "tartan::ml::Models";
  static void fields(auto& self, auto&& field) { field(self.list); }
};

/// What the method makes of some rows, computed on this thread.
Chunk apply_method(const AnyEstimator& model, Method method, const Chunk& x);
Array call_method(const AnyEstimator& model, Method method, const Array& x);

/// An array of one element, whose block is the models: as an argument of map_blocks it goes to
/// every worker once. Submits the models at once.
Array as_argument(const std::vector<AnyEstimator>& models);

/// F(block of x, models, number): a chunk of so many columns, rows as x. Lazy.
template <auto F>
Array map_models(std::string name, const Array& x, const std::vector<AnyEstimator>& models,
                 std::int64_t number, DType dtype, std::int64_t columns) {
  array::MapArguments arguments;
  arguments.arrays = {x, as_argument(models)};
  arguments.values = {Value::of<std::int64_t>(std::int64_t{number})};
  arguments.order = {1, 1, 0};
  return array::map_blocks(task_function<&array::map_block<F>>(), std::move(name),
                           std::move(arguments), dtype, Chunks{x.chunks()[0], {columns}});
}

namespace tasks {
/// A clone of the only model, fitted to the block.
Models fit_clone(const Chunk& x, const Chunk& y, const Chunk& weights, const Models& model);
}  // namespace tasks

/// One clone per block of rows, fitted in a task each.
std::vector<AnyEstimator> fit_clones(const AnyEstimator& estimator, const Array& x, const Array& y,
                                     const Array& weight);

}  // namespace tartan::ml
