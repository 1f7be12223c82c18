// What is handed over from one library to another, and what is known of dtypes.

#include <tartan/array/dlpack.hpp>
#include <tartan/array/dtypes.hpp>

#include "binding.hpp"

namespace tartan::binding {
namespace {

constexpr const char* kName = "dltensor";
constexpr const char* kUsedName = "used_dltensor";

py::capsule lend(const Array& x) {
  return py::capsule(to_dlpack(x), kName, [](PyObject* capsule) {
    if (PyCapsule_IsValid(capsule, kName) == 0) return;  // whoever took it frees it
    auto* lent = static_cast<ManagedDlpackTensor*>(PyCapsule_GetPointer(capsule, kName));
    lent->deleter(lent);
  });
}

Array take_over(const py::capsule& capsule, const py::function& chunks) {
  auto* managed = static_cast<ManagedDlpackTensor*>(PyCapsule_GetPointer(capsule.ptr(), kName));
  if (managed == nullptr) throw py::error_already_set();
  const Shape shape(managed->tensor.shape, managed->tensor.shape + managed->tensor.ndim);
  const auto spec = chunks_of(chunks(shape).cast<std::optional<Chunks>>());
  const auto taken = from_dlpack(managed, spec);
  PyCapsule_SetName(capsule.ptr(), kUsedName);
  return taken;
}

}  // namespace

void bind_exchange(py::module_& module) {
  module.def("to_dlpack", &lend);
  module.def("from_dlpack", &take_over);

  module.def("isdtype", [](DType dtype, const std::string& kind) { return isdtype(dtype, kind); });
  py::class_<FloatInfo>(module, "FloatInfo")
      .def_readonly("bits", &FloatInfo::bits)
      .def_readonly("eps", &FloatInfo::eps)
      .def_readonly("max", &FloatInfo::max)
      .def_readonly("min", &FloatInfo::min)
      .def_readonly("smallest_normal", &FloatInfo::smallest_normal)
      .def_readonly("dtype", &FloatInfo::dtype);
  module.def("finfo", &finfo);
  py::class_<IntegerInfo>(module, "IntegerInfo")
      .def_readonly("bits", &IntegerInfo::bits)
      .def_readonly("max", &IntegerInfo::max)
      .def_readonly("min", &IntegerInfo::min)
      .def_readonly("dtype", &IntegerInfo::dtype);
  module.def("iinfo", &iinfo);
}

}  // namespace tartan::binding
