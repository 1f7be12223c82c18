// The types, and what makes and reads arrays.

#include <tartan/array/creation.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/client/client.hpp>

#include "binding.hpp"

namespace tartan::binding {

Scalar scalar_of(py::handle number) {
  if (PyBool_Check(number.ptr()) != 0) return number.cast<bool>();
  if (PyLong_Check(number.ptr()) != 0) {
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    if (overflow == 0) return static_cast<std::int64_t>(small);
    const unsigned long long large = PyLong_AsUnsignedLongLong(number.ptr());
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    return static_cast<std::uint64_t>(large);
  }
  if (PyFloat_Check(number.ptr()) != 0) return number.cast<double>();
  if (PyComplex_Check(number.ptr()) != 0) return number.cast<std::complex<double>>();
  throw py::type_error("neither an array nor a number: " + py::repr(number).cast<std::string>());
}

Operand operand_of(py::handle object) {
  if (py::isinstance<Array>(object)) return object.cast<Array>();
  return scalar_of(object);
}

namespace {

SliceItem item_of(py::handle object) {
  if (object.is_none()) return newaxis;
  if (py::isinstance<py::ellipsis>(object)) return ellipsis;
  if (py::isinstance<py::slice>(object)) {
    const auto bound = [&](const char* name) -> SliceItem::Bound {
      const auto value = object.attr(name);
      if (value.is_none()) return {};
      const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
      if (!index) throw py::error_already_set();
      return index.cast<std::int64_t>();
    };
    return {bound("start"), bound("stop"), bound("step")};
  }
  return object.cast<std::int64_t>();
}

const char* format_of(DType dtype) {
  constexpr const char* kFormats[kDTypeCount] = {"?", "b", "h", "i", "q",  "B", "H",
                                                 "I", "Q", "f", "d", "Zf", "Zd"};
  return kFormats[static_cast<std::size_t>(dtype)];
}

/// The strides of C order in bytes.
std::vector<py::ssize_t> strides_of(const Chunk& chunk) {
  std::vector<py::ssize_t> strides(chunk.shape.size());
  auto step = static_cast<py::ssize_t>(itemsize(chunk.dtype));
  for (std::size_t axis = strides.size(); axis-- > 0;) {
    strides[axis] = step;
    step *= static_cast<py::ssize_t>(chunk.shape[axis]);
  }
  return strides;
}

py::buffer_info describe(Chunk& chunk) {
  static std::byte nothing;  // Python wants an address even of no bytes
  auto* data = chunk.data.size() > 0 ? const_cast<std::byte*>(chunk.data.data()) : &nothing;
  return {data,
          static_cast<py::ssize_t>(itemsize(chunk.dtype)),
          format_of(chunk.dtype),
          static_cast<py::ssize_t>(chunk.shape.size()),
          std::vector<py::ssize_t>(chunk.shape.begin(), chunk.shape.end()),
          strides_of(chunk),
          true};
}

/// A copy of memory in C order.
Array from_bytes(DType dtype, const Shape& shape, const py::bytes& bytes,
                 const std::optional<Chunks>& chunks) {
  const auto text = static_cast<std::string_view>(bytes);
  Chunk chunk{dtype, shape, Buffer::copy(text)};
  if (chunk.data.size() != static_cast<std::size_t>(chunk.size()) * itemsize(dtype)) {
    throw ValueError("from_bytes: the bytes are not those of the shape");
  }
  return from_chunk(std::move(chunk), chunks_of(chunks));
}

py::object item(const Array& x) {
  return std::visit([](auto value) -> py::object { return py::cast(value); }, x.scalar().variant());
}

Array slice(const Array& x, const py::list& items) { return x.slice(items_of(items)); }

void bind_types(py::module_& module) {
  py::enum_<DType> dtype(module, "DType");
  for (std::size_t number = 0; number < kDTypeCount; ++number) {
    const auto value = static_cast<DType>(number);
    dtype.value(std::string(name(value)).c_str(), value);
  }
  module.def("can_cast", &can_cast);
  module.def("result_type", [](DType a, DType b) { return result_type(a, b); });
  module.def("result_type_with",
             [](DType one, py::handle number) { return result_type(one, scalar_of(number)); });

  py::class_<Chunk>(module, "Chunk", py::buffer_protocol()).def_buffer(&describe);
  py::class_<Array>(module, "Array")
      .def_property_readonly("dtype", &Array::dtype)
      .def_property_readonly("shape", [](const Array& x) { return py::tuple(py::cast(x.shape())); })
      .def_property_readonly("ndim", &Array::ndim)
      .def_property_readonly("chunks", &Array::chunks)
      .def("slice", &slice)
      .def("select", [](const Array& x, const Array& mask) { return x[mask]; })
      .def("astype", [](const Array& x, DType to) { return x.astype(to); })
      .def("item", &item)
      .def("compute", &Array::compute_chunk)
      .def("persist", &Array::persist)
      .def("explain", &Array::explain);
  module.def("from_bytes", &from_bytes);
}

void translate_errors() {
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      std::rethrow_exception(pointer);
    } catch (const ValueError& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    } catch (const TypeError& error) {
      PyErr_SetString(PyExc_TypeError, error.what());
    }
  });
}

}  // namespace

std::vector<SliceItem> items_of(const py::list& items) {
  std::vector<SliceItem> list;
  for (const auto& one : items) list.push_back(item_of(one));
  return list;
}

}  // namespace tartan::binding

PYBIND11_MODULE(tartan_array_api_core, module) {
  // The client that everything runs on; it outlives the module's arrays.
  static tartan::Client client = tartan::Client::inline_executor();
  tartan::binding::translate_errors();
  tartan::binding::bind_types(module);
  tartan::binding::bind_elementwise(module);
  tartan::binding::bind_creation(module);
  tartan::binding::bind_manipulation(module);
  tartan::binding::bind_reductions(module);
  tartan::binding::bind_exchange(module);
  tartan::binding::bind_ordering(module);
  tartan::binding::bind_sets(module);
  tartan::binding::bind_indexing(module);
  tartan::binding::bind_linalg(module);
  tartan::binding::bind_fft(module);
}
