#pragma once

// Reductions run as a tree of tasks: one partial per block, merged sixteen at a time in a fixed
// order, so that a result is the same to the bit for any number of workers and whatever failed.
// What is computed of the elements first (mean(square(x - y))) shares the pass over the block.

#include <tartan/array/array.hpp>

namespace tartan {

/// The axes to reduce: one, several, or none given for all.
class Axes {
 public:
  Axes() = default;
  template <std::integral T>
  Axes(T axis) : list_(std::vector<std::int64_t>{static_cast<std::int64_t>(axis)}) {}  // NOLINT
  Axes(std::initializer_list<std::int64_t> axes) : list_(axes) {}
  Axes(std::vector<std::int64_t> axes) : list_(std::move(axes)) {}  // NOLINT

  const std::optional<std::vector<std::int64_t>>& list() const { return list_; }

 private:
  std::optional<std::vector<std::int64_t>> list_;
};
inline const Axes all_axes{};

struct ReduceOptions {
  bool keepdims = false;  ///< reduced axes stay, with length 1
};
struct VarianceOptions {
  double ddof = 0;  ///< the divisor is the number of elements minus ddof
  bool keepdims = false;
};

/// Integers are summed in 64 bits, floating-point numbers in float64.
Array sum(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array prod(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array mean(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array var(const Array& x, const Axes& axes = {}, const VarianceOptions& options = {});
Array stddev(const Array& x, const Axes& axes = {}, const VarianceOptions& options = {});
/// NaN wins. ValueError when there are no elements.
Array min(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array max(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
/// The index (int64) of the first such element along one axis, or in the flattened array.
Array argmin(const Array& x, const Axes& axis = {}, const ReduceOptions& options = {});
Array argmax(const Array& x, const Axes& axis = {}, const ReduceOptions& options = {});
Array any(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array all(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array count_nonzero(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});

}  // namespace tartan
