// Products of arrays and what is made of them.

#include <algorithm>
#include <array/algorithms/contraction.hpp>
#include <array/expr/build.hpp>
#include <complex>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tartan/array/functions.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/array/tensordot.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

Array maybe_conj(const Array& x) { return is_complex(x.dtype()) ? conj(x) : x; }

/// The sum of a product in the dtype of the product, as products of arrays have it.
Array summed(const Array& product, const Axes& axes) {
  if (is_boolean(product.dtype())) return any(product, axes);
  return sum(product, axes).astype(product.dtype());
}

array::AxisPairs pairs_of(const Array& a, const Array& b, const std::vector<std::int64_t>& a_axes,
                          const std::vector<std::int64_t>& b_axes, std::string_view what) {
  if (a_axes.size() != b_axes.size()) {
    throw ValueError(fmt::format("{}: {} axes of a and {} of b; give as many", what, a_axes.size(),
                                 b_axes.size()));
  }
  array::AxisPairs pairs;
  for (std::size_t i = 0; i < a_axes.size(); ++i) {
    const auto left = static_cast<std::size_t>(array::normal_axis(a_axes[i], a.ndim(), what));
    const auto right = static_cast<std::size_t>(array::normal_axis(b_axes[i], b.ndim(), what));
    for (const auto& pair : pairs) {
      if (pair.first == left || pair.second == right) {
        throw ValueError(fmt::format("{}: an axis is named twice in ({}) or ({})", what,
                                     fmt::join(a_axes, ", "), fmt::join(b_axes, ", ")));
      }
    }
    if (a.shape()[left] != b.shape()[right]) {
      throw ValueError(
          fmt::format("{}: axis {} of a shape of {} and axis {} of {} have different "
                      "lengths",
                      what, a_axes[i], to_string(a.shape()), b_axes[i], to_string(b.shape())));
    }
    pairs.emplace_back(left, right);
  }
  return pairs;
}

/// The last axis of both operands at `axis`, counted from the last.
Array to_last(const Array& x, std::int64_t axis, std::string_view what) {
  return moveaxis(x, array::normal_axis(axis, x.ndim(), what), -1);
}

/// An axis that two operands of different ranks have in common, counted from the last.
std::int64_t common_axis(const Array& a, const Array& b, std::int64_t axis, std::string_view what) {
  const auto ndim = std::max(a.ndim(), b.ndim());
  const auto from_last = array::normal_axis(axis, ndim, what) - static_cast<std::int64_t>(ndim);
  for (const auto* x : {&a, &b}) {
    static_cast<void>(array::normal_axis(from_last, x->ndim(), what));
  }
  return from_last;
}

}  // namespace

Array tensordot(const Array& a, const Array& b, const std::vector<std::int64_t>& a_axes,
                const std::vector<std::int64_t>& b_axes) {
  static_cast<void>(result_type(a.dtype(), b.dtype()));
  return array::contract(a, b, {}, pairs_of(a, b, a_axes, b_axes, "tensordot"));
}

Array tensordot(const Array& a, const Array& b, std::int64_t axes) {
  const auto most = static_cast<std::int64_t>(std::min(a.ndim(), b.ndim()));
  if (axes < 0 || axes > most) {
    throw ValueError(fmt::format("tensordot: {} axes of shapes {} and {}; give 0 to {}", axes,
                                 to_string(a.shape()), to_string(b.shape()), most));
  }
  std::vector<std::int64_t> of_a;
  std::vector<std::int64_t> of_b;
  for (std::int64_t i = 0; i < axes; ++i) {
    of_a.push_back(static_cast<std::int64_t>(a.ndim()) - axes + i);
    of_b.push_back(i);
  }
  return tensordot(a, b, of_a, of_b);
}

Array vecdot(const Array& a, const Array& b, std::int64_t axis) {
  const auto at = common_axis(a, b, axis, "vecdot");
  if (a.shape(at) != b.shape(at)) {
    throw ValueError(
        fmt::format("vecdot: vectors of {} and {} elements along axis {} of shapes {} "
                    "and {}",
                    a.shape(at), b.shape(at), axis, to_string(a.shape()), to_string(b.shape())));
  }
  return summed(multiply(maybe_conj(a), b), at);
}

Array dot(const Array& a, const Array& b) {
  if (a.ndim() == 0 || b.ndim() == 0) return multiply(a, b);
  return array::contract(a, b, {}, pairs_of(a, b, {-1}, {b.ndim() == 1 ? -1 : -2}, "dot"));
}

Array vdot(const Array& a, const Array& b) {
  if (a.size() != b.size()) {
    throw ValueError(fmt::format("vdot: shapes {} and {} have {} and {} elements; give as many",
                                 to_string(a.shape()), to_string(b.shape()), a.size(), b.size()));
  }
  const bool alike = a.shape() == b.shape();
  return summed(multiply(maybe_conj(alike ? a : a.flatten()), alike ? b : b.flatten()), {});
}

Array inner(const Array& a, const Array& b) {
  if (a.ndim() == 0 || b.ndim() == 0) return multiply(a, b);
  return array::contract(a, b, {}, pairs_of(a, b, {-1}, {-1}, "inner"));
}

