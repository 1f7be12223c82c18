// Norms, as reductions that are fused with what the elements are computed from.

#include <algorithm>
#include <array/algorithms/linalg_nodes.hpp>
#include <array/expr/build.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/array/linalg.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::linalg {
namespace {

Array inexact(const Array& x) {
  const auto dtype = x.dtype();
  return is_floating(dtype) || is_complex(dtype) ? x : x.astype(DType::float64);
}

Array squares(const Array& x) {
  if (is_complex(x.dtype())) return square(real(x)) + square(imag(x));
  return square(x);
}

[[noreturn]] void refuse(std::string_view what, const NormOrder& ord, std::string_view known) {
  throw ValueError(fmt::format("{}: there is no order {}; give {}", what, ord.to_string(), known));
}

/// The axis behind the others that a negative axis or a later one means, once `gone` is reduced.
std::int64_t without(std::int64_t axis, std::int64_t gone) { return axis > gone ? axis - 1 : axis; }

Array largest_sum(const Array& x, bool of_columns, bool smallest) {
  const auto sums = sum(abs(x), of_columns ? -2 : -1);
  return smallest ? min(sums, -1) : max(sums, -1);
}

}  // namespace

std::string NormOrder::to_string() const {
  if (p_) return fmt::format("{}", *p_);
  return name_.empty() ? "none" : name_;
}

Array vector_norm(const Array& x, const Axes& axes, const NormOptions& options) {
  const auto a = inexact(x);
  const ReduceOptions keep{.keepdims = options.keepdims};
  if (!options.ord.name().empty()) refuse("vector_norm", options.ord, "a number");
  const double p = options.ord.p().value_or(2);
  if (p == 2) return sqrt(sum(squares(a), axes, keep));
  if (p == HUGE_VAL) return max(abs(a), axes, keep);
  if (p == -HUGE_VAL) return min(abs(a), axes, keep);
  if (p == 0) return sum(not_equal(a, 0).astype(real_of(a.dtype())), axes, keep);
  if (p == 1) return sum(abs(a), axes, keep);
  if (std::isnan(p)) refuse("vector_norm", options.ord, "a number");
  return pow(sum(pow(abs(a), p), axes, keep), 1 / p);
}

Array matrix_norm(const Array& x, const NormOptions& options) {
  const auto a = Array(array::matrices(x, "matrix_norm"));
  const auto& ord = options.ord;
  if (ord.usual() || ord.name() == "fro") {
    return vector_norm(a, {-2, -1}, {.keepdims = options.keepdims});
  }
  const auto p = ord.p().value_or(0);
  Array result;
  if (ord.name() == "nuc") {
    result = sum(svdvals(a), -1);
  } else if (p == 1 || p == -1 || std::isinf(p)) {
    result = largest_sum(a, !std::isinf(p), p < 0);
  } else if (p == 2) {
    result = max(svdvals(a), -1);
  } else if (p == -2) {
    result = min(svdvals(a), -1);
  } else {
    refuse("matrix_norm", ord, "\"fro\", \"nuc\", 1, -1, 2, -2, inf or -inf");
  }
  return options.keepdims ? expand_dims(expand_dims(result, -1), -1) : result;
}

Array norm(const Array& x, const NormOptions& options, const Axes& axes) {
  const auto ndim = static_cast<std::int64_t>(x.ndim());
  if (!axes.list() && options.ord.usual()) return vector_norm(x, {}, options);
  std::vector<std::int64_t> list;
  if (axes.list()) {
    for (auto axis : *axes.list()) list.push_back(array::normal_axis(axis, x.ndim(), "norm"));
  } else {
    for (std::int64_t axis = 0; axis < ndim; ++axis) list.push_back(axis);
  }
  if (list.size() == 1) return vector_norm(x, list, options);
  if (list.size() != 2 || list[0] == list[1]) {
    throw ValueError(
        fmt::format("norm: an order over {} axes of a shape of {}; give one axis, or "
                    "two different ones",
                    list.size(), to_string(x.shape())));
  }
  const auto moved = moveaxis(moveaxis(x, list[0], -1), without(list[1], list[0]), -1);
  auto result = matrix_norm(moved, {.ord = options.ord});
  if (!options.keepdims) return result;
  std::sort(list.begin(), list.end());
  for (auto axis : list) result = expand_dims(result, axis);
  return result;
}

Array diagonal(const Array& x, std::int64_t offset) {
  if (x.ndim() < 2) {
    throw ValueError(fmt::format("diagonal: a shape of {} has no matrices, which take two axes",
                                 to_string(x.shape())));
  }
  return tartan::diagonal(x, offset, -2, -1);
}

Array trace(const Array& x, const TraceOptions& options) {
  if (x.ndim() < 2) {
    throw ValueError(fmt::format("trace: a shape of {} has no matrices, which take two axes",
                                 to_string(x.shape())));
  }
  return tartan::trace(x, options, -2, -1);
}

}  // namespace tartan::linalg
