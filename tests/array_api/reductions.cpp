#include <tartan/array/reductions.hpp>

#include "binding.hpp"

namespace tartan::binding {
namespace {

using AxisList = std::optional<std::vector<std::int64_t>>;

Axes axes_of(const AxisList& axes) { return axes ? Axes(*axes) : Axes(); }

}  // namespace

void bind_reductions(py::module_& module) {
  using Reduction = Named<const Array&, const Axes&, const ReduceOptions&>;
  const Reduction reductions[] = {{"all", all},
                                  {"any", any},
                                  {"argmax", argmax},
                                  {"argmin", argmin},
                                  {"count_nonzero", count_nonzero},
                                  {"max", max},
                                  {"mean", mean},
                                  {"min", min},
                                  {"prod", prod},
                                  {"sum", sum}};
  for (const auto& [name, function] : reductions) {
    module.def(name, [function = function](const Array& x, const AxisList& axes, bool keepdims) {
      return function(x, axes_of(axes), {.keepdims = keepdims});
    });
  }
  using Variance = Named<const Array&, const Axes&, const VarianceOptions&>;
  const Variance variances[] = {{"std", stddev}, {"var", var}};
  for (const auto& [name, function] : variances) {
    module.def(name, [function = function](const Array& x, const AxisList& axes, double ddof,
                                           bool keepdims) {
      return function(x, axes_of(axes), {.ddof = ddof, .keepdims = keepdims});
    });
  }
}

}  // namespace tartan::binding
