#pragma once

// tartan's array functions as Python sees them: one module, filled family by family. Nothing is
// computed here; what the standard wants of signatures is in tartan_array_api/__init__.py.

#include <optional>
#include <pybind11/complex.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <string>
#include <tartan/array/array.hpp>
#include <tartan/array/functions.hpp>
#include <vector>

namespace tartan::binding {

namespace py = pybind11;

/// A Python bool, int, float or complex. Throws OverflowError for integers beyond 64 bits.
Scalar scalar_of(py::handle number);
/// An Array, or a number.
Operand operand_of(py::handle object);
/// None: chosen automatically.
inline ChunkSpec chunks_of(const std::optional<Chunks>& chunks) {
  return chunks ? ChunkSpec(*chunks) : ChunkSpec();
}
/// What stands between the brackets: integers, slices, None and Ellipsis.
std::vector<SliceItem> items_of(const py::list& items);

template <class... Parameters>
using Function = Array (*)(Parameters...);

template <class... Parameters>
struct Named {
  const char* name;
  Function<Parameters...> function;
};
using Unary = Named<const Array&>;
using Binary = Named<const Operand&, const Operand&>;

template <std::size_t N>
void define_unary(py::module_& module, const Unary (&functions)[N]) {
  for (const auto& [name, function] : functions) module.def(name, function);
}

template <std::size_t N>
void define_binary(py::module_& module, const Binary (&functions)[N]) {
  for (const auto& [name, function] : functions) {
    module.def(name, [function = function](py::handle x, py::handle y) {
      return function(operand_of(x), operand_of(y));
    });
  }
}

void bind_elementwise(py::module_& module);
void bind_creation(py::module_& module);
void bind_manipulation(py::module_& module);
void bind_reductions(py::module_& module);
void bind_exchange(py::module_& module);
void bind_ordering(py::module_& module);
void bind_sets(py::module_& module);
void bind_indexing(py::module_& module);
void bind_linalg(py::module_& module);
void bind_fft(py::module_& module);

}  // namespace tartan::binding
