// Gradients, differences and coarser grids, of slices and reductions.

#include <algorithm>
#include <array/axis_parts.hpp>
#include <array/expr/build.hpp>
#include <fmt/format.h>
#include <tartan/array/functions.hpp>
#include <tartan/array/overlap.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

/// The derivative at an end from its three nearest elements: of f at 0, d1 and d1 + d2.
Array at_end(const Array& f0, const Array& f1, const Array& f2, const Array& d1, const Array& d2) {
  const auto a = -(2.0 * d1 + d2) / (d1 * (d1 + d2));
  const auto b = (d1 + d2) / (d1 * d2);
  const auto c = -d1 / (d2 * (d1 + d2));
  return a * f0 + b * f1 + c * f2;
}

struct Ends {
  Array first;
  Array last;
};

Ends ends_evenly(const Array& f, std::size_t axis, double h, int order) {
  const auto at = [&](std::int64_t i) {
    return range_of(f, axis, i == -1 ? SliceItem(-1, {}) : SliceItem(i, i + 1));
  };
  if (order == 1) return {(at(1) - at(0)) / h, (at(-1) - at(-2)) / h};
  return {at(0) * (-1.5 / h) + at(1) * (2.0 / h) + at(2) * (-0.5 / h),
          at(-3) * (0.5 / h) + at(-2) * (-2.0 / h) + at(-1) * (1.5 / h)};
}

Ends ends_unevenly(const Array& f, std::size_t axis, const Array& steps, int order) {
  const auto at = [axis](const Array& x, std::int64_t i) {
    return range_of(x, axis, i == -1 ? SliceItem(-1, {}) : SliceItem(i, i + 1));
  };
  const auto spread = laid_along(steps, axis, f.ndim());
  if (order == 1) {
    return {(at(f, 1) - at(f, 0)) / at(spread, 0), (at(f, -1) - at(f, -2)) / at(spread, -1)};
  }
  return {at_end(at(f, 0), at(f, 1), at(f, 2), at(spread, 0), at(spread, 1)),
          -at_end(at(f, -1), at(f, -2), at(f, -3), at(spread, -1), at(spread, -2))};
}

Array gradient_along(const Array& x, std::size_t axis, const Spacing& spacing, int order) {
  const auto f = is_integer(x.dtype()) ? x.astype(DType::float64) : x;
  const auto before = range_of(f, axis, SliceItem({}, -2));
  const auto here = range_of(f, axis, SliceItem(1, -1));
  const auto behind = range_of(f, axis, SliceItem(2, {}));
  Array middle;
  Ends ends;
  if (!spacing.places().valid()) {
    const auto h = spacing.distance();
    middle = (behind - before) / (2.0 * h);
    ends = ends_evenly(f, axis, h, order);
  } else {
    const auto steps = diff(spacing.places().astype(DType::float64));
    const auto left = laid_along(steps.slice({{{}, -1}}), axis, f.ndim());
    const auto right = laid_along(steps.slice({{1, {}}}), axis, f.ndim());
    const auto both = left + right;
    middle = -right / (left * both) * before + (right - left) / (left * right) * here +
             left / (right * both) * behind;
    ends = ends_unevenly(f, axis, steps, order);
  }
  return concatenate({ends.first, middle, ends.last}, static_cast<std::int64_t>(axis))
      .astype(f.dtype())
      .rechunk(x.chunks());
}

const Spacing& spacing_of(const Array& x, std::size_t axis, std::size_t number, std::size_t axes,
                          const GradientOptions& options) {
  if (options.edge_order != 1 && options.edge_order != 2) {
    throw ValueError(fmt::format("gradient: edge_order {}; give 1 or 2", options.edge_order));
  }
  if (!is_integer(x.dtype()) && !is_floating(x.dtype()) && !is_complex(x.dtype())) {
    throw TypeError("gradient of bool; cast it to a number with astype first");
  }
  if (x.shape()[axis] < options.edge_order + 1) {
    throw ValueError(
        fmt::format("gradient: axis {} of length {} is too short; it needs {} "
                    "elements",
                    axis, x.shape()[axis], options.edge_order + 1));
  }
  if (options.spacing.size() != 1 && options.spacing.size() != axes) {
    throw ValueError(
        fmt::format("gradient: {} spacings for {} axes; give one for each, or one for "
                    "all",
                    options.spacing.size(), axes));
  }
  const auto& spacing = options.spacing[options.spacing.size() == 1 ? 0 : number];
  const auto& places = spacing.places();
  if (places.valid() && (places.ndim() != 1 || places.shape()[0] != x.shape()[axis])) {
    throw ValueError(
        fmt::format("gradient: places of shape {} for axis {} of length {}; give one "
                    "for every element",
                    to_string(places.shape()), axis, x.shape()[axis]));
  }
  return spacing;
}

}  // namespace

Array gradient(const Array& x, std::int64_t axis, const GradientOptions& options) {
  const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "gradient"));
  return gradient_along(x, at, spacing_of(x, at, 0, 1, options), options.edge_order);
}

std::vector<Array> gradient(const Array& x, const GradientOptions& options) {
  std::vector<Array> result;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    const auto& spacing = spacing_of(x, axis, axis, x.ndim(), options);
    result.push_back(gradient_along(x, axis, spacing, options.edge_order));
  }
  return result;
}

Array ediff1d(const Array& x) { return diff(x.flatten()); }

Array coarsen(AxisReduction reduction, const Array& x,
              const std::vector<std::pair<std::int64_t, std::int64_t>>& factors,
              const CoarsenOptions& options) {
  std::vector<std::int64_t> factor(x.ndim(), 1);
  Array given = x;
  for (const auto& [axis, cells] : factors) {
    const auto at = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "coarsen"));
    const auto length = x.shape()[at];
    if (cells < 1 || (length % cells != 0 && !options.trim_excess)) {
      throw ValueError(
          fmt::format("coarsen: axis {} of length {} by {}; give a factor that divides "
                      "it, or CoarsenOptions{{.trim_excess = true}}",
                      axis, length, cells));
    }
    factor[at] = cells;
    given = range_of(given, at, SliceItem(0, length - length % cells));
  }
  // Chunks of whole cells, so that every block can be seen as cells where it lies. What cells are
  // made of goes to the end, where a reduction finds it in a row.
  Chunks whole;
  Chunks cells;
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> inner;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    std::vector<std::int64_t> sizes;
    std::int64_t rest = 0;
    for (const auto size : given.chunks()[axis]) {
      rest += size;
      if (const auto full = rest / factor[axis]; full > 0) sizes.push_back(full);
      rest %= factor[axis];
    }
    if (sizes.empty()) sizes.push_back(0);
    order.push_back(static_cast<std::int64_t>(cells.size()));
    cells.push_back(sizes);
    if (factor[axis] > 1) {
      inner.push_back(static_cast<std::int64_t>(cells.size()));
      cells.push_back({factor[axis]});
    }
    for (auto& size : sizes) size *= factor[axis];
    whole.push_back(std::move(sizes));
  }
  const auto seen = reshape_blockwise(given.rechunk(whole), cells);
  if (inner.size() < 2) return reduction(seen, inner, {});
  order.insert(order.end(), inner.begin(), inner.end());
  std::vector<std::int64_t> last;
  for (std::size_t i = 1; i <= inner.size(); ++i) last.push_back(-static_cast<std::int64_t>(i));
  return reduction(seen.transpose(order), last, {});
}

}  // namespace tartan