Array outer(const Array& a, const Array& b) {
  return array::contract(a.flatten(), b.flatten(), {}, {});
}

Array kron(const Array& a, const Array& b) {
  const auto ndim = std::max(a.ndim(), b.ndim());
  Array x = a;
  Array y = b;
  while (x.ndim() < ndim) x = expand_dims(x, 0);
  while (y.ndim() < ndim) y = expand_dims(y, 0);
  Chunks whole;
  for (auto length : y.shape()) whole.push_back({length});
  y = y.rechunk(whole);
  auto cut = x.chunks();
  std::vector<array::AxisSizes*> axes;
  for (auto& sizes : cut) axes.push_back(&sizes);
  const auto dtype = result_type(x.dtype(), y.dtype());
  array::limit_block(axes, static_cast<double>(array::bytes_of(y.shape(), dtype)));
  x = x.rechunk(cut);
  Shape shape;
  Chunks chunks;
  for (std::size_t axis = 0; axis < ndim; ++axis) {
    shape.push_back(x.shape()[axis] * y.shape()[axis]);
    auto sizes = x.chunks()[axis];
    for (auto& size : sizes) size *= y.shape()[axis];
    if (shape.back() == 0) sizes = {0};
    chunks.push_back(std::move(sizes));
  }
  for (auto axis = static_cast<std::int64_t>(ndim); axis-- > 0;) {
    x = expand_dims(x, axis + 1);
    y = expand_dims(y, axis);
  }
  return multiply(x, y).reshape(shape, chunks);
}

Array cross(const Array& a, const Array& b, std::int64_t axis) {
  const auto at = common_axis(a, b, axis, "cross");
  const auto x = to_last(a, at, "cross");
  const auto y = to_last(b, at, "cross");
  if (x.shape(-1) != 3 || y.shape(-1) != 3) {
    throw ValueError(fmt::format("cross: axis {} of shapes {} and {} is to have length 3", axis,
                                 to_string(a.shape()), to_string(b.shape())));
  }
  const auto part = [](const Array& from, std::int64_t i) { return from.slice({ellipsis, i}); };
  std::vector<Array> parts;
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto j = (i + 1) % 3;
    const auto k = (i + 2) % 3;
    parts.push_back(multiply(part(x, j), part(y, k)) - multiply(part(x, k), part(y, j)));
  }
  return moveaxis(stack(parts, -1), -1, at);
}

// ---- covariances --------------------------------------------------------------------------------

namespace {

/// Variables along one axis of two, observations along the other.
struct Variables {
  Array values;
  std::int64_t observations = 1;  ///< their axis

  Variables(const Array& x, bool rowvar, std::string_view what) {
    if (x.ndim() > 2) {
      throw ValueError(
          fmt::format("{}: a shape of {}; give one or two axes", what, to_string(x.shape())));
    }
    values = x.astype(is_complex(x.dtype()) ? DType::complex128 : DType::float64);
    while (values.ndim() < 2) values = expand_dims(values, 0);
    if (!rowvar && x.ndim() == 2) observations = 0;
  }
  /// Those of x, then those of y.
  Variables(const Array& x, const Array& y, bool rowvar, std::string_view what)
      : Variables(x, rowvar, what) {
    const Variables other(y, rowvar, what);
    const auto added = other.observations == observations ? other.values : other.values.T();
    if (values.shape(observations) != added.shape(observations)) {
      throw ValueError(fmt::format("{}: {} observations in x and {} in y; give as many", what,
                                   values.shape(observations), added.shape(observations)));
    }
    values = concatenate({values, added}, 1 - observations);
  }
};

Array cov_of(const Variables& variables, const CovOptions& options) {
  const auto axis = variables.observations;
  const auto& values = variables.values;
  const auto ddof = options.ddof.value_or(options.bias ? 0 : 1);
  const auto divisor = std::max(0.0, static_cast<double>(values.shape(axis)) - ddof);
  const auto centred = values - mean(values, axis, {.keepdims = true});
  return squeeze(tensordot(centred, maybe_conj(centred), {axis}, {axis}) / divisor);
}

Array corrcoef_of(const Variables& variables) {
  const auto c = cov_of(variables, {});
  if (c.ndim() == 0) return c / c;
  const auto deviation = sqrt(real(diagonal(c)));
  const auto scaled = c / expand_dims(deviation, 1) / expand_dims(deviation, 0);
  if (!is_complex(c.dtype())) return clip(scaled, -1.0, 1.0);
  return clip(real(scaled), -1.0, 1.0) +
         clip(imag(scaled), -1.0, 1.0) * Scalar(std::complex<double>(0, 1));
}

}  // namespace

Array cov(const Array& x, const CovOptions& options) {
  return cov_of({x, options.rowvar, "cov"}, options);
}
Array cov(const Array& x, const Array& y, const CovOptions& options) {
  return cov_of({x, y, options.rowvar, "cov"}, options);
}
Array corrcoef(const Array& x, bool rowvar) { return corrcoef_of({x, rowvar, "corrcoef"}); }
Array corrcoef(const Array& x, const Array& y, bool rowvar) {
  return corrcoef_of({x, y, rowvar, "corrcoef"});
}

}  // namespace tartan
