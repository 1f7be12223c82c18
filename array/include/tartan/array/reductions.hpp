#pragma once

// Reductions run as a tree of tasks: one partial per block, merged sixteen at a time in a fixed
// order, so that a result is the same to the bit for any number of workers and whatever failed.
// What is computed of the elements first (mean(square(x - y))) shares the pass over the block.

#include <optional>
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

/// What a function cannot do with an option it refuses with ValueError.
struct ReduceOptions {
  bool keepdims = false;  ///< reduced axes stay, with length 1
  /// sum, prod, mean: elements are cast to it first, and the result has it.
  std::optional<DType> dtype = {};
  /// sum, prod, min, max: goes into every result; its kind must fit the result's dtype (TypeError).
  std::optional<Scalar> initial = {};
  /// Not argmin and argmax: only elements where it is true count. Broadcasts to the array; min and
  /// max want an initial beside it.
  Array where = {};
};
struct VarianceOptions {
  double ddof = 0;  ///< the divisor is the number of elements minus ddof
  bool keepdims = false;
  Array where = {};  ///< as above
};

/// Integers are summed in 64 bits, floating-point numbers in float64.
Array sum(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array prod(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array mean(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
/// Of complex numbers: the sum of those of both parts.
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
/// The largest element less the smallest one. Of the options only keepdims.
Array ptp(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});

struct AverageOptions {
  Axes axes = {};
  /// Of the array's shape, or 1-d beside one axis of its length. None: the mean.
  Array weights = {};
  bool keepdims = false;
};
/// The sum of weights times elements, over that of the weights: inf or NaN when that is 0.
Array average(const Array& x, const AverageOptions& options = {});

// ---- without NaN ------------------------------------------------------------------------------
// NaN is passed over as if it were not there; arrays of integers and bools have none. Options are
// those of the functions above.

Array nansum(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array nanprod(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
/// NaN where there is nothing else.
Array nanmin(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array nanmax(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
Array nanmean(const Array& x, const Axes& axes = {}, const ReduceOptions& options = {});
/// NaN where there are no more than ddof numbers.
Array nanvar(const Array& x, const Axes& axes = {}, const VarianceOptions& options = {});
Array nanstd(const Array& x, const Axes& axes = {}, const VarianceOptions& options = {});
/// -1 where there is only NaN, as it is not known before the elements are.
Array nanargmin(const Array& x, const Axes& axis = {}, const ReduceOptions& options = {});
Array nanargmax(const Array& x, const Axes& axis = {}, const ReduceOptions& options = {});

}  // namespace tartan
