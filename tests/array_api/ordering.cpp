// Sorting, searching and running sums.

#include <tartan/array/scans.hpp>
#include <tartan/array/searching.hpp>
#include <tartan/array/sorting.hpp>

#include "binding.hpp"

namespace tartan::binding {

void bind_ordering(py::module_& module) {
  module.def("sort", [](const Array& x, std::int64_t axis, bool descending, bool stable) {
    return sort(x, {.axis = axis, .descending = descending, .stable = stable});
  });
  module.def("argsort", [](const Array& x, std::int64_t axis, bool descending, bool stable) {
    return argsort(x, {.axis = axis, .descending = descending, .stable = stable});
  });
  module.def("searchsorted", [](const Array& x1, const Array& x2, bool right,
                                const std::optional<Array>& sorter) {
    return searchsorted(x1, x2, {.side = right ? Side::right : Side::left, .sorter = sorter});
  });
  module.def("isin", [](const Array& x1, const Array& x2, bool invert) {
    return isin(x1, x2, {.invert = invert});
  });
  using Cumulative = Named<const Array&, const CumulativeOptions&>;
  const Cumulative scans[] = {{"cumulative_sum", cumulative_sum},
                              {"cumulative_prod", cumulative_prod}};
  for (const auto& [name, function] : scans) {
    module.def(name, [function = function](const Array& x, std::optional<std::int64_t> axis,
                                           std::optional<DType> dtype, bool include_initial) {
      return function(x, {.axis = axis, .dtype = dtype, .include_initial = include_initial});
    });
  }
}

}  // namespace tartan::binding
