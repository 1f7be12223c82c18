#include <tartan/array/indexing.hpp>

#include "binding.hpp"

namespace tartan::binding {

void bind_indexing(py::module_& module) {
  module.def("take", [](const Array& x, const Array& indices, std::optional<std::int64_t> axis) {
    return take(x, indices, axis);
  });
  module.def("repeat_by", [](const Array& x, const Array& counts,
                             std::optional<std::int64_t> axis) { return repeat(x, counts, axis); });
  module.def("take_along_axis", &take_along_axis);
  module.def("vindex",
             [](const Array& x, const std::vector<Array>& indices) { return vindex(x, indices); });
  module.def("set_item", [](const Array& x, const py::list& items, py::handle value) {
    return set_item(x, items_of(items), operand_of(value));
  });
  module.def("set_masked", [](const Array& x, const Array& mask, py::handle value) {
    return set_item(x, mask, operand_of(value));
  });
}

}  // namespace tartan::binding
