#include <tartan/array/manipulation.hpp>
#include <tartan/array/masking.hpp>
#include <tartan/array/rearrange.hpp>

#include "binding.hpp"

namespace tartan::binding {

void bind_manipulation(py::module_& module) {
  module.def("concatenate", &concatenate);
  module.def("stack", &stack);
  module.def("unstack", &unstack);
  module.def("transpose", [](const Array& x) { return transpose(x); });
  module.def("permute_dims", [](const Array& x, const std::vector<std::int64_t>& axes) {
    return transpose(x, axes);
  });
  module.def("matrix_transpose", &matrix_transpose);
  module.def("reshape", [](const Array& x, const Shape& shape) { return reshape(x, shape); });
  module.def("rechunk", [](const Array& x, const Chunks& chunks) { return rechunk(x, chunks); });
  module.def("broadcast_to", &broadcast_to);
  module.def("broadcast_arrays", &broadcast_arrays);
  module.def("broadcast_shapes", [](const Shape& a, const Shape& b) {
    return py::tuple(py::cast(broadcast_shapes(a, b)));
  });
  using Axes = std::vector<std::int64_t>;
  module.def("expand_dims", [](const Array& x, const Axes& axes) { return expand_dims(x, axes); });
  module.def("squeeze", [](const Array& x, const Axes& axes) { return squeeze(x, axes); });
  module.def("flip", [](const Array& x, const std::optional<Axes>& axes) {
    return axes ? flip(x, *axes) : flip(x);
  });
  module.def("moveaxis", [](const Array& x, const Axes& from, const Axes& to) {
    return moveaxis(x, from, to);
  });
  module.def("roll", [](const Array& x, const Axes& shifts, const Axes& axes) {
    return roll(x, shifts, axes);
  });
  module.def("roll_flat", [](const Array& x, std::int64_t shift) { return roll(x, shift); });
  module.def("tile", &tile);
  module.def("repeat", [](const Array& x, std::int64_t count, std::int64_t axis) {
    return repeat(x, count, axis);
  });
  module.def("repeat_flat", [](const Array& x, std::int64_t count) { return repeat(x, count); });
  module.def("diff", &diff);
  module.def("matmul", &matmul);
  module.def("nonzero", &nonzero);
}

}  // namespace tartan::binding
