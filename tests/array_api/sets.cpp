#include <tartan/array/sets.hpp>

#include "binding.hpp"

namespace tartan::binding {

void bind_sets(py::module_& module) {
  module.def("unique_values", &unique_values);
  module.def("unique_counts", [](const Array& x) {
    const auto found = unique_counts(x);
    return py::make_tuple(found.values, found.counts);
  });
  module.def("unique_inverse", [](const Array& x) {
    const auto found = unique_inverse(x);
    return py::make_tuple(found.values, found.inverse_indices);
  });
  module.def("unique_all", [](const Array& x) {
    const auto found = unique_all(x);
    return py::make_tuple(found.values, found.indices, found.inverse_indices, found.counts);
  });
}

}  // namespace tartan::binding
